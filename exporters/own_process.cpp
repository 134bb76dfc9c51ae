// SPDX-License-Identifier: MIT
#include "exporters/own_process.h"

#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <charconv>
#include <cmath>

#include "collectors/seconds.h"

namespace tierwatch {
namespace {

std::optional<nanoseconds> read_clock(clockid_t clock) {
  timespec now{};
  if (clock_gettime(clock, &now) != 0) return std::nullopt;
  return std::chrono::seconds(now.tv_sec) + nanoseconds(now.tv_nsec);
}

/// The `index`-th number (from 0) of a line of numbers and single letters parted by blanks.
std::optional<std::uint64_t> field(std::string_view line, int index) {
  for (; index > 0; --index) {
    const auto blank = line.find(' ');
    if (blank == std::string_view::npos) return std::nullopt;
    line.remove_prefix(blank + 1);
  }
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), number);
  if (error != std::errc{}) return std::nullopt;
  return number;
}

/// Field 22 of proc(5) stat, as a time of day. The clock is read once: the figure must not move
/// between scrapes.
std::optional<double> read_start(const ProcFs& files) {
  std::string buffer;
  const FileText stat = files.read("proc/self/stat", buffer);
  const auto wall = read_clock(CLOCK_REALTIME);
  const auto boot = read_clock(CLOCK_BOOTTIME);
  const auto name_end = stat.fault ? std::string_view::npos : stat.text.rfind(") ");
  if (name_end == std::string_view::npos || !wall || !boot) return std::nullopt;
  const auto ticks =
      field(stat.text.substr(name_end + 2), 19);  // what follows the name begins with field 3
  if (!ticks) return std::nullopt;
  const double booted = seconds_of(*wall - *boot);
  const double since_boot = static_cast<double>(*ticks) / static_cast<double>(sysconf(_SC_CLK_TCK));
  return std::round((booted + since_boot) * 100) / 100;  // the kernel's own resolution
}

std::optional<std::uint64_t> count_fds(const ProcFs& files) {
  Fault why{};
  const auto status = files.status("proc/self/fd", why);
  if (status && status->size > 0) return status->size;  // Linux >= 6.2
  const auto names = files.list("proc/self/fd", why);
  if (!names || names->empty()) return std::nullopt;
  return names->size() - 1;  // the listing's own descriptor
}

}  // namespace

std::string build_version() { return TIERWATCH_VERSION; }
std::string build_revision() { return TIERWATCH_REVISION; }

OwnProcess read_own_process(const ProcFs& files) {
  static const std::optional<double> started = read_start(files);
  OwnProcess own{
      .version = build_version(), .revision = build_revision(), .started_seconds = started};
  own.cpu = read_clock(CLOCK_PROCESS_CPUTIME_ID);
  std::string buffer;
  if (const FileText statm = files.read("proc/self/statm", buffer)) {
    const auto page = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
    if (const auto pages = field(statm.text, 0)) own.virtual_bytes = *pages * page;
    if (const auto pages = field(statm.text, 1)) own.resident_bytes = *pages * page;
  }
  own.open_fds = count_fds(files);
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
    own.max_fds = limit.rlim_cur;
  return own;
}

}  // namespace tierwatch

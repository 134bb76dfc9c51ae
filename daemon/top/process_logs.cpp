// SPDX-License-Identifier: MIT
#include "daemon/top/process_logs.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <map>
#include <system_error>
#include <vector>

#include "collectors/text/plain_words.h"
#include "collectors/text/printable_text.h"
#include "collectors/text/text_scan.h"
#include "daemon/service/process_start.h"

namespace tierwatch {
namespace {

constexpr std::size_t kMostLogFiles = 4, kMostDescriptors = 4096, kLongestLogLine = 512;
constexpr std::size_t kMostLogLines = 40;
constexpr off_t kLogTail = 32 << 10;

/// By /proc/PID/fdinfo/N, see proc(5): "flags:", octal as of open(2).
bool is_appended_to(const ProcFs& files, pid_t pid, const std::string& descriptor) {
  constexpr int kOctal = 8;
  std::string buffer;
  const FileText text = files.read(process_path(pid, "fdinfo/" + descriptor), buffer, 4096);
  if (!text) return false;
  std::string_view rest = text.text;
  while (!rest.empty()) {
    std::string_view line = take_until(rest, '\n');
    if (!line.starts_with("flags:")) continue;
    line.remove_prefix(std::min(line.find_first_of("01234567"), line.size()));
    int flags = 0;
    std::from_chars(line.data(), line.data() + line.size(), flags, kOctal);
    return (flags & O_APPEND) != 0 && (flags & O_ACCMODE) != O_RDONLY;
  }
  return false;
}

bool may_be_a_log(const std::string& target) {
  return target.starts_with('/') && !target.starts_with("/dev/") && !target.starts_with("/proc/") &&
         !target.ends_with(" (deleted)");
}

/// Path as the process calls it → its descriptor.
std::map<std::string, std::string> logs_of(const ProcFs& files, pid_t pid,
                                           const std::vector<std::string>& descriptors) {
  std::map<std::string, std::string> logs;
  for (std::size_t i = 0; i < std::min(descriptors.size(), kMostDescriptors); ++i) {
    const auto target = files.link(process_path(pid, "fd/" + descriptors[i]).c_str());
    if (target && may_be_a_log(*target) && is_appended_to(files, pid, descriptors[i]))
      logs.emplace(*target, descriptors[i]);
  }
  return logs;
}

/// The end of what the descriptor stands for, and nothing that is no regular file: opening another
/// could block, or do something. `problem` says why it was not read.
std::string end_of_file(pid_t pid, const std::string& descriptor, std::string& problem) {
  const std::string path = "/proc/" + std::to_string(pid) + "/fd/" + descriptor;
  const FileDescriptor place(open(path.c_str(), O_PATH | O_CLOEXEC));
  struct stat status {};
  if (!place || fstat(place.get(), &status) != 0 || !S_ISREG(status.st_mode)) {
    problem = "cannot be read";
    return "";
  }
  const std::string again = "/proc/self/fd/" + std::to_string(place.get());
  const FileDescriptor file(open(again.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  if (!file) {
    problem = std::generic_category().message(errno) + ": sudo tierwatch top";
    return "";
  }
  const off_t begin = std::max<off_t>(0, status.st_size - kLogTail);
  std::string bytes(static_cast<std::size_t>(std::min(status.st_size, kLogTail)), '\0');
  const ssize_t got = pread(file.get(), bytes.data(), bytes.size(), begin);
  bytes.resize(static_cast<std::size_t>(std::max<ssize_t>(0, got)));
  if (begin > 0) bytes.erase(0, std::min(bytes.find('\n'), bytes.size() - 1) + 1);  // half a line
  return bytes;
}

std::string newest_lines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) lines.push_back(take_until(text, '\n'));
  std::string newest;
  for (std::size_t i = 0; i < std::min(lines.size(), kMostLogLines); ++i)
    newest += "  " + printable_start(lines[lines.size() - 1 - i], kLongestLogLine) + "\n";
  return newest.empty() ? "  nothing yet\n" : newest;
}

}  // namespace

std::string log_files_text(const ProcFs& files, const ProcessId& process) {
  Fault why{};
  const auto descriptors = files.list(process_path(process.pid, "fd").c_str(), why);
  if (!descriptors && why == Fault::kDenied)
    return "Which log files it has open may be seen by its own user, or with CAP_SYS_PTRACE: sudo "
           "tierwatch top\n";
  if (!descriptors || !lives_here(files, process)) return "";
  const auto logs = logs_of(files, process.pid, *descriptors);
  std::vector<std::string> paths;
  for (const auto& [path, descriptor] : logs) paths.push_back(path);
  std::ranges::stable_partition(paths, [](const std::string& path) {
    return path.substr(path.rfind('/') + 1).find("access") == std::string::npos;
  });
  std::string all;
  for (std::size_t i = 0; i < std::min(paths.size(), kMostLogFiles); ++i) {
    std::string problem;
    const std::string text = end_of_file(process.pid, logs.at(paths[i]), problem);
    all += printable(paths[i]) + ", newest first\n" +
           (problem.empty() ? newest_lines(text) : "  " + problem + "\n") + "\n";
  }
  if (paths.size() > kMostLogFiles)
    all += "… and " + count_of(double(paths.size() - kMostLogFiles), "file") + " more\n\n";
  return all;
}

}  // namespace tierwatch

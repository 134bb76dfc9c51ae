// SPDX-License-Identifier: MIT
#include "collectors/parse/proc_text_process.h"

#include <algorithm>

#include "collectors/text/text_scan.h"

namespace tierwatch {
namespace {

/// "  1234 kB" → bytes.
std::optional<std::uint64_t> kilobytes(std::string_view value) {
  const auto number = take_number<std::uint64_t>(value);
  if (!number || trim_blanks(value) != "kB" || *number > (UINT64_MAX >> 10)) return std::nullopt;
  return *number << 10;
}

/// Memory is told whole or not at all: a sum with one part missing would look like a small process.
struct MemoryLines {
  std::optional<std::uint64_t> resident, anonymous, file, shared, swap;

  std::optional<MemoryReading> whole() const {
    if (!resident || !anonymous || !file || !shared) return std::nullopt;
    return MemoryReading{.resident_bytes = *resident,
                         .anonymous_bytes = *anonymous,
                         .file_bytes = *file,
                         .shared_bytes = *shared,
                         .swap_bytes = swap.value_or(0)};  // no VmSwap line without CONFIG_SWAP
  }
};

bool take_memory_line(std::string_view key, std::string_view value, MemoryLines& memory) {
  if (key == "VmRSS")
    memory.resident = kilobytes(value);
  else if (key == "RssAnon")
    memory.anonymous = kilobytes(value);
  else if (key == "RssFile")
    memory.file = kilobytes(value);
  else if (key == "RssShmem")
    memory.shared = kilobytes(value);
  else if (key == "VmSwap")
    memory.swap = kilobytes(value);
  else
    return false;
  return true;
}

/// "Uid:\treal\teffective\tsaved\tfilesystem".
std::optional<uid_t> effective_uid(std::string_view value) {
  take_field(value);
  return take_number<uid_t>(value);
}

/// "\tS (sleeping)"; '?' when there is none.
char first_letter(std::string_view value) {
  const std::string_view word = take_field(value);
  return word.size() == 1 ? word.front() : '?';
}

std::uint64_t signal_mask(std::string_view value) {
  return to_number<std::uint64_t>(trim_blanks(value), 16).value_or(0);
}

void take_task_line(std::string_view key, std::string_view value, StatusText& status) {
  if (key == "Uid")
    status.uid = effective_uid(value);
  else if (key == "SigIgn")
    status.signals_ignored = signal_mask(value);
  else if (key == "SigCgt")
    status.signals_caught = signal_mask(value);
  else if (key == "Cpus_allowed_list")
    status.allowed_cpus = trim_blanks(value);
  else if (key == "voluntary_ctxt_switches")
    status.voluntary_switches = take_number<std::uint64_t>(value);
  else if (key == "nonvoluntary_ctxt_switches")
    status.involuntary_switches = take_number<std::uint64_t>(value);
}

/// Half of its sixty lines begin with another letter than those that are taken.
bool begins_a_wanted_line(char first) {
  return std::string_view("SVRUCvn").find(first) != std::string_view::npos;
}

}  // namespace

std::optional<StatusText> parse_status(std::string_view text) {
  StatusText status;
  MemoryLines memory;
  while (!text.empty()) {
    std::string_view line = take_until(text, '\n');
    if (line.empty() || !begins_a_wanted_line(line.front())) continue;
    const std::string_view key = take_until(line, ':');
    // Name: comes first and may hold anything but a newline, which the kernel escapes
    // (fs/proc/array.c, proc_task_name).
    if (key == "State")
      status.state = first_letter(line);
    else if (!take_memory_line(key, line, memory))
      take_task_line(key, line, status);
  }
  if (status.state == '?') return std::nullopt;
  status.memory = memory.whole();
  return status;
}

std::optional<StatmText> parse_statm(std::string_view text) {
  const auto size = take_number<std::uint64_t>(text);
  const auto resident = take_number<std::uint64_t>(text);
  const auto shared = take_number<std::uint64_t>(text);
  if (!size || !resident || !shared || *shared > *resident) return std::nullopt;
  return StatmText{.resident = *resident, .shared = *shared};
}

std::optional<SchedstatText> parse_schedstat(std::string_view text) {
  const auto run = take_number<std::int64_t>(text);
  const auto wait = take_number<std::int64_t>(text);
  const auto slices = take_number<std::uint64_t>(text);
  if (!run || !wait || !slices || *run < 0 || *wait < 0) return std::nullopt;
  return SchedstatText{.run = nanoseconds(*run), .wait = nanoseconds(*wait), .slices = *slices};
}

std::optional<IoReading> parse_io(std::string_view text) {
  std::optional<std::uint64_t> read_bytes, written_bytes;
  while (!text.empty()) {
    std::string_view line = take_until(text, '\n');
    const std::string_view key = take_until(line, ':');
    if (key == "read_bytes") read_bytes = take_number<std::uint64_t>(line);
    if (key == "write_bytes") written_bytes = take_number<std::uint64_t>(line);
  }
  if (!read_bytes || !written_bytes) return std::nullopt;
  return IoReading{.read_bytes = *read_bytes, .written_bytes = *written_bytes};
}

std::optional<std::optional<std::uint64_t>> parse_limit(std::string_view text,
                                                        std::string_view name) {
  while (!text.empty()) {
    std::string_view line = take_until(text, '\n');
    if (!line.starts_with(name)) continue;
    line.remove_prefix(name.size());
    const std::string_view soft = take_field(line);
    if (soft == "unlimited") return std::optional<std::uint64_t>{};
    const auto limit = to_number<std::uint64_t>(soft);
    if (!limit) return std::nullopt;
    return limit;
  }
  return std::nullopt;
}

std::optional<std::uint64_t> parse_smaps_rollup_pss(std::string_view text) {
  while (!text.empty()) {
    std::string_view line = take_until(text, '\n');
    if (take_until(line, ':') == "Pss") return kilobytes(line);
  }
  return std::nullopt;
}

std::string parse_cmdline(std::string_view text) {
  // Servers that write their titles leave hundreds of NULs behind them.
  text = text.substr(0, kMaxTitleBytes);
  while (!text.empty() && (text.back() == '\0' || text.back() == ' ')) text.remove_suffix(1);
  std::string title(text);
  std::replace(title.begin(), title.end(), '\0', ' ');
  return title;
}

std::string parse_cgroup(std::string_view text) {
  std::string_view unified, systemd, cpu;
  while (!text.empty()) {
    std::string_view path =
        take_until(text, '\n');  // "hierarchy:controllers:path"; the path may hold colons
    const std::string_view hierarchy = take_until(path, ':');
    const std::string_view controllers = take_until(path, ':');
    if (hierarchy == "0" && controllers.empty())
      unified = path;
    else if (controllers == "name=systemd")
      systemd = path;
    else if (controllers == "cpu" || controllers.starts_with("cpu,"))
      cpu = path;
  }
  for (const std::string_view path : {unified, systemd, cpu}) {
    if (!path.empty() && path != "/") return std::string(path);
  }
  return std::string(!unified.empty() ? unified : !systemd.empty() ? systemd : cpu);
}

}  // namespace tierwatch

// SPDX-License-Identifier: MIT
#include "collectors/parse/proc_text_cgroup.h"

#include <array>

#include "collectors/text/text_scan.h"

namespace tierwatch {
namespace {

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (!text.empty()) parts.emplace_back(take_until(text, separator));
  return parts;
}

/// Undoes the kernel's writing of blanks and backslashes as three octal digits (seq_path).
std::string without_octal_escapes(std::string_view text) {
  std::string plain;
  while (!text.empty()) {
    const auto code = text.starts_with('\\') && text.size() >= 4
                          ? to_number<unsigned char>(text.substr(1, 3), 8)
                          : std::nullopt;
    plain.push_back(code ? static_cast<char>(*code) : text.front());
    text.remove_prefix(code ? 4 : 1);
  }
  return plain;
}

/// "id parent major:minor root mount_point options tags... - type source super_options".
std::optional<CgroupMount> parse_mount(std::string_view line) {
  for (int i = 0; i < 3; ++i) take_field(line);
  const std::string_view root = take_field(line);
  const std::string_view mount_point = take_field(line);
  const auto tags_end = line.find(" - ");
  if (tags_end == std::string_view::npos) return std::nullopt;
  line.remove_prefix(tags_end + 3);
  const std::string_view type = take_field(line);
  if (type != "cgroup" && type != "cgroup2") return std::nullopt;
  take_field(line);  // source
  const bool unified = type == "cgroup2";
  return CgroupMount{
      .unified = unified,
      .controllers = unified ? std::vector<std::string>{} : split(take_field(line), ','),
      .root = without_octal_escapes(root),
      .mount_point = without_octal_escapes(mount_point)};
}

std::optional<double> cores(std::uint64_t quota, std::optional<std::uint64_t> period) {
  if (!period || *period == 0) return std::nullopt;
  return static_cast<double>(quota) / static_cast<double>(*period);
}

}  // namespace

std::optional<std::vector<CgroupLine>> parse_cgroup_lines(std::string_view text) {
  if (!is_whole(text)) return std::nullopt;
  std::vector<CgroupLine> lines;
  while (!text.empty()) {
    std::string_view path = take_until(text, '\n');
    const std::string_view hierarchy = take_until(path, ':');
    const std::string_view controllers = take_until(path, ':');
    if (!to_number<unsigned>(hierarchy) || !path.starts_with('/')) return std::nullopt;
    lines.push_back({.unified = hierarchy == "0" && controllers.empty(),
                     .controllers = split(controllers, ','),
                     .path = std::string(path)});
  }
  return lines;
}

std::optional<std::vector<CgroupMount>> parse_cgroup_mounts(std::string_view mountinfo) {
  if (!is_whole(mountinfo)) return std::nullopt;
  std::vector<CgroupMount> mounts;
  while (!mountinfo.empty()) {
    if (auto mount = parse_mount(take_until(mountinfo, '\n'))) mounts.push_back(std::move(*mount));
  }
  return mounts;
}

std::optional<Limit<double>> parse_cpu_max(std::string_view text) {
  if (!is_whole(text)) return std::nullopt;
  const std::string_view quota = take_field(text);
  if (quota == "max") return Limit<double>{};
  const auto number = to_number<std::uint64_t>(quota);
  const auto limit = number ? cores(*number, take_number<std::uint64_t>(text)) : std::nullopt;
  if (!limit) return std::nullopt;
  return Limit<double>{limit};
}

std::optional<Limit<double>> parse_cfs_quota(std::string_view quota, std::string_view period) {
  if (!is_whole(quota) || !is_whole(period)) return std::nullopt;
  if (trim_blanks(quota) == "-1") return Limit<double>{};
  const auto number = take_number<std::uint64_t>(quota);
  const auto limit = number ? cores(*number, take_number<std::uint64_t>(period)) : std::nullopt;
  if (!limit) return std::nullopt;
  return Limit<double>{limit};
}

std::optional<CpuStatText> parse_cpu_stat(std::string_view text) {
  using std::chrono::microseconds;
  std::optional<std::uint64_t> usage;
  CpuStatText stat;
  const std::array wanted = {WantedLine{"usage_usec", &usage},
                             WantedLine{"nr_periods", &stat.periods},
                             WantedLine{"nr_throttled", &stat.throttled_periods}};
  if (!take_wanted_lines(wanted, text)) return std::nullopt;
  stat.usage = to_time<nanoseconds>(usage, microseconds(1));
  return stat;
}

std::optional<Limit<std::uint64_t>> parse_memory_limit(std::string_view text) {
  constexpr std::uint64_t kUnlimited = std::uint64_t{1} << 62;
  if (!is_whole(text)) return std::nullopt;
  const std::string_view limit = trim_blanks(text);
  if (limit == "max") return Limit<std::uint64_t>{};
  const auto number = to_number<std::uint64_t>(limit);
  if (!number) return std::nullopt;
  if (*number >= kUnlimited) return Limit<std::uint64_t>{};
  return Limit<std::uint64_t>{number};
}

std::optional<Limit<std::uint64_t>> parse_task_limit(std::string_view text) {
  return parse_memory_limit(text);
}

std::optional<MemoryStatText> parse_memory_stat(std::string_view text, bool unified) {
  std::optional<std::uint64_t> active, inactive, slab;
  const std::array wanted = {
      WantedLine{unified ? "active_file" : "total_active_file", &active},
      WantedLine{unified ? "inactive_file" : "total_inactive_file", &inactive},
      WantedLine{"slab_reclaimable", &slab}};
  if (!take_wanted_lines(wanted, text) || !active || !inactive) return std::nullopt;
  return MemoryStatText{.active_file_bytes = *active,
                        .inactive_file_bytes = *inactive,
                        .reclaimable_slab_bytes = slab.value_or(0)};
}

std::optional<MemoryEventsText> parse_memory_events(std::string_view text) {
  MemoryEventsText events;
  const std::array wanted = {WantedLine{"max", &events.limit_hits},
                             WantedLine{"oom_kill", &events.oom_kills}};
  if (!take_wanted_lines(wanted, text)) return std::nullopt;
  return events;
}

std::optional<std::optional<std::uint64_t>> parse_oom_control_kills(std::string_view text) {
  std::optional<std::uint64_t> kills;
  if (!take_wanted_lines(std::array{WantedLine{"oom_kill", &kills}}, text)) return std::nullopt;
  return kills;
}

std::optional<std::uint64_t> parse_single_number(std::string_view text) {
  if (!is_whole(text)) return std::nullopt;
  return to_number<std::uint64_t>(trim_blanks(text));
}

}  // namespace tierwatch

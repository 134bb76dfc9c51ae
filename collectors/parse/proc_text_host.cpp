// SPDX-License-Identifier: MIT
#include "collectors/parse/proc_text_host.h"

#include <array>
#include <cmath>

#include "collectors/text/text_scan.h"

namespace tierwatch {
namespace {

std::optional<double> to_real(std::string_view text) {
  double number = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

/// "user nice system idle iowait irq softirq steal guest guest_nice": Linux grew them one by one.
std::optional<CpuTimes> parse_cpu_times(std::string_view row, CpuTimes::Time tick) {
  CpuTimes times;
  const std::array columns = {&times.user,   &times.nice,      &times.system,  &times.idle,
                              &times.iowait, &times.irq,       &times.softirq, &times.steal,
                              &times.guest,  &times.guest_nice};
  constexpr std::size_t kAlwaysThere = 4;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const std::string_view field = take_field(row);
    if (field.empty() && i >= kAlwaysThere) break;
    const auto time = to_time(to_number<std::uint64_t>(field), tick);
    if (!time) return std::nullopt;
    *columns[i] = *time;
  }
  return times;
}

/// "major minor name reads merged sectors ms writes merged sectors ms in_flight ms weighted_ms …".
std::optional<DiskReading> parse_disk(std::string_view line) {
  constexpr std::uint64_t kSectorBytes = 512;
  constexpr nanoseconds kMillisecond = std::chrono::milliseconds(1);
  take_field(line);
  take_field(line);
  DiskReading disk{.name = std::string(take_field(line))};
  std::array<std::uint64_t, 11> columns{};
  for (std::uint64_t& column : columns) {
    const auto number = take_number<std::uint64_t>(line);
    if (!number) return std::nullopt;
    column = *number;
  }
  const auto busy = to_time(columns[9], kMillisecond);
  const auto queued = to_time(columns[10], kMillisecond);
  const std::uint64_t most_sectors = UINT64_MAX / kSectorBytes;
  if (!busy || !queued || columns[2] > most_sectors || columns[6] > most_sectors)
    return std::nullopt;
  disk.reads = columns[0];
  disk.read_bytes = columns[2] * kSectorBytes;
  disk.writes = columns[4];
  disk.written_bytes = columns[6] * kSectorBytes;
  disk.busy = *busy;
  disk.queued = *queued;
  return disk;
}

}  // namespace

std::optional<StatText> parse_stat(std::string_view text, CpuTimes::Time tick) {
  if (!is_whole(text)) return std::nullopt;
  StatText stat;
  const std::array wanted = {
      WantedLine{"ctxt", &stat.context_switches}, WantedLine{"processes", &stat.forks},
      WantedLine{"procs_running", &stat.runnable}, WantedLine{"procs_blocked", &stat.blocked}};
  bool has_cpu = false;
  bool rows_ended = false;
  while (!text.empty()) {
    std::string_view line = take_until(text, '\n');
    const std::string_view name = take_field(line);
    if (name.starts_with("cpu")) {
      const auto times = parse_cpu_times(line, tick);
      if (!times) return std::nullopt;
      if (name == "cpu") {
        stat.cpu = *times;
        has_cpu = true;
      } else {
        const auto number = to_number<unsigned>(name.substr(3));
        if (!number) return std::nullopt;
        stat.cpus.push_back(*times);
        stat.cpu_numbers.push_back(*number);
      }
      continue;
    }
    rows_ended = true;
    if (!take_wanted(wanted, name, line)) return std::nullopt;
  }
  if (!has_cpu) return std::nullopt;
  if (!rows_ended) {  // some may be missing, and their number is the host's size
    stat.cpus.clear();
    stat.cpu_numbers.clear();
  }
  return stat;
}

std::optional<HostMemoryReading> parse_meminfo(std::string_view text) {
  if (!is_whole(text)) return std::nullopt;
  std::optional<std::uint64_t> total, available, free, buffers, cached, swap_total, swap_free;
  const std::array wanted = {
      WantedLine{"MemTotal", &total},         WantedLine{"MemFree", &free},
      WantedLine{"MemAvailable", &available}, WantedLine{"Buffers", &buffers},
      WantedLine{"Cached", &cached},          WantedLine{"SwapTotal", &swap_total},
      WantedLine{"SwapFree", &swap_free}};
  while (!text.empty()) {
    std::string_view line = take_until(text, '\n');
    const std::string_view name = take_until(line, ':');
    if (!take_wanted(wanted, name, take_field(line))) return std::nullopt;
  }
  for (const WantedLine& line : wanted) {
    if (!*line.number || **line.number > (UINT64_MAX >> 10)) return std::nullopt;
  }
  const auto bytes = [](std::optional<std::uint64_t> kilobytes) { return *kilobytes << 10; };
  return HostMemoryReading{.total_bytes = bytes(total),
                           .available_bytes = bytes(available),
                           .free_bytes = bytes(free),
                           .buffers_bytes = bytes(buffers),
                           .cached_bytes = bytes(cached),
                           .swap_total_bytes = bytes(swap_total),
                           .swap_free_bytes = bytes(swap_free)};
}

std::optional<LoadText> parse_loadavg(std::string_view text) {
  if (!is_whole(text)) return std::nullopt;
  LoadText load;
  for (double* value : {&load.load1, &load.load5, &load.load15}) {
    const auto number = to_real(take_field(text));
    if (!number || !std::isfinite(*number) || *number < 0) return std::nullopt;
    *value = *number;
  }
  return load;
}

std::optional<PressureReading> parse_pressure(std::string_view text) {
  if (!is_whole(text)) return std::nullopt;
  std::optional<nanoseconds> some;
  nanoseconds full{};
  while (!text.empty()) {
    std::string_view line = take_until(text, '\n');
    const std::string_view kind = take_field(line);
    if (kind != "some" && kind != "full") continue;
    const auto total = line.find("total=");
    if (total == std::string_view::npos) return std::nullopt;
    line.remove_prefix(total + std::string_view("total=").size());
    const auto time =
        to_time<nanoseconds>(take_number<std::uint64_t>(line), std::chrono::microseconds(1));
    if (!time) return std::nullopt;
    if (kind == "some")
      some = time;
    else
      full = *time;
  }
  if (!some) return std::nullopt;
  return PressureReading{.some = *some, .full = full};
}

std::optional<std::uint64_t> parse_one_number(std::string_view text) {
  if (!is_whole(text)) return std::nullopt;
  return to_number<std::uint64_t>(trim_blanks(text));
}

std::optional<FileTableText> parse_file_nr(std::string_view text) {
  if (!is_whole(text)) return std::nullopt;
  const auto allocated = take_number<std::uint64_t>(text);
  const auto unused = take_number<std::uint64_t>(text);  // always 0 since Linux 2.6
  const auto maximum = take_number<std::uint64_t>(text);
  if (!allocated || !unused || !maximum || *unused > *allocated) return std::nullopt;
  return FileTableText{.open_files = *allocated - *unused, .max_files = *maximum};
}

namespace {

/// Fills `wanted` from the line of names that begins with `table`, and the line of values after it.
bool take_named_values(std::string_view text, std::string_view table,
                       std::span<const WantedLine> wanted) {
  if (!is_whole(text)) return false;
  while (!text.empty()) {
    std::string_view names = take_until(text, '\n');
    std::string_view values = take_until(text, '\n');
    if (take_field(names) != table) continue;
    if (take_field(values) != table) return false;
    for (auto name = take_field(names); !name.empty(); name = take_field(names)) {
      const std::string_view value = take_field(values);
      if (value.empty() || !take_wanted(wanted, name, value)) return false;
    }
    return true;
  }
  return false;
}

}  // namespace

std::optional<NetstatText> parse_netstat(std::string_view text) {
  NetstatText netstat;
  const std::array wanted = {WantedLine{"ListenOverflows", &netstat.listen_overflows},
                             WantedLine{"ListenDrops", &netstat.listen_drops},
                             WantedLine{"TCPReqQFullDrop", &netstat.syn_drops}};
  return take_named_values(text, "TcpExt:", wanted) ? std::optional(netstat) : std::nullopt;
}

std::optional<std::uint64_t> parse_snmp_failed_connects(std::string_view text) {
  std::optional<std::uint64_t> failed;
  const std::array wanted = {WantedLine{"AttemptFails", &failed}};
  return take_named_values(text, "Tcp:", wanted) ? failed : std::nullopt;
}

std::optional<VmstatText> parse_vmstat(std::string_view text) {
  VmstatText vmstat;
  std::optional<std::uint64_t> free_pages, all_refaults;
  const std::array wanted = {WantedLine{"nr_free_pages", &free_pages},
                             WantedLine{"oom_kill", &vmstat.oom_kills},
                             WantedLine{"pswpin", &vmstat.swap_in_pages},
                             WantedLine{"pswpout", &vmstat.swap_out_pages},
                             WantedLine{"pgscan_direct", &vmstat.direct_scanned_pages},
                             WantedLine{"pgscan_kswapd", &vmstat.background_scanned_pages},
                             WantedLine{"workingset_refault", &all_refaults},
                             WantedLine{"workingset_refault_file", &vmstat.refaulted_pages}};
  if (!take_wanted_lines(wanted, text)) return std::nullopt;
  if (!free_pages) return std::nullopt;
  if (!vmstat.refaulted_pages) vmstat.refaulted_pages = all_refaults;
  return vmstat;
}

std::optional<std::vector<DiskReading>> parse_diskstats(std::string_view text) {
  if (!is_whole(text)) return std::nullopt;
  std::vector<DiskReading> disks;
  while (!text.empty()) {
    auto disk = parse_disk(take_until(text, '\n'));
    if (!disk) return std::nullopt;
    disks.push_back(std::move(*disk));
  }
  return disks;
}

}  // namespace tierwatch

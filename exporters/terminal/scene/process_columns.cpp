// SPDX-License-Identifier: MIT
#include "exporters/terminal/scene/process_columns.h"

#include <algorithm>
#include <array>

#include "exporters/terminal/scene/tier_lines.h"
#include "exporters/terminal/screen/figures.h"

namespace tierwatch {
namespace {

constexpr std::array<ColumnSpec, kProcessColumns> kSpecs = {{
    {.name = "PID", .width = 7, .rank = 0},
    {.name = "TIER", .width = 9, .rank = 2, .left = true},
    {.name = "ROLE", .width = 11, .rank = 5, .left = true},
    {.name = "USER", .width = 8, .rank = 7, .left = true},
    {.name = "S", .width = 1, .rank = 4, .left = true},
    {.name = "THR", .width = 4, .rank = 9},
    {.name = "CPU%", .width = 5, .rank = 1},
    {.name = "RSS", .width = 5, .rank = 3},
    {.name = "FDS", .width = 5, .rank = 6},
    {.name = "DELAY%", .width = 6, .rank = 8},
    {.name = "TIME+", .width = 8, .rank = 10},
    {.name = "TITLE", .width = 24, .rank = 0, .left = true, .stretches = true},
}};

struct Words {
  std::string_view name, meaning;
};
constexpr std::array<Words, kProcessColumns> kWords = {{
    {"pid", "process id"},
    {"tier", "the tier it belongs to"},
    {"role", "what it does there: master, worker, backend"},
    {"user", "whose it is"},
    {"state", "R runs or could, S sleeps, D waits for a disk, T stopped, Z ended"},
    {"threads", "number of threads"},
    {"cpu", "of one core, over the last interval; 100 is a whole core"},
    {"rss", "resident memory"},
    {"fds", "open file descriptors"},
    {"delay", "time its threads could run but waited for a core, as CPU%"},
    {"time", "CPU time since it began"},
    {"title", "command line, or the title it gave itself"},
}};

std::string cpu_percent(double cores) {
  const double percent = cores * 100;
  std::string text = std::to_string(static_cast<long long>(percent * 10 + 0.5));
  if (percent >= 999.95) return text.substr(0, text.size() - 1);
  if (text.size() == 1) text.insert(0, "0");
  text.insert(text.size() - 1, ".");
  return text;
}

ColumnText cores_text(const std::optional<double>& cores) {
  if (!cores || !(*cores >= 0) || *cores > 1e6) return {kUnknownFigure, Ink::kDim};
  return {cpu_percent(*cores), *cores >= 0.9     ? Ink::kStrong
                               : *cores < 0.0005 ? Ink::kDim
                                                 : Ink::kPlain};
}

ColumnText state_text(char state) {
  return {std::string(1, state), state == 'R'                   ? Ink::kGood
                                 : state == 'D' || state == 'Z' ? Ink::kWarm
                                                                : Ink::kDim};
}

ColumnText fds_text(const ProcessReading& reading) {
  if (!reading.open_fds) return {kUnknownFigure, Ink::kDim};
  const auto open = static_cast<double>(*reading.open_fds);
  std::optional<double> ratio;
  if (reading.fd_limit && *reading.fd_limit > 0)
    ratio = open / static_cast<double>(*reading.fd_limit);
  const Ink ink = ratio ? ink_of_ratio(ratio, 0.95) : Ink::kPlain;
  return {short_count(open), ink};
}

std::string user_text(const ProcessReading& reading, const Scene& scene) {
  if (!reading.uid) return kUnknownFigure;
  std::string name = scene.user_name ? scene.user_name(*reading.uid) : reading.user;
  return name.empty() ? std::to_string(*reading.uid) : name;
}

constexpr double kUnknown = -1;

double figure_of(ProcessColumn column, const ProcessSample& process) {
  const ProcessReading& reading = process.reading;
  switch (column) {
    case ProcessColumn::kThreads:
      return reading.thread_count;
    case ProcessColumn::kCpu:
      return process.cpu_cores.value_or(kUnknown);
    case ProcessColumn::kResident:
      return reading.memory ? static_cast<double>(reading.memory->resident_bytes) : kUnknown;
    case ProcessColumn::kFds:
      return reading.open_fds ? static_cast<double>(*reading.open_fds) : kUnknown;
    case ProcessColumn::kDelay:
      return process.run_delay_cores.value_or(kUnknown);
    case ProcessColumn::kTime:
      return static_cast<double>(cpu_time(process).count());
    default:
      return 0;
  }
}

/// Tiers and roles as they stand in the tables, processes of no tier last.
Membership order_of(const ProcessSample& process) {
  return process.reading.member.value_or(Membership{0xFFFF, 0xFFFF});
}

/// -1, 0, 1 in the natural order of the column.
int compare(ProcessColumn column, const ProcessSample& a, const ProcessSample& b) {
  const auto sign = [](auto ordering) { return ordering < 0 ? -1 : ordering > 0 ? 1 : 0; };
  switch (column) {
    case ProcessColumn::kPid:
      return 0;
    case ProcessColumn::kTier:
    case ProcessColumn::kRole:
      return sign(order_of(a) <=> order_of(b));
    case ProcessColumn::kUser:
      return sign(a.reading.uid <=> b.reading.uid);
    case ProcessColumn::kState:
      return sign(a.reading.state <=> b.reading.state);
    case ProcessColumn::kTitle:
      return sign(a.reading.title <=> b.reading.title);
    default: {
      // Whatever is no number would upset the sort.
      const auto figure = [column](const ProcessSample& process) {
        const double value = figure_of(column, process);
        return value >= 0 ? value : kUnknown;
      };
      const double first = figure(a), second = figure(b);
      return first > second ? -1 : first < second ? 1 : 0;
    }
  }
}

bool is_figure(ProcessColumn column) {
  return column == ProcessColumn::kThreads || column == ProcessColumn::kCpu ||
         column == ProcessColumn::kResident || column == ProcessColumn::kFds ||
         column == ProcessColumn::kDelay || column == ProcessColumn::kTime;
}

std::string figure_text(ProcessColumn column, double figure) {
  switch (column) {
    case ProcessColumn::kCpu:
    case ProcessColumn::kDelay:
      return cpu_percent(figure);
    case ProcessColumn::kResident:
      return short_bytes(figure);
    case ProcessColumn::kTime:
      return short_time(nanoseconds(static_cast<std::int64_t>(figure)));
    default:
      return short_count(figure);
  }
}

/// "24.1M" is "24M" at least: one column less, and still true.
std::string without_fraction(std::string text) {
  const std::size_t point = text.find('.');
  if (point == std::string::npos) return text;
  const std::size_t unit = text.find_first_not_of("0123456789", point + 1);
  return text.erase(point, std::min(unit, text.size()) - point);
}

}  // namespace

std::span<const ColumnSpec> process_column_specs() { return kSpecs; }

std::string_view to_string(ProcessColumn column) {
  return kWords[static_cast<std::size_t>(column)].name;
}

std::string_view meaning_of(ProcessColumn column) {
  return kWords[static_cast<std::size_t>(column)].meaning;
}

std::optional<ProcessColumn> process_column_named(std::string_view name) {
  for (std::size_t i = 0; i < kProcessColumns; ++i) {
    if (kWords[i].name == name) return static_cast<ProcessColumn>(i);
  }
  return std::nullopt;
}

std::string_view tier_of(const Snapshot& snapshot, const ProcessSample& process) {
  const auto& member = process.reading.member;
  if (!member || member->tier >= snapshot.tiers.size()) return "";
  return snapshot.tiers[member->tier].name;
}

std::string_view role_of(const Snapshot& snapshot, const ProcessSample& process) {
  const auto& member = process.reading.member;
  if (!member || member->tier >= snapshot.tiers.size()) return "";
  const auto& roles = snapshot.tiers[member->tier].roles;
  return member->role < roles.size() ? std::string_view(roles[member->role].name) : "";
}

const ProcessSample* process_of(const SnapshotPtr& snapshot, const ProcessId& id) {
  if (!snapshot) return nullptr;
  const auto found = std::ranges::find(snapshot->processes, id,
                                       [](const ProcessSample& one) { return one.reading.id; });
  return found == snapshot->processes.end() ? nullptr : &*found;
}

std::string process_words(const Snapshot& snapshot, const ProcessSample& process) {
  const std::string tier(tier_of(snapshot, process)), role(role_of(snapshot, process));
  if (tier.empty()) return process.reading.comm;
  return role.empty() ? tier : tier + ", " + role;
}

std::string title_of(const ProcessSample& process) {
  const ProcessReading& reading = process.reading;
  return reading.title.empty() ? "[" + reading.comm + "]" : reading.title;
}

nanoseconds cpu_time(const ProcessSample& process) {
  return process.reading.user_cpu + process.reading.system_cpu;
}

ColumnText column_text(ProcessColumn column, const ProcessSample& process, const Scene& scene) {
  const ProcessReading& reading = process.reading;
  switch (column) {
    case ProcessColumn::kPid:
      return {std::to_string(reading.id.pid)};
    case ProcessColumn::kTier:
      return {std::string(tier_of(*scene.snapshot, process)), Ink::kTitle};
    case ProcessColumn::kRole:
      return {std::string(role_of(*scene.snapshot, process))};
    case ProcessColumn::kUser:
      return {user_text(reading, scene), Ink::kDim};
    case ProcessColumn::kState:
      return state_text(reading.state);
    case ProcessColumn::kThreads:
      return {short_count(reading.thread_count)};
    case ProcessColumn::kCpu:
      return cores_text(process.cpu_cores);
    case ProcessColumn::kResident:
      if (!reading.memory) return {kUnknownFigure, Ink::kDim};
      return {short_bytes(static_cast<double>(reading.memory->resident_bytes))};
    case ProcessColumn::kFds:
      return fds_text(reading);
    case ProcessColumn::kDelay:
      return cores_text(process.run_delay_cores);
    case ProcessColumn::kTime:
      if (scene.feed.sparse) return {kUnknownFigure, Ink::kDim};  // recordings do not hold it
      return {short_time(cpu_time(process))};
    case ProcessColumn::kTitle:
      return {title_of(process)};
    case ProcessColumn::kCustom:
      break;
  }
  return {};
}

ColumnText total_text(ProcessColumn column, std::span<const ProcessSample* const> processes,
                      const Scene& scene) {
  if (column == ProcessColumn::kTime && scene.feed.sparse) return {kUnknownFigure, Ink::kDim};
  std::optional<double> sum;
  bool whole = true;
  for (const ProcessSample* process : processes) {
    if (!is_figure(column)) return {};
    const double figure = figure_of(column, *process);
    whole = whole && figure >= 0;
    if (figure >= 0) sum = sum.value_or(0) + figure;
  }
  if (!sum) return {is_figure(column) ? kUnknownFigure : "", Ink::kDim};
  const std::string text = figure_text(column, *sum);
  return {whole ? text : "≥" + without_fraction(text)};
}

bool comes_before(ProcessColumn column, const ProcessSample& a, const ProcessSample& b) {
  const int order = compare(column, a, b);
  return order != 0 ? order < 0 : a.reading.id.pid < b.reading.id.pid;
}

}  // namespace tierwatch

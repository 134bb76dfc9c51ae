// SPDX-License-Identifier: MIT
#include <algorithm>

#include "collectors/seconds.h"
#include "collectors/text/plain_words.h"
#include "collectors/text/printable_text.h"
#include "exporters/terminal/scene/signal_rows.h"
#include "exporters/terminal/screen/figures.h"
#include "exporters/terminal/tables/host_meters.h"
#include "exporters/terminal/tables/panels.h"

namespace tierwatch {
namespace {

constexpr std::size_t kLabelWidth = 14;
constexpr std::size_t kMostThreads = 200;

void add(std::vector<PanelLine>& lines, std::string label, const std::string& text, int width,
         Ink ink = Ink::kPlain) {
  label.resize(kLabelWidth, ' ');
  add_wrapped(lines, label, text, ink, width);
}

std::string cores_words(const std::optional<double>& cores) {
  return cores ? two_digits(*cores) + " cores" : kUnknownFigure;
}

std::string bytes_of(std::uint64_t bytes) { return short_bytes(static_cast<double>(bytes)); }

void add_identity(std::vector<PanelLine>& lines, const ProcessSample& process, const Scene& scene,
                  int width) {
  const ProcessReading& reading = process.reading;
  const std::string tier(tier_of(*scene.snapshot, process));
  add(lines, "title", title_of(process), width, Ink::kStrong);
  add(lines, "name", reading.comm, width);
  if (!tier.empty())
    add(lines, "tier, role", tier + ", " + std::string(role_of(*scene.snapshot, process)), width);
  add(lines, "user", column_text(ProcessColumn::kUser, process, scene).text, width);
  add(lines, "parent", std::to_string(reading.parent_pid), width);
  add(lines, "state", std::string(1, reading.state), width);
  const double age = seconds_of(scene.snapshot->at.boot - reading.id.started);
  if (age >= 0) add(lines, "running for", duration_words(age), width);
}

void add_use(std::vector<PanelLine>& lines, const ProcessSample& process, int width) {
  const ProcessReading& reading = process.reading;
  add(lines, "cpu",
      cores_words(process.cpu_cores) + ", " + short_time(reading.user_cpu) + " user, " +
          short_time(reading.system_cpu) + " system since it began",
      width);
  add(lines, "run delay", cores_words(process.run_delay_cores), width);
  if (reading.memory) {
    const MemoryReading& memory = *reading.memory;
    add(lines, "memory",
        bytes_of(memory.resident_bytes) + " resident: " + bytes_of(memory.anonymous_bytes) +
            " anonymous, " + bytes_of(memory.file_bytes) + " file, " +
            bytes_of(memory.shared_bytes) + " shared; " + bytes_of(memory.swap_bytes) + " in swap",
        width);
  }
  if (reading.proportional_bytes)
    add(lines, "proportional", bytes_of(*reading.proportional_bytes), width);
  if (reading.io)
    add(lines, "disk",
        bytes_of(reading.io->read_bytes) + " read, " + bytes_of(reading.io->written_bytes) +
            " written",
        width);
}

/// As many pieces of the past as are known, by eighths.
void add_past(std::vector<PanelLine>& lines, const ProcessId& id, const Scene& scene, int width) {
  constexpr std::size_t kShown = 60;
  if (!scene.history) return;
  const auto add_one = [&](const char* label, SparkMeasure measure) {
    std::string text;
    for (const auto& piece : scene.history->of(id, kShown, measure))
      if (piece || !text.empty()) append_utf8(text, spark(piece));
    if (!text.empty()) add(lines, label, text, width, Ink::kSpark);
  };
  add_one("cpu of a core", SparkMeasure::kCpu);
  add_one("of its most", SparkMeasure::kMemory);
  add_one("of open files", SparkMeasure::kFds);
}

void add_limits(std::vector<PanelLine>& lines, const ProcessSample& process, const Scene& scene,
                int width) {
  const ProcessReading& reading = process.reading;
  const auto number = [](const std::optional<std::uint64_t>& value, const char* absent) {
    return value ? std::to_string(*value) : std::string(absent);
  };
  add(lines, "open files",
      number(reading.open_fds, kUnknownFigure) + " of " +
          number(reading.fd_limit, "no known limit"),
      width);
  if (reading.allowed_cpus)
    add(lines, "processors", "may run on " + std::to_string(reading.allowed_cpus->count()), width);
  if (!reading.cgroup.empty()) add(lines, "cgroup", reading.cgroup, width);
  if (!reading.member) return;
  const auto& facts = scene.snapshot->facts.tiers;
  if (reading.member->tier >= facts.size()) return;
  const TierFacts& tier = facts[reading.member->tier];
  if (tier.quota)
    add(lines, "cpu quota", two_digits(tier.quota->cores) + " cores (its tier)", width);
  if (tier.memory)
    add(lines, "memory limit",
        short_bytes(tier.memory->used_bytes) + " of " + short_bytes(tier.memory->limit_bytes) +
            " (its tier)",
        width);
}

void add_sockets(std::vector<PanelLine>& lines, const ProcessSample& process, const Scene& scene,
                 int width) {
  if (!process.reading.member) return;
  const Snapshot& snapshot = *scene.snapshot;
  const std::uint16_t tier = process.reading.member->tier;
  std::vector<PanelLine> found;
  for (const ListenerSample& listener : snapshot.listeners) {
    const ListenerReading& reading = listener.reading;
    if (!reading.owner || reading.owner->tier != tier) continue;
    std::string text = full_address(reading) + ": queue " + std::to_string(reading.queue_length);
    if (reading.queue_limit) text += " of " + std::to_string(*reading.queue_limit);
    if (reading.in_service) text += ", " + std::to_string(*reading.in_service) + " connections";
    add(found, "listens on", text, width);
  }
  for (const EdgeReading& edge : snapshot.edges) {
    if (!edge.from || edge.from->tier != tier) continue;
    const bool known_tier = edge.to && *edge.to < snapshot.tiers.size();
    add(found, "connected to",
        (known_tier ? snapshot.tiers[*edge.to].name + ", " : "") + edge.peer + ": " +
            std::to_string(edge.connections),
        width);
  }
  if (found.empty()) return;
  lines.emplace_back();
  lines.push_back(heading("SOCKETS OF ITS TIER"));
  lines.insert(lines.end(), found.begin(), found.end());
}

/// CPU of a thread over the last interval; absent without a reading before.
std::optional<double> thread_cores(const ThreadReading& now, const ProcessSample* before,
                                   nanoseconds elapsed) {
  if (!before || !before->reading.threads || elapsed <= nanoseconds{}) return std::nullopt;
  for (const ThreadReading& old : *before->reading.threads) {
    if (old.tid != now.tid || old.run > now.run) continue;
    return seconds_of(now.run - old.run) / seconds_of(elapsed);
  }
  return std::nullopt;
}

void add_threads(std::vector<PanelLine>& lines, const ProcessSample& process, const Scene& scene) {
  lines.emplace_back();
  lines.push_back(heading("THREADS: " + std::to_string(process.reading.thread_count)));
  if (!process.reading.threads) {
    lines.push_back({{"their times are not known", Ink::kDim}});
    return;
  }
  const ProcessSample* before = process_of(scene.before, process.reading.id);
  const nanoseconds elapsed =
      before ? process.reading.read_at - before->reading.read_at : nanoseconds{};
  lines.push_back({{"     TID   CPU%     RUN TIME    WAITED FOR A CPU   SWITCHES", Ink::kDim}});
  std::size_t shown = 0;
  for (const ThreadReading& thread : *process.reading.threads) {
    if (++shown > kMostThreads) break;
    const auto right = [](const std::string& text, std::size_t width) {
      return padded(text, width, Align::kRight);
    };
    const auto cores = thread_cores(thread, before, elapsed);
    const std::string percent = cores ? few_digits(*cores * 100) : "-";
    lines.push_back({{right(std::to_string(thread.tid), 8)},
                     {right(percent, 7), cores.value_or(0) >= 0.9 ? Ink::kHot : Ink::kStrong},
                     {right(short_time(thread.run), 13)},
                     {right(short_time(thread.wait), 20)},
                     {right(short_count(static_cast<double>(thread.voluntary_switches)), 8) +
                      " + " + short_count(static_cast<double>(thread.involuntary_switches))}});
  }
}

}  // namespace

std::vector<PanelLine> process_lines(const Scene& scene, const ProcessId& id, int width) {
  const ProcessSample* process = process_of(scene.snapshot, id);
  std::vector<PanelLine> lines{heading("PROCESS " + std::to_string(id.pid))};
  if (!process) {
    lines.push_back({{"it has ended", Ink::kWarm}});
    return lines;
  }
  add_identity(lines, *process, scene, width);
  lines.emplace_back();
  lines.push_back(heading("USE"));
  add_use(lines, *process, width);
  add_past(lines, id, scene, width);
  lines.emplace_back();
  lines.push_back(heading("LIMITS"));
  add_limits(lines, *process, scene, width);
  add_sockets(lines, *process, scene, width);
  add_threads(lines, *process, scene);
  return lines;
}

std::vector<PanelLine> confirm_lines(const ViewState& state, const Scene& scene, int width) {
  const std::string name = signal_name(state.signal);
  std::vector<PanelLine> lines{
      heading("SEND " + name + " TO PROCESS " + std::to_string(state.selected.pid) + "?")};
  const ProcessSample* process = process_of(scene.snapshot, state.selected);
  if (!process) {
    lines.push_back({{"it has ended", Ink::kWarm}});
    return lines;
  }
  // What matters stands where the smallest screen still shows it.
  add_wrapped(lines, "", process_words(*scene.snapshot, *process), Ink::kStrong, width);
  for (const SignalRow& row : signal_rows(*scene.snapshot, *process))
    if (row.number == state.signal)
      add_wrapped(lines, "", name + ": " + row.effect + ".", Ink::kStrong, width);
  lines.push_back({{"y", Ink::kStrong}, {" sends it; any other key does not.", Ink::kPlain}});
  lines.emplace_back();
  add_identity(lines, *process, scene, width);
  return lines;
}

}  // namespace tierwatch

// SPDX-License-Identifier: MIT
#include "analysis/runs/run_inside.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

#include "collectors/seconds.h"

namespace tierwatch {
namespace {

using Stretches = std::vector<const InsideStretch*>;

/// Samples of one request lean on each other: their number varies more than by chance alone.
constexpr double kLeaning = 1.4;
/// Standard errors: of many rows one would be a little above two by chance.
constexpr double kCertain = 4;
constexpr double kGrownTimes = 1.3, kLeastGrowth = 0.05, kMuch = 0.25;
constexpr std::uint64_t kFewForMost = 50;

std::chrono::system_clock::time_point stretch_begin(const InsideStretch& stretch) {
  const std::chrono::duration<double> length(stretch.seconds);
  return stretch.at - std::chrono::duration_cast<std::chrono::system_clock::duration>(length);
}

/// Those that lie wholly in the step; where it is too short for one, those whose middle does.
Stretches stretches_within(const Stretches& all, const LoadStep& step) {
  Stretches whole, middle;
  for (const InsideStretch* one : all) {
    const auto begin = stretch_begin(*one);
    if (begin >= step.begin && one->at <= step.end) whole.push_back(one);
    const auto half = begin + (one->at - begin) / 2;
    if (half >= step.begin && half <= step.end) middle.push_back(one);
  }
  return whole.empty() ? middle : whole;
}

bool is_linear(StepShape shape) { return shape == StepShape::kLinear; }
bool is_knee(StepShape shape) { return shape == StepShape::kKnee; }

/// One tier of a run.
class TierFinder {
 public:
  TierFinder(const RecordedInside& seen, const RunFindings& findings, std::string tier)
      : seen_(seen), findings_(findings) {
    found_.tier = std::move(tier);
    for (const InsideStretch& stretch : seen.stretches)
      if (stretch.tier == found_.tier) stretches_.push_back(&stretch);
    found_.content = stretches_.front()->content;
  }

  TierInside find() {
    make_groups();
    make_rows();
    found_.of_cpu = is_of_cpu();
    std::ranges::stable_sort(found_.rows, std::ranges::greater{},
                             [](const InsideRow& row) { return row.groups.back().samples; });
    find_most();
    if (found_.groups.size() > 1) find_grown();
    cut_rows();
    return std::move(found_);
  }

 private:
  using Key = std::tuple<std::string, std::string, std::string, std::string>;
  using Lines = std::map<std::uint32_t, std::uint64_t>;

  void make_groups() {
    InsideGroup linear = group(InsideGroup::Kind::kLinear, is_linear);
    InsideGroup flat = group(InsideGroup::Kind::kSaturated, is_flat);
    if (flat.samples == 0) flat = group(InsideGroup::Kind::kSaturated, is_knee);
    if (linear.samples > 0 && flat.samples > 0) {
      found_.groups.push_back(std::move(linear));
      found_.groups.push_back(std::move(flat));
      return;
    }
    InsideGroup all = group(InsideGroup::Kind::kAll, [](StepShape) { return true; });
    if (all.samples == 0) {
      all = {};
      add_to(all, stretches_);
    }
    found_.groups.push_back(std::move(all));
  }

  InsideGroup group(InsideGroup::Kind kind, bool (*belongs)(StepShape)) {
    InsideGroup group{.kind = kind};
    double requests = 0, requested_seconds = 0, cpu_seconds = 0, cpu_requests = 0;
    Stretches all;
    for (std::size_t i = 0; i < findings_.steps.size(); ++i) {
      const StepFindings& step = findings_.steps[i];
      if (!belongs(step.shape)) continue;
      const Stretches those = stretches_within(stretches_, step.load);
      if (those.empty()) continue;
      group.steps.push_back(i);
      all.insert(all.end(), those.begin(), those.end());
      if (!step.load.requests_per_second) continue;
      const double of_step = step.load.requests_per_second->value * step.load.seconds();
      requests += of_step;
      requested_seconds += step.load.seconds();
      if (const auto cores = cores_in(step)) {
        cpu_seconds += *cores * step.load.seconds();
        cpu_requests += of_step;
      }
    }
    if (requests > 0) group.requests_per_second = requests / requested_seconds;
    if (cpu_requests > 0) group.cpu_seconds_per_request = cpu_seconds / cpu_requests;
    add_to(group, all);
    return group;
  }

  std::optional<double> cores_in(const StepFindings& step) const {
    for (const TierAtStep& tier : step.tiers)
      if (tier.tier == found_.tier) return tier.cpu_cores;
    return std::nullopt;
  }

  void add_to(InsideGroup& group, const Stretches& stretches) {
    std::map<std::uint32_t, std::uint64_t> counts;
    std::uint64_t moved = 0, torn = 0;
    for (const InsideStretch* stretch : stretches) {
      group.seconds += stretch->seconds;
      group.looks += stretch->looks;
      moved += stretch->moved;
      for (const RecordedCount& count : stretch->counts) {
        if (count.stack >= seen_.stacks.size()) continue;
        const RecordedStack& stack = seen_.stacks[count.stack];
        counts[count.stack] += count.samples;
        group.samples += count.samples;
        if (stack.activity == to_string(ThreadActivity::kRunning)) group.running += count.samples;
        if (stack.torn) torn += count.samples;
      }
    }
    for (const auto& [stack, samples] : counts) group.stacks.push_back({stack, samples});
    if (group.samples == 0) return;
    group.torn = static_cast<double>(torn) / static_cast<double>(group.samples);
    group.moved = std::min(1.0, static_cast<double>(moved) / static_cast<double>(group.samples));
  }

  bool all_processes_were_read() const {
    return std::ranges::all_of(stretches_, [](const InsideStretch* stretch) {
      return stretch->processes >= stretch->of_processes;
    });
  }

  /// The innermost frame of the application, else the innermost one.
  InsidePlace place_of(const RecordedStack& stack) const {
    if (stack.torn) return {"(torn)", "", 0};
    const PythonFrame* named = nullptr;
    for (const PythonFrame& frame : stack.frames) {
      if (frame.function >= seen_.functions.size()) continue;
      if (!named) named = &frame;
      if (!is_application(seen_.functions[frame.function].file)) continue;
      named = &frame;
      break;
    }
    if (!named) return {};
    const PythonFunction& function = seen_.functions[named->function];
    return {function.name, function.file, named->line};
  }

  void make_rows() {
    std::map<Key, std::size_t> known;
    std::vector<Lines> lines;
    for (std::size_t g = 0; g < found_.groups.size(); ++g) {
      for (const RecordedCount& count : found_.groups[g].stacks) {
        const RecordedStack& stack = seen_.stacks[count.stack];
        const InsidePlace place = place_of(stack);
        const auto [at, fresh] = known.try_emplace(
            Key(stack.activity, stack.peer, place.function, place.file), found_.rows.size());
        if (fresh) {
          found_.rows.push_back({.activity = stack.activity,
                                 .peer = stack.peer,
                                 .peer_tier = stack.peer_tier,
                                 .place = place,
                                 .groups = std::vector<InsideCost>(found_.groups.size())});
          lines.emplace_back();
        }
        found_.rows[at->second].groups[g].samples += count.samples;
        lines[at->second][place.line] += count.samples;
      }
    }
    const bool all_read = all_processes_were_read();
    for (std::size_t i = 0; i < found_.rows.size(); ++i) {
      const auto most = std::ranges::max_element(lines[i], {}, &Lines::value_type::second);
      found_.rows[i].place.line = most->first;
      for (std::size_t g = 0; g < found_.groups.size(); ++g) set_cost(found_.rows[i], g, all_read);
    }
  }

  bool counts_cpu(const InsideRow& row) const {
    return found_.content == InsideContent::kStacks && row.running();
  }

  void set_cost(InsideRow& row, std::size_t g, bool all_read) const {
    const InsideGroup& group = found_.groups[g];
    InsideCost& cost = row.groups[g];
    const auto samples = static_cast<double>(cost.samples);
    const bool cpu = counts_cpu(row);
    const std::uint64_t of = cpu ? group.running : group.samples;
    if (of > 0) cost.ratio = samples / static_cast<double>(of);
    if (cpu && group.cpu_seconds_per_request && of > 0)
      cost.seconds_per_request = cost.ratio * *group.cpu_seconds_per_request;
    const bool timed = group.requests_per_second && *group.requests_per_second > 0;
    if (!cpu && all_read && timed && group.looks > 0)
      cost.seconds_per_request =
          samples / static_cast<double>(group.looks) / *group.requests_per_second;
  }

  bool is_of_cpu() const {
    if (found_.content == InsideContent::kStatements) return false;
    const RunVerdict& verdict = findings_.verdict;
    if (verdict.outcome == RunVerdict::Outcome::kSaturated && verdict.tier == found_.tier) {
      if (verdict.resource == Resource::kCpu || verdict.resource == Resource::kThread ||
          verdict.resource == Resource::kQuota)
        return true;
      if (verdict.resource == Resource::kWorkers || verdict.resource == Resource::kPool)
        return false;
    }
    return 2 * found_.groups.back().running >= found_.groups.back().samples;
  }

  void find_most() {
    const InsideGroup& last = found_.groups.back();
    const std::uint64_t of = found_.of_cpu ? last.running : last.samples;
    for (std::size_t i = 0; i < found_.rows.size(); ++i) {
      if (found_.of_cpu && !found_.rows[i].running()) continue;
      const std::uint64_t samples = found_.rows[i].groups.back().samples;
      if (of < kFewForMost) return;
      const double share = static_cast<double>(samples) / static_cast<double>(of);
      const double error = std::sqrt(share * (1 - share) / static_cast<double>(of));
      if (share - 2 * kLeaning * error >= kMuch) found_.most = i;
      return;  // rows come most first
    }
  }

  /// What one sample of a row stands for: seconds of a request, else a share.
  static double unit(const InsideCost& cost) {
    if (cost.samples == 0) return 0;
    return cost.seconds_per_request.value_or(cost.ratio) / static_cast<double>(cost.samples);
  }

  /// By how much a share of the CPU in the linear steps may be too small: a thread that waits for a
  /// CPU to begin with a request counts as running, in no function, and does so more often there.
  double diluted() const {
    const InsideGroup& group = found_.groups.front();
    std::uint64_t named = group.running;
    for (const InsideRow& row : found_.rows)
      if (row.running() && row.place.function.empty()) named -= row.groups.front().samples;
    return named == 0 ? 1 : static_cast<double>(group.running) / static_cast<double>(named);
  }

  /// By how much it costs a request more than before; 0: that is little, or not certain.
  double growth(const InsideRow& row) const {
    const InsideCost &before = row.groups.front(), &after = row.groups.back();
    if (after.samples == 0) return 0;
    if (before.samples > 0 &&
        before.seconds_per_request.has_value() != after.seconds_per_request.has_value())
      return 0;
    const bool timed = after.seconds_per_request.has_value();
    const double more = counts_cpu(row) ? diluted() : 1;
    const double a = more * (timed ? before.seconds_per_request.value_or(0) : before.ratio);
    const double b = after.seconds_per_request.value_or(after.ratio);
    const double each = unit(after), each_before = before.samples > 0 ? more * unit(before) : each;
    const double error =
        kLeaning * std::hypot(each * std::sqrt(static_cast<double>(after.samples)),
                              each_before * std::sqrt(static_cast<double>(before.samples) + 1));
    const double whole = after.ratio > 0 ? b / after.ratio : 0;
    const bool certain = b - a > kCertain * error && b > kGrownTimes * a;
    return certain && b - a > kLeastGrowth * whole ? b - a : 0;
  }

  void find_grown() {
    for (const bool preferred : {true, false}) {
      double most = 0;
      for (std::size_t i = 0; i < found_.rows.size(); ++i) {
        const bool fits = !found_.of_cpu || found_.rows[i].running();
        if (fits != preferred) continue;
        const double by = growth(found_.rows[i]);
        if (by <= most) continue;
        most = by;
        found_.grown = i;
      }
      if (found_.grown) return;
    }
  }

  /// The last rows go, unless one of them grew.
  void cut_rows() {
    if (found_.rows.size() <= kMostRunInsideRows) return;
    if (found_.grown && *found_.grown >= kMostRunInsideRows) {
      std::swap(found_.rows[kMostRunInsideRows - 1], found_.rows[*found_.grown]);
      found_.grown = kMostRunInsideRows - 1;
    }
    found_.rows.resize(kMostRunInsideRows);
  }

  const RecordedInside& seen_;
  const RunFindings& findings_;
  Stretches stretches_;
  TierInside found_;
};

std::vector<std::string> tiers_in(const RecordedInside& seen) {
  std::vector<std::string> tiers;
  for (const InsideStretch& stretch : seen.stretches)
    if (std::ranges::find(tiers, stretch.tier) == tiers.end()) tiers.push_back(stretch.tier);
  return tiers;
}

}  // namespace

std::string_view to_string(InsideGroup::Kind kind) {
  constexpr std::string_view kNames[] = {"all", "linear", "saturated"};
  return kNames[static_cast<std::size_t>(kind)];
}

InsideOfRun find_inside_run(const RunData& run, const RunFindings& findings) {
  InsideOfRun found;
  if (!run.inside) return found;
  found.functions = run.inside->functions;
  found.stacks = run.inside->stacks;
  found.notes = run.inside->notes;
  for (std::string& tier : tiers_in(*run.inside))
    found.tiers.push_back(TierFinder(*run.inside, findings, std::move(tier)).find());
  const bool limited = findings.verdict.outcome == RunVerdict::Outcome::kSaturated;
  std::ranges::stable_sort(found.tiers, std::ranges::greater{}, [&](const TierInside& one) {
    return std::pair(limited && one.tier == findings.verdict.tier, one.groups.back().samples);
  });
  return found;
}

}  // namespace tierwatch

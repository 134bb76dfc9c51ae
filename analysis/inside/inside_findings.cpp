// SPDX-License-Identifier: MIT
#include "analysis/inside/inside_findings.h"
#include "analysis/inside/native_findings.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "collectors/native/native_functions.h"

namespace tierwatch {
namespace {

/// Counts of what is shown; from them come shares.
struct FunctionCount {
  std::uint64_t self = 0, total = 0;
  std::map<std::uint32_t, std::uint64_t> lines;
};

template <typename Counts>
auto most_of(const Counts& counts) {
  return std::ranges::max_element(counts, {}, [](const auto& one) { return one.second; });
}

class FindingsMaker {
 public:
  FindingsMaker(const StackTally& tally, const std::vector<PythonFunction>& functions,
                InsideBasis basis, bool native)
      : tally_(tally), functions_(functions), basis_(basis), native_(native) {}

  InsideFindings find() {
    found_.basis = basis_;
    found_.all_samples = tally_.samples();
    for (const auto& [stack, count] : tally_.stacks()) {
      if (stack.activity != ThreadActivity::kIdle) busy_ += count;
      if (counts(stack.activity)) found_.samples += count;
    }
    for (const auto& [stack, count] : tally_.stacks()) add(stack, count);
    add_shares();
    add_functions();
    add_lines();
    add_hottest();
    add_waits();
    std::ranges::stable_sort(found_.stacks, std::ranges::greater{}, &InsideStack::samples);
    return std::move(found_);
  }

 private:
  bool counts(ThreadActivity activity) const {
    return basis_ == InsideBasis::kCpu ? activity == ThreadActivity::kRunning
                                       : activity != ThreadActivity::kIdle;
  }

  static double share(std::uint64_t part, std::uint64_t all) {
    return all == 0 ? 0 : static_cast<double>(part) / static_cast<double>(all);
  }

  InsidePlace place(const PythonFrame& frame) const {
    if (frame.function >= functions_.size()) return {};
    const PythonFunction& function = functions_[frame.function];
    return {function.name, function.file, frame.line};
  }

  bool is_named(const PythonFunction& function) const {
    return native_ ? !function.file.starts_with('<') && !is_nameless(function)
                   : is_application(function.file);
  }

  /// The innermost frame of the application, else the innermost one; null: there is none.
  const PythonFrame* named_frame(const TalliedStack& stack) const {
    for (const PythonFrame& frame : stack.frames) {
      if (frame.function < functions_.size() && is_named(functions_[frame.function])) return &frame;
    }
    return stack.frames.empty() ? nullptr : &stack.frames.front();
  }

  void add(const TalliedStack& stack, std::uint64_t count) {
    if (stack.activity == ThreadActivity::kIdle) return;
    const PythonFrame* named = named_frame(stack);
    if (stack.activity != ThreadActivity::kRunning)
      waits_[{stack.activity, stack.peer, named ? place(*named).function : "",
              named ? place(*named).file : ""}][named ? named->line : 0] += count;
    if (!counts(stack.activity)) return;
    if (named) named_[named->function][named->line] += count;
    std::set<std::uint32_t> seen;  // a function that calls itself counts once
    for (const PythonFrame& frame : stack.frames) {
      FunctionCount& function = by_function_[frame.function];
      if (seen.insert(frame.function).second) {
        function.total += count;
        function.lines[frame.line] += count;
      }
    }
    if (!stack.frames.empty()) {
      by_function_[stack.frames.front().function].self += count;
      by_line_[stack.frames.front()] += count;
    }
    InsideStack& shown = found_.stacks.emplace_back();
    for (const PythonFrame& frame : stack.frames) shown.frames.push_back(place(frame));
    shown.activity = stack.activity;
    shown.peer = stack.peer;
    shown.torn = stack.torn;
    shown.samples = count;
    shown.share = share(count, found_.samples);
  }

  void add_shares() {
    for (std::size_t i = 0; i < kThreadActivities; ++i) {
      const auto activity = static_cast<ThreadActivity>(i);
      if (activity != ThreadActivity::kIdle)
        found_.activities[i] = share(tally_.of(activity), busy_);
    }
    found_.moved = share(tally_.moved(), tally_.samples());
    found_.torn = share(tally_.torn(), tally_.samples());
    found_.cut = share(tally_.cut(), tally_.samples());
    found_.shortened = tally_.shortened();
  }

  void add_functions() {
    for (const auto& [index, count] : by_function_) {
      if (index >= functions_.size()) continue;
      found_.functions.push_back({.function = functions_[index],
                                  .self = share(count.self, found_.samples),
                                  .total = share(count.total, found_.samples),
                                  .line = most_of(count.lines)->first});
    }
    std::ranges::stable_sort(
        found_.functions, std::ranges::greater{},
        [](const InsideFunction& one) { return std::pair(one.self, one.total); });
    // Functions that only call others stand behind, by what they call.
    if (found_.functions.size() > kMostInsideRows) found_.functions.resize(kMostInsideRows);
  }

  void add_lines() {
    std::map<std::tuple<std::string, std::uint32_t, std::string>, std::uint64_t> lines;
    for (const auto& [frame, count] : by_line_) {
      const InsidePlace at = place(frame);
      if (at.line == 0) continue;
      lines[{at.file, at.line, at.function}] += count;
    }
    for (const auto& [line, count] : lines)
      found_.lines.push_back(
          {std::get<0>(line), std::get<1>(line), std::get<2>(line), share(count, found_.samples)});
    std::ranges::stable_sort(found_.lines, std::ranges::greater{}, &InsideLine::self);
    if (found_.lines.size() > kMostInsideRows) found_.lines.resize(kMostInsideRows);
  }

  void add_hottest() {
    std::uint64_t most = 0;
    for (const auto& [index, lines] : named_) {
      std::uint64_t sum = 0;
      for (const auto& [line, count] : lines) sum += count;
      if (sum <= most || index >= functions_.size()) continue;
      most = sum;
      found_.hottest = place({index, most_of(lines)->first});
    }
    found_.hottest_share = share(most, found_.samples);
  }

  void add_waits() {
    for (const auto& [what, lines] : waits_) {
      std::uint64_t sum = 0;
      for (const auto& [line, count] : lines) sum += count;
      const auto& [activity, peer, function, file] = what;
      found_.waits.push_back({.activity = activity,
                              .peer = peer,
                              .place = {function, file, most_of(lines)->first},
                              .share = share(sum, busy_)});
    }
    std::ranges::stable_sort(found_.waits, std::ranges::greater{}, &InsideWait::share);
    if (found_.waits.size() > kMostInsideRows) found_.waits.resize(kMostInsideRows);
  }

  using Wait = std::tuple<ThreadActivity, std::string, std::string, std::string>;

  const StackTally& tally_;
  const std::vector<PythonFunction>& functions_;
  const InsideBasis basis_;
  const bool native_;
  InsideFindings found_;
  std::uint64_t busy_ = 0;
  std::map<std::uint32_t, FunctionCount> by_function_;
  std::map<PythonFrame, std::uint64_t> by_line_;
  std::map<std::uint32_t, std::map<std::uint32_t, std::uint64_t>> named_;
  std::map<Wait, std::map<std::uint32_t, std::uint64_t>> waits_;
};

}  // namespace

std::string_view to_string(InsideBasis basis) {
  return basis == InsideBasis::kCpu ? "cpu" : "held";
}

bool is_application(std::string_view file) {
  return !file.starts_with('<') && file.find("/site-packages/") == file.npos &&
         file.find("/dist-packages/") == file.npos && file.find("/lib/python3") == file.npos;
}

InsideFindings find_inside(const StackTally& tally, const std::vector<PythonFunction>& functions,
                           std::optional<InsideBasis> basis) {
  const std::uint64_t running = tally.of(ThreadActivity::kRunning);
  const std::uint64_t busy = tally.samples() - tally.of(ThreadActivity::kIdle);
  const bool mostly_running = 2 * running >= busy;
  return FindingsMaker(tally, functions,
                       basis.value_or(mostly_running ? InsideBasis::kCpu : InsideBasis::kHeld),
                       false)
      .find();
}

InsideFindings find_native(const StackTally& tally, const std::vector<PythonFunction>& functions) {
  return FindingsMaker(tally, functions, InsideBasis::kCpu, true).find();
}

}  // namespace tierwatch

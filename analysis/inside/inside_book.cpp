// SPDX-License-Identifier: MIT
#include "analysis/inside/inside_book.h"

#include "collectors/statements/wait_events.h"

namespace tierwatch {
namespace {

/// "Lock tuple"; empty: it waits for nothing.
std::string wait_name(std::uint32_t info, std::optional<int> version) {
  if (info == 0) return "";
  const std::string_view event = wait_event_name(info, version);
  std::string name(wait_class_name(info));
  if (!event.empty()) name.append(name.empty() ? "" : " ").append(event);
  return name.empty() ? "something else" : name;
}

std::string_view activity_of_wait(bool idle, const std::string& wait) {
  if (idle) return to_string(BackendActivity::kIdleInTransaction);
  return to_string(wait.empty() ? BackendActivity::kRunning : BackendActivity::kWaiting);
}

}  // namespace

std::uint32_t InsideBook::function(const PythonFunction& function) {
  const auto [known, fresh] =
      functions_.try_emplace(function, static_cast<std::uint32_t>(functions_.size()));
  if (fresh) news_.added.functions.push_back(function);
  return known->second;
}

std::uint32_t InsideBook::put(RecordedStack stack) {
  kept_frames_ += stack.frames.size();
  news_.added.stacks.push_back(std::move(stack));
  return static_cast<std::uint32_t>(next_stack_++);
}

std::uint32_t InsideBook::stack(OfTier& known, TalliedStack seen,
                                const std::vector<PythonFunction>& functions, const TierOf& tier_of,
                                bool& shortened) {
  if (const auto found = known.find(seen); found != known.end()) return found->second;
  if (next_stack_ >= kMostStacks || kept_frames_ + seen.frames.size() > kMostFrames) {
    shortened = true;
    seen.peer.clear();
    if (seen.frames.size() > 1) seen.frames.resize(1);
    // Of those there is one for each line of code, which is bounded, too.
    if (next_stack_ >= 2 * kMostStacks) seen.frames.clear();
    if (const auto found = known.find(seen); found != known.end()) return found->second;
  }
  RecordedStack stack{.activity = std::string(to_string(seen.activity)),
                      .peer = seen.peer,
                      .peer_tier = seen.peer.empty() ? "" : tier_of(seen.peer),
                      .torn = seen.torn,
                      .frames = {}};
  for (const PythonFrame& frame : seen.frames)
    if (frame.function < functions.size())
      stack.frames.push_back({function(functions[frame.function]), frame.line});
  return known.emplace(std::move(seen), put(std::move(stack))).first->second;
}

void InsideBook::keep(InsideStretch stretch, const std::map<std::uint32_t, std::uint64_t>& counts) {
  for (const auto& [stack, samples] : counts) stretch.counts.push_back({stack, samples});
  counted_ += counts.size();
  news_.added.stretches.push_back(std::move(stretch));
}

void InsideBook::add(InsideStretch stretch, const StackTally& tally,
                     const std::vector<PythonFunction>& functions, const TierOf& tier_of) {
  OfTier& known = stacks_[stretch.tier];
  std::map<std::uint32_t, std::uint64_t> counts;
  for (const auto& [seen, samples] : tally.stacks()) {
    if (seen.activity == ThreadActivity::kIdle) continue;
    bool shortened = false;
    counts[stack(known, seen, functions, tier_of, shortened)] += samples;
    if (shortened) stretch.shortened += samples;
  }
  stretch.content = InsideContent::kStacks;
  stretch.idle = tally.of(ThreadActivity::kIdle);
  stretch.moved = tally.moved();
  stretch.cut = tally.cut();
  stretch.shortened += tally.shortened();
  keep(std::move(stretch), counts);
}

void InsideBook::add(InsideStretch stretch, const StatementTally& tally,
                     const std::vector<std::string>& statements, std::optional<int> version) {
  std::map<std::uint32_t, std::uint64_t> counts;
  const auto count = [&](const StatementTally::Key& key, std::uint32_t info, std::uint64_t n) {
    if (n == 0) return;
    RecordedStack one{.peer = key.idle ? "" : wait_name(info, version), .frames = {}};
    one.activity = activity_of_wait(key.idle, one.peer);
    const std::string text =
        key.statement < statements.size() ? statements[key.statement] : std::string();
    const auto known = waits_.find({text, one.activity + " " + one.peer});
    if (known != waits_.end()) {
      counts[known->second] += n;
      return;
    }
    if (!text.empty()) one.frames.push_back({function({.name = text, .file = ""}), 0});
    const std::string what = one.activity + " " + one.peer;
    counts[waits_[{text, what}] = put(std::move(one))] += n;
  };
  for (const auto& [key, row] : tally.rows()) {
    for (const auto& [info, samples] : row.waits) count(key, info, samples);
    count(key, 0, row.waits_unknown);
  }
  stretch.content = InsideContent::kStatements;
  stretch.idle = tally.of(BackendActivity::kIdle);
  stretch.moved = tally.moved();
  keep(std::move(stretch), counts);
}

InsideNews InsideBook::take() {
  InsideNews news = std::move(news_);
  news_ = {};
  news_.first_function = functions_.size();
  news_.first_stack = next_stack_;
  return news;
}

}  // namespace tierwatch

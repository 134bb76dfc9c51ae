// SPDX-License-Identifier: MIT
#include "exporters/live/recent_history.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "collectors/text/printable_text.h"
#include "exporters/json/json_writer.h"

namespace tierwatch {
namespace {

using WallTime = std::chrono::system_clock::time_point;
using std::chrono::duration;
using std::chrono::duration_cast;

constexpr int kRecentFormatVersion = 1;
double wall_seconds(WallTime at) { return json_seconds(at.time_since_epoch()); }

template <typename T>
Json or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

/// Rounded: plots have a few hundred pixels.
Json cores(const std::optional<Rates>& rates) {
  return rates ? Json(std::round(rates->cpu_cores * 1000) / 1000) : Json(nullptr);
}

Json queue(const TierFacts& tier) {
  if (!tier.listeners) return nullptr;
  double sum = 0;
  for (const ListenerFacts& listener : *tier.listeners) sum += listener.queue_mean;
  return std::round(sum * 100) / 100;
}

Json resident(const GaugeSums& sums) {
  return sums.memory ? Json(sums.memory->resident_bytes) : Json(nullptr);
}

/// CPU, busy workers, queue, resident memory, open descriptors: in the order that docs/api.md says.
Json tier_row(const TierSample& tier, const TierFacts& facts) {
  return Json::array({tier.name, cores(tier.rates), or_null(facts.busy_workers), queue(facts),
                      resident(tier.sums), or_null(tier.sums.open_fds)});
}

std::string tick_json(const Snapshot& snapshot) {
  Json rows = Json::array();
  const std::size_t tiers = std::min(snapshot.tiers.size(), snapshot.facts.tiers.size());
  for (std::size_t i = 0; i < tiers; ++i) {
    if (snapshot.tiers[i].sums.processes > 0)
      rows.push_back(tier_row(snapshot.tiers[i], snapshot.facts.tiers[i]));
  }
  Json tick = Json::object();
  tick["sequence"] = snapshot.sequence;
  tick["wall_seconds"] = wall_seconds(snapshot.at.wall);
  tick["tiers"] = std::move(rows);
  return json_text(tick, -1);
}

Json span_json(const VerdictStretch& span) {
  JsonWriter writer;
  writer("begin_seconds", span.begin);
  writer("end_seconds", span.end);
  writer("state", span.state);
  if (span.named) {
    writer("tier", span.named->tier);
    writer("resource", span.named->resource);
  }
  return writer.take();
}

Json note_json(const TimedNote& note) {
  Json json = Json::object();
  json["wall_seconds"] = wall_seconds(note.at);
  json["text"] = note.text;
  return json;
}

/// Recordings hold microseconds.
bool same_note(const TimedNote& one, const TimedNote& other) {
  return std::chrono::abs(one.at - other.at) <= std::chrono::microseconds(1);
}

TimedNote cut(TimedNote note) {
  note.text = printable_start(note.text, RecentHistory::kLongestNote);
  return note;
}

}  // namespace

void RecentHistory::add(const Snapshot& snapshot) {
  std::string json = tick_json(snapshot);
  const std::lock_guard lock(mutex_);
  newest_ = snapshot.sequence;
  hostname_ = snapshot.hostname;
  interval_ = snapshot.interval;
  if (first_at_ == WallTime{}) first_at_ = snapshot.at.wall;
  tick_bytes_ += json.size();
  ticks_.push_back({.sequence = newest_, .json = std::move(json)});
  add_verdict_tick(spans_, stretch_of(snapshot));
  changed_.resize(spans_.size());
  changed_.back() = newest_;
  forget_old(snapshot.at.wall);
}

void RecentHistory::add(TimedNote note) {
  const std::lock_guard lock(mutex_);
  // Who has asked since the newest sample asks again after the next one.
  notes_.push_back({.is = cut(std::move(note)), .came = newest_ + 1});
  if (notes_.size() > kMostNotes) notes_.pop_front();
}

void RecentHistory::prepend(std::deque<VerdictStretch> spans, std::vector<TimedNote> notes) {
  const std::lock_guard lock(mutex_);
  // The recorder may have written some of what is here already.
  const WallTime known = spans_.empty() ? WallTime::max() : spans_.front().begin;
  while (!spans.empty() && spans.back().begin >= known) spans.pop_back();
  if (!spans.empty()) spans.back().end = std::min(spans.back().end, known);
  const auto had = notes_.size();
  for (TimedNote& note : notes) {
    const bool here = std::ranges::any_of(notes_.begin(), notes_.begin() + static_cast<long>(had),
                                          [&](const Note& one) { return same_note(one.is, note); });
    if (!here) notes_.push_back({.is = cut(std::move(note)), .came = newest_ + 1});
  }
  std::ranges::stable_sort(notes_, {}, [](const Note& note) { return note.is.at; });
  while (notes_.size() > kMostNotes) notes_.pop_front();
  spans_.insert(spans_.begin(), spans.begin(), spans.end());
  changed_.insert(changed_.begin(), spans.size(), newest_ + 1);
  if (!spans_.empty()) forget_old(spans_.back().end);
}

void RecentHistory::forget_old(WallTime now) {
  while (ticks_.size() > kMostTicks || (tick_bytes_ > kMostTickBytes && ticks_.size() > 1)) {
    tick_bytes_ -= ticks_.front().json.size();
    ticks_.pop_front();
  }
  while (spans_.size() > kMostSpans || (!spans_.empty() && spans_.front().end < now - kSpan)) {
    spans_.pop_front();
    changed_.pop_front();
  }
  while (!notes_.empty() && notes_.front().is.at < now - kSpan) notes_.pop_front();
}

std::string RecentHistory::json(std::uint64_t after, const std::optional<std::string>& problem,
                                bool ticks) const {
  JsonWriter writer;
  const std::lock_guard lock(mutex_);
  if (after > newest_) after = 0;
  Json verdicts = Json::array(), notes = Json::array();
  for (std::size_t i = 0; i < spans_.size(); ++i)
    if (changed_[i] > after) verdicts.push_back(span_json(spans_[i]));
  for (const Note& note : notes_)
    if (note.came > after) notes.push_back(note_json(note.is));
  writer("format_version", kRecentFormatVersion);
  writer("hostname", hostname_);
  writer("interval_seconds", interval_);
  writer("span_seconds", std::chrono::seconds(kSpan).count());
  writer("first_wall_seconds", wall_seconds(first_at_));
  writer("problem", problem);
  writer.put("verdicts", std::move(verdicts));
  writer.put("marks", std::move(notes));
  std::string out = json_text(writer.take(), -1);
  out.pop_back();  // the closing brace
  out += ",\"ticks\":[";
  for (const Tick& tick : ticks_) {
    if (!ticks || tick.sequence <= after) continue;
    if (out.back() != '[') out += ',';
    out += tick.json;
  }
  return out + "]}";
}

}  // namespace tierwatch

// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "analysis/judge/judge_constants.h"
#include "analysis/judge/time_by_tier.h"
#include "collectors/text/plain_words.h"
#include "collectors/text/printable_text.h"
#include "exporters/glyphs.h"
#include "exporters/terminal/tables/panels.h"

namespace tierwatch {
namespace {

constexpr std::size_t kShareWidth = 7, kNumberWidth = 9;
constexpr int kShortestName = 8, kLongestPlaceName = 24, kNarrowName = 12;
constexpr std::size_t kBarWidth = 30, kWidthForBars = 100;

struct SpentColumn {
  Spent on;
  const char* heading;
  std::size_t width = kNumberWidth;
};
constexpr std::array kSpentColumns = {
    SpentColumn{Spent::kQueued, "queued"},
    SpentColumn{Spent::kCpu, "cpu"},
    SpentColumn{Spent::kCpuWait, "cpu wait"},
    SpentColumn{Spent::kDisk, "disk"},
    SpentColumn{Spent::kLock, "lock"},
    SpentColumn{Spent::kPeer, "servers"},
    SpentColumn{Spent::kUnknown, "unexplained", kNumberWidth + 4},
};

constexpr int width_of_numbers() {
  std::size_t width = kNumberWidth;  // of all
  for (const SpentColumn& column : kSpentColumns) width += column.width;
  return static_cast<int>(width);
}
constexpr int kNumbers = width_of_numbers();

/// So that all numbers have room beside it.
std::size_t name_width(int width) {
  return static_cast<std::size_t>(std::clamp(width - kNumbers, kShortestName, kLongestPlaceName));
}

/// Exactly so wide, with a blank at its end: what stands behind it stays in its column.
std::string name_cell(const std::string& name, std::size_t width) {
  if (columns_of(name) < width) return padded(name, width);
  std::string cut;
  for (const char32_t glyph : drawable(name)) {
    std::string longer = cut;
    append_utf8(longer, glyph);
    if (columns_of(longer) + 2 > width) break;
    cut = std::move(longer);
  }
  return padded(cut + "…", width);
}

std::string right(const std::string& text, std::size_t width = kNumberWidth) {
  return padded(text, width, Align::kRight);
}

std::string bar(double share) {
  const auto filled = static_cast<std::size_t>(std::lround(share * kBarWidth));
  std::string text;
  for (std::size_t i = 0; i < kBarWidth; ++i) text += i < filled ? "█" : " ";
  return text + " ";
}

/// "cpu 3 %, waiting for a cpu 1 %".
std::string parts_of(const TimeShare& place) {
  std::vector<TimePart> parts = place.of;
  std::ranges::stable_sort(parts, std::ranges::greater{}, &TimePart::share);
  std::vector<std::string> words;
  for (const TimePart& part : parts)
    if (part.share >= kNoShare)
      words.push_back(std::string(spent_words(part.on)) + " " + percent(part.share));
  return place.watched ? joined(words) : "not watched here";
}

void add_places(std::vector<PanelLine>& lines, const std::vector<TimeShare>& places, int width) {
  lines.push_back(heading("WHERE A REQUEST'S TIME GOES, FROM THE FIRST TIER ON"));
  const bool bars = width >= static_cast<int>(kWidthForBars);
  const auto place_width =
      static_cast<std::size_t>(std::clamp(width / 4, kShortestName, kLongestPlaceName));
  const bool longest_is_hot = places.size() > 1;
  const double longest = std::ranges::max(places, {}, &TimeShare::share).share;
  for (const TimeShare& place : places) {
    const Ink ink = longest_is_hot && place.share >= longest ? Ink::kStrong : Ink::kPlain;
    PanelLine line{{name_cell(place.name, place_width), ink},
                   {padded(percent(place.share), kShareWidth), ink}};
    if (bars) line.push_back({bar(place.share), ink});
    const std::size_t before = place_width + kShareWidth + (bars ? kBarWidth + 1 : 0);
    const int room = std::max(1, width - static_cast<int>(before));
    for (const std::string& part : wrapped(parts_of(place), static_cast<std::size_t>(room))) {
      line.push_back({part, Ink::kDim});
      lines.push_back(std::exchange(line, {{std::string(before, ' ')}}));
    }
  }
}

std::string number_of(const TierTime& time, Spent on) {
  double all = 0;
  for (const TimeSpent& part : time.spent) all += part.on == on ? part.requests : 0;
  return all > 0 ? two_digits(all) : "";
}

/// Where the table has no room: "all 91.00: queued 87.00, cpu 3.60".
void add_narrow_tier(std::vector<PanelLine>& lines, const TierTime& time, int width) {
  std::vector<std::string> parts;
  for (const SpentColumn& column : kSpentColumns) {
    const std::string number = number_of(time, column.on);
    if (!number.empty()) parts.push_back(column.heading + (" " + number));
  }
  const std::string indent = padded(full_name(time), static_cast<std::size_t>(kNarrowName));
  const std::string all = "all " + two_digits(time.in_flight);
  add_wrapped(lines, indent, all + (parts.empty() ? "" : ": " + joined(parts)), Ink::kPlain, width);
}

void add_tiers(std::vector<PanelLine>& lines, const std::vector<TierTime>& tiers, int width) {
  lines.emplace_back();
  lines.push_back(heading("REQUESTS IN FLIGHT, MEAN OF THE WINDOW"));
  std::size_t longest = 0;
  for (const TierTime& time : tiers) longest = std::max(longest, columns_of(full_name(time)));
  if (width < kNumbers + std::min(static_cast<int>(longest) + 1, kLongestPlaceName)) {
    for (const TierTime& time : tiers) add_narrow_tier(lines, time, width);
    return;
  }
  std::string head = padded("tier", name_width(width)) + right("all");
  for (const SpentColumn& column : kSpentColumns) head += right(column.heading, column.width);
  lines.push_back({{head, Ink::kDim}});
  for (const TierTime& time : tiers) {
    std::string numbers = right(two_digits(time.in_flight));
    for (const SpentColumn& column : kSpentColumns)
      numbers += right(number_of(time, column.on), column.width);
    lines.push_back({{name_cell(full_name(time), name_width(width)), Ink::kStrong}, {numbers}});
  }
}

/// Tiers that run and of which it is not known how many requests they have.
void add_unknown(std::vector<PanelLine>& lines, const Snapshot& snapshot, int width) {
  std::vector<std::string> names;
  for (const TierFacts& tier : snapshot.facts.tiers)
    if (tier.processes > 0 && !tier.owed && !tier.busy_workers && !tier.backends)
      names.push_back(tier.name);
  if (names.empty()) return;
  lines.emplace_back();
  add_wrapped(lines, "", "not known of " + listed(names) + ": connections do not tell", Ink::kDim,
              width);
}

}  // namespace

std::vector<PanelLine> time_lines(const Scene& scene, int width) {
  std::vector<PanelLine> lines;
  if (!scene.snapshot) {
    lines.push_back({{"no data yet", Ink::kDim}});
    return lines;
  }
  const Verdict& verdict = scene.snapshot->verdict;
  if (verdict.request_time.empty())
    lines.push_back({{"no request is in flight, as far as connections tell", Ink::kDim}});
  else
    add_places(lines, verdict.request_time, width);
  if (!verdict.in_flight.empty()) add_tiers(lines, verdict.in_flight, width);
  add_unknown(lines, *scene.snapshot, width);
  return lines;
}

}  // namespace tierwatch

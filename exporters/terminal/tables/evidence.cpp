// SPDX-License-Identifier: MIT
#include <utility>

#include "collectors/text/plain_words.h"
#include "exporters/terminal/scene/tier_lines.h"
#include "exporters/terminal/screen/figures.h"
#include "exporters/terminal/tables/panels.h"
#include "exporters/terminal/tables/verdict_line.h"

namespace tierwatch {
namespace {

constexpr std::size_t kTierWidth = 12, kResourceWidth = 13, kRatioWidth = 7, kStateWidth = 6;
constexpr int kHeadWidth =
    static_cast<int>(kTierWidth + kResourceWidth + kRatioWidth + kStateWidth);
constexpr int kLeastBehind = 24;

Ink ink_of(Heat heat) {
  return heat == Heat::kHot ? Ink::kHot : heat == Heat::kWarm ? Ink::kWarm : Ink::kPlain;
}

void add_list(std::vector<PanelLine>& lines, const std::string& title,
              const std::vector<std::string>& items, int width) {
  if (items.empty()) return;
  if (!lines.empty()) lines.emplace_back();
  lines.push_back(heading(title));
  for (const std::string& item : items) add_wrapped(lines, "· ", item, Ink::kPlain, width);
}

PanelLine candidate_head(const VerdictCandidate& one) {
  return {{padded(one.what.tier, kTierWidth), Ink::kStrong},
          {padded(std::string(to_string(one.what.resource)), kResourceWidth)},
          {padded(known(one.utilization_ratio, short_percent), kRatioWidth), ink_of(one.state)},
          {padded(std::string(to_string(one.state)), kStateWidth), ink_of(one.state)}};
}

/// Behind the columns; below them where there is little room.
void add_behind(std::vector<PanelLine>& lines, PanelLine head, const std::string& words, Ink ink,
                int head_width, int width) {
  if (width < head_width + kLeastBehind) {
    lines.push_back(std::move(head));
    return add_wrapped(lines, "    ", words, ink, width);
  }
  for (const std::string& part : wrapped(words, static_cast<std::size_t>(width - head_width))) {
    head.push_back({part, ink});
    lines.push_back(
        std::exchange(head, {{std::string(static_cast<std::size_t>(head_width), ' ')}}));
  }
}

void add_candidates(std::vector<PanelLine>& lines, const Verdict& verdict, int width) {
  if (verdict.candidates.empty()) return;
  if (!lines.empty()) lines.emplace_back();
  lines.push_back(heading("WHAT WAS LOOKED AT, AND WHY IT WAS NOT NAMED"));
  for (const VerdictCandidate& one : verdict.candidates)
    add_behind(lines, candidate_head(one), one.why_not, Ink::kDim, kHeadWidth, width);
}

/// What it says of itself, else its bare figures.
std::string figures_of(const Saturation& one) {
  if (!one.why.empty()) return one.why;
  if (!one.used || !one.capacity) return one.bound;
  const auto words = one.resource == Resource::kMemory ? bytes_words : few_digits;
  const std::string figures = words(*one.used) + " of " + words(*one.capacity);
  return one.bound.empty() ? figures : figures + ", " + one.bound;
}

void add_saturations(std::vector<PanelLine>& lines, const Verdict& verdict, int width) {
  if (verdict.saturations.empty()) return;
  if (!lines.empty()) lines.emplace_back();
  lines.push_back(heading("HOW FULL EVERYTHING IS"));
  lines.push_back({{padded("tier", kTierWidth) + padded("resource", kResourceWidth) +
                        padded("used", kRatioWidth) + padded("state", kStateWidth + 1) + "figures",
                    Ink::kDim}});
  for (const Saturation& one : verdict.saturations) {
    PanelLine head{
        {padded(one.tier, kTierWidth), Ink::kStrong},
        {padded(std::string(to_string(one.resource)), kResourceWidth)},
        {padded(known(one.utilization_ratio, short_percent), kRatioWidth), ink_of(one.state)},
        {padded(std::string(to_string(one.state)), kStateWidth + 1), ink_of(one.state)}};
    add_behind(lines, std::move(head), figures_of(one), Ink::kPlain, kHeadWidth + 1, width);
  }
}

}  // namespace

std::vector<PanelLine> evidence_lines(const Scene& scene, int width) {
  std::vector<PanelLine> lines;
  if (!scene.snapshot) {
    lines.push_back({{"no data yet", Ink::kDim}});
    return lines;
  }
  const Verdict& verdict = scene.snapshot->verdict;
  if (verdict.state == VerdictState::kSaturated)
    lines.push_back({{"confidence " + std::string(to_string(verdict.confidence)), Ink::kDim}});
  add_list(lines, "EVIDENCE", verdict.evidence, width);
  add_list(lines, "WHAT WOULD HELP", verdict.relief, width);
  add_candidates(lines, verdict, width);
  add_list(lines, "WHAT COULD NOT BE SEEN", verdict.blind_spots, width);
  add_list(lines, "NOTES", scene.snapshot->notes, width);
  add_saturations(lines, verdict, width);
  return lines;
}

}  // namespace tierwatch

// SPDX-License-Identifier: MIT
#include "exporters/verdict_text.h"

#include "collectors/text/plain_words.h"
#include "collectors/text/printable_text.h"
#include "exporters/glyphs.h"

namespace tierwatch {
namespace {

constexpr std::size_t kRatioColumn = 2;

std::string section(std::string_view heading, const std::vector<std::string>& lines) {
  if (lines.empty()) return "";
  std::string text = "\n" + std::string(heading) + "\n";
  for (const std::string& line : lines) text += "  " + printable(line) + "\n";
  return text;
}

std::vector<std::string> candidate_lines(const std::vector<VerdictCandidate>& candidates) {
  std::vector<std::vector<std::string>> rows;
  for (const VerdictCandidate& candidate : candidates)
    rows.push_back({candidate.what.tier, std::string(to_string(candidate.what.resource)),
                    candidate.utilization_ratio ? percent(*candidate.utilization_ratio) : "",
                    std::string(to_string(candidate.state)), candidate.why_not});
  return aligned(rows, kRatioColumn);
}

}  // namespace

std::string verdict_line(const Verdict& verdict) { return printable(verdict.sentence); }

std::string verdict_text(const Verdict& verdict, const std::string& source,
                         const std::vector<std::string>& notes) {
  std::string text = verdict_line(verdict) + "\n";
  if (verdict.state != VerdictState::kUnknown)
    text += "confidence: " + std::string(to_string(verdict.confidence)) + "; ";
  text += printable(source) + "\n";
  const bool full = verdict.state == VerdictState::kSaturated;
  std::vector<std::string> unseen = verdict.blind_spots;
  unseen.insert(unseen.end(), notes.begin(), notes.end());
  return text + section("Evidence", verdict.evidence) + section("What would help", verdict.relief) +
         section(full ? "Not the bottleneck" : "Looked at", candidate_lines(verdict.candidates)) +
         section("Not seen", unseen);
}

}  // namespace tierwatch

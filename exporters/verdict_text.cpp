// SPDX-License-Identifier: MIT
#include "exporters/verdict_text.h"

#include <algorithm>
#include <array>

#include "collectors/text/plain_words.h"
#include "collectors/text/printable_text.h"

namespace tierwatch {
namespace {

constexpr std::size_t kColumns = 4;  ///< that are aligned; the words after them run free

using Row = std::array<std::string, kColumns>;

Row row_of(const VerdictCandidate& candidate) {
  return {candidate.what.tier, std::string(to_string(candidate.what.resource)),
          candidate.utilization_ratio ? percent(*candidate.utilization_ratio) : "",
          std::string(to_string(candidate.state))};
}

std::string section(std::string_view heading, const std::vector<std::string>& lines) {
  if (lines.empty()) return "";
  std::string text = "\n" + std::string(heading) + "\n";
  for (const std::string& line : lines) text += "  " + printable(line) + "\n";
  return text;
}

/// Names are plain ASCII, so bytes are columns; numbers stand at the right of theirs.
std::vector<std::string> aligned(const std::vector<VerdictCandidate>& candidates) {
  std::array<std::size_t, kColumns> widths{};
  for (const VerdictCandidate& candidate : candidates) {
    const Row row = row_of(candidate);
    for (std::size_t i = 0; i < kColumns; ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::vector<std::string> lines;
  for (const VerdictCandidate& candidate : candidates) {
    const Row row = row_of(candidate);
    std::string line;
    for (std::size_t i = 0; i < kColumns; ++i) {
      const std::string padding(widths[i] - row[i].size(), ' ');
      line += i == 2 ? padding + row[i] : row[i] + padding;
      if (widths[i] > 0) line += "  ";
    }
    lines.push_back(line + candidate.why_not);
  }
  return lines;
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
  return text + section("Evidence", verdict.evidence) +
         section(full ? "Not the bottleneck" : "Looked at", aligned(verdict.candidates)) +
         section("Not seen", unseen);
}

}  // namespace tierwatch

// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>

#include "collectors/loads/formats/formats.h"
#include "collectors/loads/formats/other_outputs.h"
#include "collectors/loads/reading/number_text.h"
#include "collectors/loads/reading/summary_text.h"
#include "collectors/text/plain_words.h"

namespace tierwatch {
namespace {

constexpr std::array kFormats = {
    &kJmeterCsv,  &kLocustHistory,  &kLocustStats,      &kAbRequests,  &kHeyCsv,
    &kJmeterXml,  &kK6Csv,          &kK6Json,           &kK6Summary,   &kVegetaCsv,
    &kVegetaJson, &kOhaCsv,         &kOhaJson,          &kGatlingText, &kGatlingBinary,
    &kPhout,      &kAutocannon,     &kArtillery,        &kSiegeLog,    &kSiegeSummary,
    &kWrkText,    &kAutocannonText, &kOhaText,          &kAbText,      &kHeyText,
    &kK6Text,     &kVegetaText,     &kVegetaReportJson, &kAccessLog,
};

std::string described(const LoadFormat& format) {
  return std::string(format.tool) + " " + std::string(format.variant);
}

/// Of all tools only the names: with all variants nobody finds what is wrong before them.
std::string known_formats(const std::optional<std::string>& tool) {
  if (!tool) return joined(load_formats()) + " (tierwatch-report(1) says which files of each)";
  std::string text;
  for (const LoadFormat* format : kFormats)
    if (format->tool == *tool) text += (text.empty() ? "" : ", ") + described(*format);
  return text;
}

/// Its first line that is not empty; of JSON that is laid out in lines, what its first brace holds.
std::string beginning_of(std::string_view head) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const auto first = head.find_first_not_of(kBlanks);
  if (first == head.npos) return "has nothing but blanks";
  const auto line = head.rfind('\n', first);
  head.remove_prefix(line == head.npos ? 0 : line + 1);
  std::string_view rest = head;
  const std::string_view begin = take_line(rest);
  const std::string_view brace = trimmed(begin);
  if (brace != "{" && brace != "[" && brace != "[{") return "begins with " + shown(begin);
  return "begins with " + shown(std::string(brace) + " " + std::string(trimmed(take_line(rest))));
}

/// As a format looks for it: without marks, colours, empty lines in front and the returns of
/// Windows at the ends of lines.
std::string recognisable(std::string_view head) {
  std::string plain = without_colours(without_mark(head));
  std::size_t to = 0;
  for (std::size_t from = 0; from < plain.size(); ++from) {
    const bool line_end = plain[from] == '\r' && from + 1 < plain.size() && plain[from + 1] == '\n';
    if (!line_end) plain[to++] = plain[from];
  }
  plain.resize(to);
  const auto first = plain.find_first_not_of(" \t\n");
  const auto line = first == plain.npos ? first : plain.rfind('\n', first);
  if (line != plain.npos) plain.erase(0, line + 1);
  return plain;
}

/// UTF-16 without a mark: of what load generators write, each second byte is 0.
bool is_wide(std::string_view head) {
  if (head.size() < 8) return false;
  const auto zeros = [&](std::size_t from) {
    for (std::size_t i = from; i < 8; i += 2)
      if (head[i] != '\0') return false;
    return true;
  };
  return zeros(0) != zeros(1);
}

}  // namespace

std::span<const LoadFormat* const> load_format_table() { return kFormats; }

const LoadFormat& recognise(const ImportInput& input) {
  const std::string plain = recognisable(input.source.head());
  const std::string_view head = plain;
  const auto& wanted = input.options.format;
  if (head.empty()) input.refuse("the file is empty");
  if (head.starts_with("\xFF\xFE") || head.starts_with("\xFE\xFF"))
    input.refuse("its text is UTF-16; save it as UTF-8");
  const auto recognised = [&](const LoadFormat* format) { return format->recognises(head); };
  const auto ours = std::find_if(kFormats.begin(), kFormats.end(), [&](const LoadFormat* format) {
    return (!wanted || format->tool == *wanted) && recognised(format);
  });
  if (ours != kFormats.end()) return **ours;
  const auto other = std::find_if(kFormats.begin(), kFormats.end(), recognised);
  if (other != kFormats.end())
    input.refuse("is not of " + *wanted + "; it looks like " + described(**other));
  if (is_wide(input.source.head())) input.refuse("its text is UTF-16; save it as UTF-8");
  if (const auto known = known_other_output(head)) input.refuse("is " + *known);
  input.refuse(beginning_of(head) + ", as no " + (wanted ? "file of " + *wanted : "known format") +
               " does; known are: " + known_formats(wanted));
}

}  // namespace tierwatch

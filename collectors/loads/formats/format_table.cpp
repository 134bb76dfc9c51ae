// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>

#include "collectors/loads/formats/formats.h"
#include "collectors/loads/formats/other_outputs.h"
#include "collectors/loads/reading/summary_text.h"
#include "collectors/text/plain_words.h"

namespace tierwatch {
namespace {

constexpr std::array kFormats = {
    &kJmeterCsv,  &kLocustHistory,  &kLocustStats, &kAbRequests,  &kHeyCsv,
    &kJmeterXml,  &kK6Csv,          &kK6Json,      &kK6Summary,   &kVegetaCsv,
    &kVegetaJson, &kOhaCsv,         &kOhaJson,     &kGatlingText, &kGatlingBinary,
    &kPhout,      &kAutocannon,     &kArtillery,   &kSiegeLog,    &kSiegeSummary,
    &kWrkText,    &kAutocannonText, &kOhaText,     &kAbText,      &kHeyText,
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

/// Its first line that is not empty.
std::string beginning_of(std::string_view head) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const auto first = head.find_first_not_of(kBlanks);
  if (first == head.npos) return "has nothing but blanks";
  const auto line = head.rfind('\n', first);
  head.remove_prefix(line == head.npos ? 0 : line + 1);
  std::string_view rest = head;
  return "begins with " + shown(take_line(rest));
}

}  // namespace

std::span<const LoadFormat* const> load_format_table() { return kFormats; }

const LoadFormat& recognise(const ImportInput& input) {
  const std::string plain = without_colours(without_mark(input.source.head()));
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
  if (const auto known = known_other_output(head)) input.refuse("is " + *known);
  input.refuse(beginning_of(head) + ", as no " + (wanted ? "file of " + *wanted : "known format") +
               " does; known are: " + known_formats(wanted));
}

}  // namespace tierwatch

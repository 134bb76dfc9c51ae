// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>

#include "collectors/loads/formats/formats.h"
#include "collectors/loads/reading/summary_text.h"

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

std::string known_variants(const std::optional<std::string>& tool) {
  std::string text;
  for (const LoadFormat* format : kFormats) {
    if (tool && format->tool != *tool) continue;
    text += (text.empty() ? "" : ", ") + described(*format);
  }
  return text;
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
  if (head.starts_with("Method,Name,Error,Occurrences") ||
      head.starts_with("Count,Message,Traceback"))
    input.refuse("lists Locust's failures; the load is in the _stats_history.csv beside it");
  input.refuse("is of no format that is known here; begins with " +
               shown(head.substr(0, head.find('\n'))) + "; known are: " + known_variants(wanted));
}

}  // namespace tierwatch

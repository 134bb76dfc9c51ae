// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>

#include "collectors/loads/formats.h"

namespace tierwatch {
namespace {

constexpr std::array kFormats = {
    LoadFormat{"jmeter", "CSV", looks_like_jmeter_csv, read_jmeter_csv},
    LoadFormat{"locust", "_stats_history.csv", looks_like_locust_history, read_locust_history},
    LoadFormat{"locust", "_stats.csv", looks_like_locust_stats, read_locust_stats},
    LoadFormat{"ab", "-g file", looks_like_ab_requests, read_ab_requests},
    LoadFormat{"hey", "CSV", looks_like_hey_csv, read_hey_csv},
    LoadFormat{"jmeter", "XML", looks_like_jmeter_xml, read_jmeter_xml},
    LoadFormat{"k6", "CSV", looks_like_k6_csv, read_k6_csv},
    LoadFormat{"k6", "JSON", looks_like_k6_json, read_k6_json},
    LoadFormat{"k6", "summary JSON", looks_like_k6_summary, read_k6_summary},
    LoadFormat{"vegeta", "CSV", looks_like_vegeta_csv, read_vegeta_csv},
    LoadFormat{"vegeta", "JSON", looks_like_vegeta_json, read_vegeta_json},
    LoadFormat{"oha", "CSV", looks_like_oha_csv, read_oha_csv},
    LoadFormat{"oha", "JSON", looks_like_oha_json, read_oha_json},
    LoadFormat{"gatling", "simulation.log", looks_like_gatling_text, read_gatling_text},
    LoadFormat{"gatling", "binary simulation.log", looks_like_gatling_binary, read_gatling_binary},
    LoadFormat{"phout", "file", looks_like_phout, read_phout},
    LoadFormat{"autocannon", "JSON", looks_like_autocannon, read_autocannon},
    LoadFormat{"artillery", "JSON", looks_like_artillery, read_artillery},
    LoadFormat{"siege", "log", looks_like_siege_log, read_siege_log},
    LoadFormat{"siege", "summary", looks_like_siege_summary, read_siege_summary},
    LoadFormat{"wrk", "text", looks_like_wrk_text, read_wrk_text},
    LoadFormat{"autocannon", "text", looks_like_autocannon_text, read_autocannon_text},
    LoadFormat{"oha", "text", looks_like_oha_text, read_oha_text},
    LoadFormat{"ab", "text", looks_like_ab_text, read_ab_text},
    LoadFormat{"hey", "text", looks_like_hey_text, read_hey_text},
};

std::string described(const LoadFormat& format) {
  return std::string(format.tool) + " " + std::string(format.variant);
}

std::string known_variants(const std::optional<std::string>& tool) {
  std::string text;
  for (const LoadFormat& format : kFormats) {
    if (tool && format.tool != *tool) continue;
    text += (text.empty() ? "" : ", ") + described(format);
  }
  return text;
}

}  // namespace

std::span<const LoadFormat> load_format_table() { return kFormats; }

const LoadFormat& recognise(const ImportInput& input) {
  const std::string_view head = without_mark(input.source.head());
  const auto& wanted = input.options.format;
  if (head.empty()) input.refuse("the file is empty");
  if (head.starts_with("\xFF\xFE") || head.starts_with("\xFE\xFF"))
    input.refuse("its text is UTF-16; save it as UTF-8");
  const auto recognised = [&](const LoadFormat& format) { return format.recognises(head); };
  const auto ours = std::find_if(kFormats.begin(), kFormats.end(), [&](const LoadFormat& format) {
    return (!wanted || format.tool == *wanted) && recognised(format);
  });
  if (ours != kFormats.end()) return *ours;
  const auto other = std::find_if(kFormats.begin(), kFormats.end(), recognised);
  if (other != kFormats.end())
    input.refuse("is not of " + *wanted + "; it looks like " + described(*other));
  if (head.starts_with("Method,Name,Error,Occurrences") ||
      head.starts_with("Count,Message,Traceback"))
    input.refuse("lists Locust's failures; the load is in the _stats_history.csv beside it");
  input.refuse("is of no format that is known here; begins with " +
               shown(head.substr(0, head.find('\n'))) + "; known are: " + known_variants(wanted));
}

}  // namespace tierwatch

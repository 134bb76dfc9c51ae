// SPDX-License-Identifier: MIT
#include "collectors/loads/formats/jmeter_columns.h"

#include <algorithm>

namespace tierwatch {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

constexpr std::string_view kColumns29 =
    "timeStamp,elapsed,label,responseCode,responseMessage,threadName,dataType,success,bytes,"
    "Latency";
constexpr std::string_view kColumns213 =
    "timeStamp,elapsed,label,responseCode,responseMessage,threadName,dataType,success,bytes,"
    "grpThreads,allThreads,Latency";
constexpr std::string_view kColumns30 =
    "timeStamp,elapsed,label,responseCode,responseMessage,threadName,dataType,success,"
    "failureMessage,bytes,grpThreads,allThreads,Latency,IdleTime";
constexpr std::string_view kColumns31 =
    "timeStamp,elapsed,label,responseCode,responseMessage,threadName,dataType,success,"
    "failureMessage,bytes,sentBytes,grpThreads,allThreads,Latency,IdleTime,Connect";
constexpr std::string_view kColumns50 =
    "timeStamp,elapsed,label,responseCode,responseMessage,threadName,dataType,success,"
    "failureMessage,bytes,sentBytes,grpThreads,allThreads,URL,Latency,IdleTime,Connect";

std::vector<std::string_view> names_of(std::string_view list) {
  std::vector<std::string_view> names;
  for (;;) {
    const auto comma = list.find(',');
    names.push_back(list.substr(0, comma));
    if (comma == std::string_view::npos) return names;
    list.remove_prefix(comma + 1);
  }
}

bool is_word(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '\n';
}

bool is_field_of(std::string_view line, std::string_view name, char delimiter) {
  const auto is_edge = [&](char c) { return c == delimiter || c == '"'; };
  for (std::size_t at = 0; (at = line.find(name, at)) != line.npos; at += name.size()) {
    const std::size_t end = at + name.size();
    if ((at == 0 || is_edge(line[at - 1])) && (end == line.size() || is_edge(line[end])) &&
        line.find(delimiter) != line.npos)
      return true;
  }
  return false;
}

}  // namespace

std::optional<char> jmeter_delimiter(std::string_view head) {
  head.remove_prefix(std::min(head.find_first_not_of("\r\n"), head.size()));
  const std::string_view first = head.substr(0, head.find_first_of("\r\n"));
  for (const char delimiter : {',', '\t', ';', '|'}) {
    if (is_field_of(first, "timeStamp", delimiter) && is_field_of(first, "elapsed", delimiter))
      return delimiter;
  }
  // JMeter lets any character be the delimiter.
  if (head.starts_with("timeStamp") && head.size() > 9 && !is_word(head[9])) return head[9];
  constexpr std::size_t kMillisecondDigits = 13;  // since September 2001
  const auto digits = std::find_if_not(head.begin(), head.end(), is_digit) - head.begin();
  if (digits != kMillisecondDigits || head.size() == kMillisecondDigits) return std::nullopt;
  const char delimiter = head[kMillisecondDigits];
  const std::string_view line = head.substr(0, head.find('\n'));
  const bool truth = line.find(std::string{delimiter} + "true" + delimiter) != line.npos ||
                     line.find(std::string{delimiter} + "false" + delimiter) != line.npos;
  if (!truth || std::count(line.begin(), line.end(), delimiter) < 9) return std::nullopt;
  return delimiter;
}

std::optional<JmeterColumns> jmeter_header(CsvReader::Row row) {
  const auto index = [&](std::string_view name) -> std::optional<std::size_t> {
    const auto at = std::find(row.begin(), row.end(), name);
    if (at == row.end()) return std::nullopt;
    return static_cast<std::size_t>(at - row.begin());
  };
  const auto time = index("timeStamp"), elapsed = index("elapsed");
  if (!time || !elapsed) return std::nullopt;
  return JmeterColumns{.time = *time,
                       .elapsed = *elapsed,
                       .label = index("label"),
                       .message = index("responseMessage"),
                       .thread = index("threadName"),
                       .data_type = index("dataType"),
                       .success = index("success"),
                       .bytes = index("bytes"),
                       .all_threads = index("allThreads"),
                       .code = index("responseCode"),
                       .host = index("Hostname"),
                       .idle = index("IdleTime"),
                       .url = index("URL"),
                       .samples = index("SampleCount"),
                       .errors = index("ErrorCount"),
                       .count = row.size()};
}

std::optional<JmeterColumns> jmeter_columns_without_header(CsvReader::Row row) {
  for (const std::string_view names :
       {kColumns29, kColumns213, kColumns30, kColumns31, kColumns50}) {
    const auto header = names_of(names);
    if (header.size() != row.size()) continue;
    const auto columns = jmeter_header(header);
    const std::string_view success = row[*columns->success];
    if (success == "true" || success == "false") return columns;
  }
  return std::nullopt;
}

}  // namespace tierwatch

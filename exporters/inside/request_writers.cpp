// SPDX-License-Identifier: MIT
#include "exporters/inside/request_writers.h"

#include "collectors/text/format.h"
#include "collectors/text/plain_words.h"
#include "collectors/text/printable_text.h"
#include "exporters/glyphs.h"
#include "exporters/inside/looks_json.h"
#include "exporters/json/snapshot_json.h"
#include "exporters/verdict_text.h"

namespace tierwatch {
namespace {

using EndpointCells = std::vector<std::string>;

constexpr std::size_t kEndpointRows = 12, kLongestEndpoint = 120;

std::string milliseconds_words(double seconds) {
  return seconds >= 10 ? duration_words(seconds) : few_digits(seconds * 1000) + " ms";
}

std::string per_second_words(double rate) { return few_digits(rate) + "/s"; }

std::string failed_words(const EndpointFindings& found) {
  if (!found.error_ratio) return "";
  return *found.error_ratio == 0 ? "0" : formatted("{:.2g} %", *found.error_ratio * 100);
}

void put_times(EndpointCells& cells, const std::optional<RequestTimes>& times) {
  cells.push_back(times ? milliseconds_words(times->p50) : "");
  cells.push_back(times ? milliseconds_words(times->p95) : "");
  cells.push_back(times ? milliseconds_words(times->p99) : "");
}

std::string first_of_requests(const RequestReport& report) {
  const EndpointFindings& all = report.findings.all;
  const std::string tier = printable(report.tier);
  if (all.requests == 0) return tier + " finished no request while its log was followed\n";
  std::string line = tier + " finishes " + per_second_words(all.per_second);
  if (all.error_ratio) line += ", " + failed_words(all) + " of them failed";
  if (all.time)
    line += ", half within " + milliseconds_words(all.time->p50) + ", 99 % within " +
            milliseconds_words(all.time->p99);
  line += "\n";
  const EndpointFindings& most = report.findings.rows.front();
  const double share = most.time_ratio.value_or(static_cast<double>(most.requests) /
                                                static_cast<double>(all.requests));
  return line + percent(share) + (most.time_ratio ? " of their time" : " of them") + " in " +
         printable_start(most.endpoint, kLongestEndpoint) + "\n";
}

std::string endpoint_rows(const RequestFindings& found) {
  const bool timed = found.all.time.has_value(), upstream = found.all.upstream.has_value();
  EndpointCells head{"requests", "failed"};
  if (timed) head.insert(head.end(), {"of time", "p50", "p95", "p99"});
  if (upstream) head.insert(head.end(), {"upstream p50", "p95", "p99"});
  head.push_back("endpoint");
  std::vector<EndpointCells> rows{head};
  for (const EndpointFindings& one : found.rows) {
    if (rows.size() > kEndpointRows) break;
    EndpointCells cells{per_second_words(one.per_second), failed_words(one)};
    if (timed) cells.push_back(one.time_ratio ? percent(*one.time_ratio) : "");
    if (timed) put_times(cells, one.time);
    if (upstream) put_times(cells, one.upstream);
    cells.push_back(printable_start(one.endpoint, kLongestEndpoint));
    rows.push_back(std::move(cells));
  }
  if (rows.size() == 1) return "";
  std::string text = "\nRequests finished\n";
  for (const std::string& line : aligned(rows)) text += "  " + line + "\n";
  return text;
}

std::string request_remarks(const RequestReport& report) {
  std::vector<std::string> said = report.remarks;
  if (report.findings.all.requests > 0 && !report.findings.all.time)
    said.push_back("how long requests took is not known: log_format lacks $request_time");
  if (report.unread > 0)
    said.push_back(count_of(static_cast<double>(report.unread), "line") +
                   " not read: none of the format, or too long");
  std::string text;
  for (const std::string& one : said) text += "  " + printable(one) + "\n";
  return text.empty() ? "" : "\nNot seen, or less sure\n" + text;
}

Json times_json(const RequestTimes& times) {
  return {{"p50_seconds", times.p50}, {"p95_seconds", times.p95}, {"p99_seconds", times.p99}};
}

Json endpoint_json(const EndpointFindings& found) {
  Json object = Json::object();
  if (!found.endpoint.empty()) object["endpoint"] = found.endpoint;
  object["requests"] = found.requests;
  object["per_second"] = found.per_second;
  if (found.error_ratio) object["error_ratio"] = *found.error_ratio;
  if (found.time_ratio) object["time_ratio"] = *found.time_ratio;
  if (found.time) object["time"] = times_json(*found.time);
  if (found.upstream) object["upstream"] = times_json(*found.upstream);
  return object;
}

}  // namespace

std::string request_text(const RequestReport& report) {
  std::vector<std::string> logs;
  for (const std::string& log : report.logs) logs.push_back(printable(log));
  return verdict_line(report.verdict) + "\n" + first_of_requests(report) + "\n" + joined(logs) +
         formatted(" followed for {:.1f} s: ", report.seconds) +
         count_of(static_cast<double>(report.findings.all.requests), "request") + "\n" +
         endpoint_rows(report.findings) + request_remarks(report);
}

std::string request_json(const RequestReport& report) {
  Json document = looks_json(report);
  put_looks(document, report);
  document["logs"] = report.logs;
  document["lines_not_read"] = report.unread;
  document["requests"] = endpoint_json(report.findings.all);
  document["endpoints"] = Json::array();
  for (const EndpointFindings& one : report.findings.rows)
    document["endpoints"].push_back(endpoint_json(one));
  document["remarks"] = report.remarks;
  return json_text(document, 2) + "\n";
}

}  // namespace tierwatch

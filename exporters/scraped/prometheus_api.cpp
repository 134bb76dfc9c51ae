// SPDX-License-Identifier: MIT
#include "exporters/scraped/prometheus_api.h"

#include <charconv>
#include <cmath>
#include <memory>
#include <optional>

#include "collectors/seconds.h"
#include "collectors/text/format.h"
#include "exporters/json/json_value.h"

namespace tierwatch {
namespace {

constexpr auto kConnectTime = std::chrono::seconds(10);
constexpr auto kAnswerTime = std::chrono::seconds(150);  ///< Prometheus' own limit is two minutes

std::string form_text(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (plain)
      out += c;
    else
      out.append("%").append(1, kHex[byte >> 4]).append(1, kHex[byte & 15]);
  }
  return out;
}

std::string time_text(PrometheusApi::Moment at) {
  return formatted("{:.3f}", seconds_of(at.time_since_epoch()));
}

std::string first_line(std::string_view text) {
  constexpr std::size_t kLongest = 300;
  return std::string(text.substr(0, std::min(text.find('\n'), kLongest)));
}

std::optional<double> finite(JsonValue value) {
  const std::string_view text = text_in(value, {});
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || !std::isfinite(number)) return std::nullopt;
  return number;
}

void add_point(JsonValue point, ApiSeries& series) {
  const JsonArray pair = array_in(point, {});
  if (pair.size() != 2) refuse({}, "a point is not a time and a value");
  if (const auto value = finite(pair.at(1)))
    series.values.emplace_back(number_in(pair.at(0), {}), *value);
}

ApiSeries series_in(JsonValue value) {
  ApiSeries series;
  const JsonObject object = object_in(value, {});
  JsonValue found;
  if (find_field(object, "metric", found))
    for (const auto& [name, text] : object_in(found, {}))
      series.labels.emplace(name, text_in(text, {}));
  if (find_field(object, "value", found)) add_point(found, series);
  if (find_field(object, "values", found))
    for (const JsonValue point : array_in(found, {})) add_point(point, series);
  return series;
}

/// Of an answer that is JSON; empty where it says none.
std::string error_in(const std::string& body) {
  try {
    JsonParser parser;
    JsonValue found;
    const JsonObject document = object_in(parse_json(parser, body), {});
    return find_field(document, "error", found) ? std::string(text_in(found, {})) : "";
  } catch (const std::invalid_argument&) {
    return "";
  }
}

bool is_too_much(const std::string& error) {
  for (const char* sign :
       {"maximum resolution", "too many samples", "exceeded maximum", "limit", "timed out"})
    if (error.find(sign) != std::string::npos) return true;
  return false;
}

PrometheusApi::Ask asker(const PrometheusOptions& options) {
  HttpFetcherOptions wanted{.base_url = options.url,
                            .ca_file = options.ca_file,
                            .insecure = options.insecure,
                            .user = options.user,
                            .password = options.password,
                            .anonymous = !options.bearer_token.empty(),
                            .connect_timeout = kConnectTime,
                            .timeout = kAnswerTime};
  if (!options.user.empty()) wanted.base_url = without_password(options.url);
  while (wanted.base_url.ends_with('/')) wanted.base_url.pop_back();
  std::map<std::string, std::string> headers{{"Content-Type", "application/x-www-form-urlencoded"},
                                             {"Accept", "application/json"}};
  if (!options.bearer_token.empty()) headers["Authorization"] = "Bearer " + options.bearer_token;
  const auto fetcher = std::make_shared<HttpFetcher>(std::move(wanted));
  return [fetcher, headers](const std::string& path, const std::string& form) {
    return fetcher->post(path, form, headers);
  };
}

}  // namespace

const std::string& ApiSeries::label(const std::string& name) const {
  static const std::string kNone;
  const auto found = labels.find(name);
  return found == labels.end() ? kNone : found->second;
}

std::string promql_text(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '\n')
      out += "\\n";
    else if (c == '"' || c == '\\')
      out.append("\\").append(1, c);
    else
      out += c;
  }
  return out + "\"";
}

PrometheusApi::PrometheusApi(const PrometheusOptions& options)
    : PrometheusApi(without_password(options.url),
                    !options.bearer_token.empty() || !options.user.empty(), asker(options)) {}

void PrometheusApi::fail(const std::string& problem) const {
  throw ScrapedError(url_ + ": " + problem);
}

void PrometheusApi::check(const Fetched& answer, const std::string& path) const {
  const bool json = answer.body.starts_with('{');
  if (answer.status == 0)
    fail(answer.problem + (answer.nobody_there ? "; does Prometheus run there?" : ""));
  if (answer.status == 401 || answer.status == 403)
    fail(had_account_ ? "the user and password, or the token, are refused"
                      : "a user and a password, or a token, are wanted: https://USER@HOST with "
                        "TIERWATCH_PASSWORD or ~/.netrc, or --bearer-token-file FILE");
  if (json && answer.status != 200) {
    const std::string error = error_in(answer.body);
    fail("it refuses the query: " + (error.empty() ? first_line(answer.body) : error) +
         (is_too_much(error) ? "; choose a shorter time, or fewer hosts with --instance" : ""));
  }
  if (answer.status >= 300 && answer.status < 400)
    fail("it sends elsewhere (status " + std::to_string(answer.status) +
         "): name the URL that it sends to");
  if (!json)
    fail("this is no Prometheus: it answers " + path + " with status " +
         std::to_string(answer.status) +
         " and no JSON; the URL is what stands before /api/v1, as "
         "http://prometheus:9090 or http://mimir:8080/prometheus");
}

std::vector<ApiSeries> PrometheusApi::result_of(const std::string& path, const std::string& form) {
  const Fetched answer = ask_(path, form);
  check(answer, path);
  std::vector<ApiSeries> result;
  try {
    JsonParser parser;
    JsonValue found;
    const JsonObject document = object_in(parse_json(parser, answer.body), {});
    if (find_field(document, "warnings", found))
      for (const JsonValue one : array_in(found, {}))
        warnings_.emplace(first_line(text_in(one, {})));
    if (!find_field(document, "data", found) || !find_field(object_in(found, {}), "result", found))
      refuse({}, "there is no result in it");
    for (const JsonValue one : array_in(found, {})) result.push_back(series_in(one));
  } catch (const std::invalid_argument&) {
    fail(
        "the answer is cut short, or is none of Prometheus; choose a shorter time, or fewer hosts "
        "with --instance");
  }
  return result;
}

std::vector<ApiSeries> PrometheusApi::query(const std::string& expression, Moment at) {
  return result_of("/api/v1/query", "query=" + form_text(expression) + "&time=" + time_text(at));
}

std::vector<ApiSeries> PrometheusApi::query_range(const std::string& expression, Moment from,
                                                  Moment to, double step_seconds) {
  return result_of("/api/v1/query_range",
                   "query=" + form_text(expression) + "&start=" + time_text(from) +
                       "&end=" + time_text(to) + "&step=" + formatted("{:.3f}", step_seconds));
}

}  // namespace tierwatch

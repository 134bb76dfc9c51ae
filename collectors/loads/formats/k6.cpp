// SPDX-License-Identifier: MIT
//
// k6's `--out csv` and `--out json`: points of metrics, of which http_req_duration is one for each
// request, stamped at its end, in seconds (CSV) or to the nanosecond (JSON).
#include "collectors/loads/formats/formats.h"
#include "collectors/loads/reading/clock_text.h"
#include "collectors/loads/reading/csv_columns.h"
#include "collectors/loads/reading/json_events.h"
#include "collectors/loads/reading/number_text.h"
#include "collectors/loads/series/row_format.h"

namespace tierwatch {
namespace {

using std::chrono::nanoseconds;

/// One point, from either encoding. Tags are empty where k6 was told not to write them.
struct K6Point {
  std::string_view metric;
  std::optional<nanoseconds> at;
  std::optional<double> value;
  std::string_view expected_response, status, error_code;
  std::string_view group, method, name;
};

/// "checkout: POST http://shop/cart": k6 takes the URL as name unless the script gives one.
std::string label_of(const K6Point& point) {
  std::string label;
  if (const auto group = point.group.find_first_not_of(':'); group != point.group.npos)
    label = std::string(point.group.substr(group)) + ": ";
  if (point.name.empty()) return label.empty() ? label : label.substr(0, label.size() - 2);
  if (!point.method.empty()) label += std::string(point.method) + " ";
  return label + std::string(point.name.substr(0, point.name.find('?')));
}

/// k6 counts iterations that it had no user for: each would have sent as many requests as the
/// others. Where no iteration ended, that is not known.
void set_dropped_requests(LoadSeries& series, double iterations) {
  const double requests_each = iterations > 0 ? series.totals.requests / iterations : 0;
  const auto convert = [&](std::optional<double>& dropped) {
    if (dropped)
      dropped = requests_each > 0 ? std::optional(*dropped * requests_each) : std::nullopt;
  };
  convert(series.totals.dropped);
  for (LoadPoint& point : series.points) convert(point.dropped);
}

/// k6 0.31 and newer judge themselves what was expected; older ones leave it to the status.
bool is_failure(const K6Point& point) {
  if (!point.expected_response.empty()) return point.expected_response == "false";
  const auto status = parse_number<int>(point.status);
  return !point.error_code.empty() || (status && (*status == 0 || *status >= 400));
}

class K6Points {
 public:
  explicit K6Points(ImportInput& input) : input_(input) {}

  static bool is_wanted(std::string_view metric) {
    return metric == "http_req_duration" || metric == "vus" || metric == "iterations" ||
           metric == "dropped_iterations";
  }

  void add(const K6Point& point, std::uint64_t line) {
    if (!point.at || !point.value || *point.value < 0)
      input_.refuse(line, "the time or value of " + shown(point.metric) +
                              " is missing or negative; is the line cut?");
    if (point.metric == "iterations") iterations_ += *point.value;
    if (point.metric == "dropped_iterations") {
      dropped_ += *point.value;
      if (const char* problem = tally_.see_dropped(*point.at, *point.value))
        input_.refuse(line, std::string("this point cannot be right: ") + problem);
    }
    // In setup() there are requests, and no users: those in flight are.
    users_came_ |= point.metric == "vus" && *point.value > 0;
    if (point.metric == "vus" && users_came_) {
      if (const char* problem = tally_.see_users(*point.at, *point.value))
        input_.refuse(line, std::string("this point cannot be right: ") + problem);
    }
    if (point.metric != "http_req_duration") return;
    const auto elapsed = nanoseconds_of(*point.value, 1e-3);
    if (!elapsed) input_.refuse(line, "http_req_duration is beyond all time");
    // The time that a request took may reach back beyond what can be told.
    const bool failed = is_failure(point);
    const std::string label = label_of(point);
    // k6 writes 0 for a connection that it did not get: nothing was measured.
    count_or_refuse(tally_,
                    {.begin = *point.at - *elapsed,
                     .end = *point.at,
                     .failed = failed,
                     .timed = !failed || elapsed->count() > 0,
                     .label = label},
                    input_, line);
  }

  LoadSeries series(const CsvReader& reader, bool whole_seconds) {
    LoadSeries series;
    if (whole_seconds && !tally_.estimate_edges()) {
      series.warnings.push_back(
          "times are whole seconds: the rate of so short a run is not known; "
          "K6_CSV_TIME_FORMAT=unix_milli tells more");
    }
    tally_.write_to(series, true);
    set_dropped_requests(series, iterations_);
    if (dropped_ > 0) {
      series.warnings.push_back(std::to_string(static_cast<long long>(dropped_)) +
                                " iterations were dropped: k6 had too few users to keep its rate");
    }
    warn_of_cut_line(reader, series);
    return series;
  }

 private:
  ImportInput& input_;
  RequestTally tally_{RequestTally::Users::kSeen};
  double dropped_ = 0, iterations_ = 0;
  bool users_came_ = false;
};

/// Seconds, or what the number of digits says, or RFC 3339. Sets `whole_seconds`.
std::optional<nanoseconds> csv_time(std::string_view text, bool& whole_seconds) {
  const auto number = parse_number<std::int64_t>(text);
  if (!number) return parse_rfc3339(text);
  if (*number < 0) return std::nullopt;
  whole_seconds |= text.size() <= 10;
  const std::int64_t unit = text.size() <= 10   ? 1'000'000'000
                            : text.size() <= 13 ? 1'000'000
                            : text.size() <= 16 ? 1'000
                                                : 1;
  if (*number > 4'000'000'000'000'000'000 / unit) return std::nullopt;
  const nanoseconds middle = text.size() <= 10 ? std::chrono::milliseconds(500) : nanoseconds{};
  return nanoseconds(*number * unit) + middle;
}

/// `{"metric":"http_req_duration","type":"Point","data":{"time":…,"value":…,"tags":{…}}}`
struct K6Line : JsonListener {
  std::string metric, expected_response, status, error_code, group, method, name;
  K6Point point;

  void on_value(std::string_view path, const JsonScalar& value) override {
    if (value.number && path == "/data/value") point.value = value.number;
    if (!value.text) return;
    if (path == "/metric") metric = *value.text;
    if (path == "/data/time") point.at = parse_rfc3339(*value.text);
    if (path == "/data/tags/expected_response") expected_response = *value.text;
    if (path == "/data/tags/status") status = *value.text;
    if (path == "/data/tags/error_code") error_code = *value.text;
    if (path == "/data/tags/group") group = *value.text;
    if (path == "/data/tags/method") method = *value.text;
    if (path == "/data/tags/name") name = *value.text;
  }
  const K6Point& whole() {
    point.metric = metric;
    point.expected_response = expected_response;
    point.status = status;
    point.error_code = error_code;
    point.group = group;
    point.method = method;
    point.name = name;
    return point;
  }
};

/// Most lines are of other metrics: not worth parsing.
bool may_be_wanted(std::string_view line) {
  const auto at = line.find("\"metric\":\"");
  if (at == line.npos || line.find("\"Point\"") == line.npos) return false;
  const std::string_view metric = line.substr(at + 10);
  return K6Points::is_wanted(metric.substr(0, metric.find('"')));
}

bool looks_like_k6_csv(std::string_view head) {
  return head.starts_with("metric_name,timestamp,metric_value");
}

LoadSeries read_k6_csv(ImportInput& input) {
  CsvReader reader(input.source, input.file.string());
  K6Points points(input);
  const auto header = reader.next();
  if (!header) input.refuse("no rows; was the test started?");
  const auto status = find_column(*header, {"status"});
  const auto error_code = find_column(*header, {"error_code"});
  const auto expected = find_column(*header, {"expected_response"});
  const auto metric = find_column(*header, {"metric_name"});
  const auto time = find_column(*header, {"timestamp"});
  const auto value = find_column(*header, {"metric_value"});
  const auto group = find_column(*header, {"group"});
  const auto method = find_column(*header, {"method"});
  const auto name = find_column(*header, {"name"});
  bool whole_seconds = false;
  while (const auto row = reader.next()) {
    if (!K6Points::is_wanted(field_of(*row, metric))) continue;
    input.row([&] {
      points.add({.metric = field_of(*row, metric),
                  .at = csv_time(field_of(*row, time), whole_seconds),
                  .value = parse_number<double>(field_of(*row, value)),
                  .expected_response = field_of(*row, expected),
                  .status = field_of(*row, status),
                  .error_code = field_of(*row, error_code),
                  .group = field_of(*row, group),
                  .method = field_of(*row, method),
                  .name = field_of(*row, name)},
                 reader.line());
    });
  }
  return points.series(reader, whole_seconds);
}

bool looks_like_k6_json(std::string_view head) {
  const std::string_view line = head.substr(0, head.find('\n'));
  return line.starts_with('{') && line.find("\"data\":") != line.npos &&
         (line.find("\"type\":\"Metric\"") != line.npos ||
          line.find("\"type\":\"Point\"") != line.npos);
}

LoadSeries read_k6_json(ImportInput& input) {
  CsvReader reader(input.source, input.file.string(), kWholeLines);
  K6Points points(input);
  while (const auto row = reader.next()) {
    for (const std::string_view document : documents_of_line((*row)[0])) {
      if (!may_be_wanted(document)) continue;
      input.row([&] {
        K6Line line;
        const auto fault = listen_to_json(document, line);
        if (fault && reader.unterminated()) return reader.leave_out_last();
        if (fault) input.refuse(reader.line(), fault->what + "; is the line cut?");
        points.add(line.whole(), reader.line());
      });
    }
  }
  return points.series(reader, false);
}

}  // namespace

const LoadFormat kK6Csv{"k6", "CSV", looks_like_k6_csv, read_k6_csv};
const LoadFormat kK6Json{"k6", "JSON", looks_like_k6_json, read_k6_json};

}  // namespace tierwatch

// SPDX-License-Identifier: MIT
//
// A web server's own log of finished requests: lines of nginx' and Apache's `combined` and `common`
// with anything behind them, JSON (nginx, Caddy) and tskv. A line is written when its request has
// ended. What the server did not see (a refused connection, an answer that got lost) is not in it.
#include <array>
#include <limits>
#include <string>

#include "collectors/loads/formats/formats.h"
#include "collectors/loads/reading/clock_text.h"
#include "collectors/loads/reading/csv_columns.h"
#include "collectors/loads/reading/json_events.h"
#include "collectors/loads/reading/number_text.h"
#include "collectors/loads/series/row_format.h"
#include "collectors/requests/endpoint.h"

namespace tierwatch {
namespace {

using std::chrono::nanoseconds;

/// A whole second names all moments of it: its middle is meant.
constexpr nanoseconds kHalfSecond = std::chrono::milliseconds(500);

struct AccessLine {
  std::optional<nanoseconds> ended;
  bool whole_seconds = false;
  std::optional<int> status;
  std::optional<nanoseconds> took;
  std::optional<double> bytes;
  std::string method, target;

  bool is_whole() const { return ended && status && !target.empty(); }
  void set_status(std::optional<double> value) {
    if (value && *value >= 0 && *value < 1000) status = static_cast<int>(*value);
  }
  /// "GET /x HTTP/1.1"
  void set_request(std::string_view line) {
    const auto first = line.find(' ');
    const auto last = line.rfind(' ');
    method = first == line.npos ? "" : line.substr(0, first);
    target = first == line.npos
                 ? line
                 : line.substr(first + 1, last > first ? last - first - 1 : line.npos);
    if (target.empty()) target = "-";
  }
  std::string label() const {
    const std::string kind = endpoint_of(target);
    return method.empty() ? kind : method + " " + kind;
  }
};

std::optional<unsigned> month_of(std::string_view name) {
  constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  for (unsigned i = 0; i < kMonths.size(); ++i)
    if (kMonths[i] == name) return i + 1;
  return std::nullopt;
}

/// "21/Nov/2026:10:11:12 +0100", since the epoch.
std::optional<nanoseconds> common_time(std::string_view text) {
  constexpr std::size_t kLength = 26;
  if (text.size() != kLength || text[2] != '/' || text[6] != '/' || text[11] != ':') return {};
  const auto number = [&](std::size_t at, std::size_t digits) {
    return parse_number<int>(text.substr(at, digits));
  };
  const auto day = number(0, 2), year = number(7, 4), hour = number(12, 2), minute = number(15, 2),
             second = number(18, 2), zone_hour = number(22, 2), zone_minute = number(24, 2);
  const auto month = month_of(text.substr(3, 3));
  if (!day || !month || !year || !hour || !minute || !second || !zone_hour || !zone_minute)
    return {};
  const std::chrono::year_month_day date{std::chrono::year(*year), std::chrono::month(*month),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok() || *year < 1970 || *year > 2200) return {};
  const auto zone = std::chrono::hours(*zone_hour) + std::chrono::minutes(*zone_minute);
  return std::chrono::sys_days(date).time_since_epoch() + std::chrono::hours(*hour) +
         std::chrono::minutes(*minute) + std::chrono::seconds(*second) -
         (text[21] == '-' ? -zone : zone);
}

/// "0.012": seconds as nginx writes each of its times, and as hardly anything else is written.
std::optional<nanoseconds> logged_time(std::string_view word) {
  const auto equals = word.rfind('=');
  if (equals != word.npos) word.remove_prefix(equals + 1);
  const auto point = word.find('.');
  const bool thousandths = point != word.npos && point > 0 && word.size() == point + 4;
  if (!thousandths || word.find_first_not_of("0123456789.") != word.npos) return std::nullopt;
  return parse_duration(word, 1);
}

/// Takes a word off the front, or a text in quotes with what stands right before it: `rt="0.012"`.
/// What clients write (user agent, referrer) stands in quotes after a blank, and is no word.
std::string_view take_word(std::string_view& rest) {
  constexpr std::string_view kBetween = " \t,;[]";
  std::size_t end = 0;
  while (end < rest.size() && rest[end] != '"' && kBetween.find(rest[end]) == kBetween.npos) ++end;
  std::string_view word = rest.substr(0, end);
  if (end == rest.size() || rest[end] != '"') {
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return word;
  }
  std::size_t close = end + 1;
  while (close < rest.size() && rest[close] != '"') close += rest[close] == '\\' ? 2 : 1;
  close = std::min(close, rest.size());
  if (word.ends_with('=')) word = rest.substr(end + 1, close - end - 1);
  rest.remove_prefix(std::min(close + 1, rest.size()));
  return word;
}

/// Of several times the longest is that of the whole request: it holds those of its upstreams.
std::optional<nanoseconds> longest_time(std::string_view rest) {
  std::optional<nanoseconds> longest;
  while (!rest.empty())
    longest = std::max(longest, logged_time(take_word(rest)));  // absent is the least
  return longest;
}

/// `… [21/Nov/2026:10:11:12 +0000] "GET /x HTTP/1.1" 200 612 …`
AccessLine read_common(std::string_view text) {
  AccessLine line;
  const auto open = text.find('['), close = text.find("] \"", open);
  if (open == text.npos || close == text.npos) return line;
  line.ended = common_time(text.substr(open + 1, close - open - 1));
  line.whole_seconds = true;
  const std::string_view request = text.substr(close + 3);
  const auto quote = request.find("\" ");
  if (quote == request.npos) return {};
  line.set_request(request.substr(0, quote));
  const std::string_view rest = request.substr(quote + 2);
  const auto blank = std::min(rest.find(' '), rest.size());
  line.set_status(parse_number<double>(rest.substr(0, blank)));
  const std::string_view behind = rest.substr(std::min(blank + 1, rest.size()));
  line.bytes = parse_number<double>(behind.substr(0, behind.find(' ')));
  line.took = longest_time(behind);
  return line;
}

void set_time(AccessLine& line, std::string_view text) {
  if (const auto common = common_time(text)) {
    line.ended = common;
    line.whole_seconds = true;
  } else if (const auto iso = parse_rfc3339(text)) {
    line.ended = iso;
    line.whole_seconds = text.find('.') == text.npos;
  } else if (const auto seconds = parse_duration(text, 1)) {
    line.ended = seconds;
    line.whole_seconds = text.find('.') == text.npos;
  }
}

bool is_any_of(std::string_view name, std::initializer_list<std::string_view> names) {
  return std::ranges::find(names, name) != names.end();
}

/// A field by the name of its variable in nginx, or as Caddy calls it.
void set_field(AccessLine& line, std::string_view name, std::string_view text) {
  if (is_any_of(name,
                {"time_iso8601", "time_local", "@timestamp", "timestamp", "time", "msec", "ts"}))
    set_time(line, text);
  if (is_any_of(name, {"request"})) line.set_request(text);
  if (is_any_of(name, {"request_method", "method", "request/method"})) line.method = text;
  if (is_any_of(name, {"request_uri", "uri", "request/uri", "path"})) line.target = text;
  if (name == "status") line.set_status(parse_number<double>(text));
  if (is_any_of(name, {"request_time", "duration"})) line.took = parse_duration(text, 1);
  if (is_any_of(name, {"body_bytes_sent", "bytes_sent", "size"}))
    line.bytes = parse_number<double>(text);
}

struct AccessDocument : JsonListener {
  AccessLine line;

  void on_value(std::string_view path, const JsonScalar& value) override {
    if (path.starts_with('/')) path.remove_prefix(1);
    if (value.text) return set_field(line, path, *value.text);
    if (!value.number) return;
    // With all its digits: a time of day in seconds has sixteen.
    std::array<char, std::numeric_limits<double>::max_digits10 + 16> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), *value.number);
    set_field(line, path, std::string_view(digits.data(), end.ptr));
  }
};

/// "tskv\ttimestamp=…\tstatus=200"
AccessLine read_tskv(std::string_view text) {
  AccessLine line;
  while (!text.empty()) {
    const auto tab = std::min(text.find('\t'), text.size());
    const std::string_view field = text.substr(0, tab);
    const auto equals = field.find('=');
    if (equals != field.npos) set_field(line, field.substr(0, equals), field.substr(equals + 1));
    text.remove_prefix(std::min(tab + 1, text.size()));
  }
  return line;
}

AccessLine read_line(std::string_view text) {
  if (text.starts_with("tskv\t")) return read_tskv(text);
  if (!text.starts_with('{')) return read_common(text);
  AccessDocument document;
  if (listen_to_json(text, document)) return {};
  return std::move(document.line);
}

AccessLine first_line(std::string_view head) {
  head = without_mark(head);
  return read_line(head.substr(0, head.find('\n')));
}

bool looks_like_access_log(std::string_view head) { return first_line(head).is_whole(); }

struct AccessLog {
  RequestTally tally;
  std::uint64_t untimed = 0, whole_seconds = 0;
};

void count_access(AccessLog& log, const AccessLine& line, const ImportInput& input,
                  std::uint64_t number) {
  const nanoseconds end = *line.ended + (line.whole_seconds ? kHalfSecond : nanoseconds{});
  const std::string label = line.label();
  count_or_refuse(log.tally,
                  {.begin = end - line.took.value_or(nanoseconds{}),
                   .end = end,
                   .failed = *line.status >= 400,
                   .received_bytes = line.bytes,
                   .timed = line.took.has_value(),
                   .label = label},
                  input, number);
  log.untimed += !line.took;
  log.whole_seconds += line.whole_seconds;
}

LoadSeries read_access_log(ImportInput& input) {
  CsvReader reader(input.source, input.file.string(), kWholeLines);
  const bool timed = first_line(input.source.head()).took.has_value();
  AccessLog log{
      .tally = RequestTally(timed ? RequestTally::Users::kInFlight : RequestTally::Users::kNone)};
  const auto read = [&](std::string_view text) {
    const AccessLine line = read_line(text);
    const bool right = line.is_whole() && line.took.value_or(nanoseconds{}).count() >= 0;
    if (!right && reader.unterminated()) return reader.leave_out_last();
    if (!right)
      input.refuse(reader.line(), "has no time, request and status as a web server's log has");
    count_access(log, line, input, reader.line());
  };
  while (const auto row = reader.next()) input.row([&] { read((*row)[0]); });
  if (log.whole_seconds > 0) log.tally.estimate_edges();
  const std::uint64_t requests = log.tally.requests();
  LoadSeries series = series_of(log.tally, true, reader, input);
  series.warnings.emplace_back(
      "a web server's log: requests that it refused or never saw are not in it");
  // When a request began is known of none whose time is not.
  if (log.untimed > 0)
    for (LoadPoint& point : series.points) {
      point.started.reset();
      point.under_way.reset();
    }
  if (log.untimed == requests)
    series.warnings.emplace_back(
        "its lines tell no time that a request took; a log_format with $request_time does");
  return series;
}

}  // namespace

const LoadFormat kAccessLog{"access-log", "lines", looks_like_access_log, read_access_log};

}  // namespace tierwatch

// SPDX-License-Identifier: MIT
//
// vegeta's results after `vegeta encode --to csv` (no header; 6 columns in `vegeta dump` of old, 9
// up to 12.7, 12 since 12.8) or `--to json` (a document in each line; in `vegeta dump` of old
// without "attack"). Times are those of the begin.

#include <algorithm>

#include "collectors/loads/formats/formats.h"
#include "collectors/loads/formats/vegeta_status.h"
#include "collectors/loads/reading/clock_text.h"
#include "collectors/loads/reading/csv_columns.h"
#include "collectors/loads/reading/json_events.h"
#include "collectors/loads/reading/number_text.h"
#include "collectors/loads/series/row_format.h"

namespace tierwatch {
namespace {

using std::chrono::nanoseconds;

constexpr std::size_t kFewestColumns = 6;  ///< time, status, latency, bytes out and in, error

constexpr std::size_t kMethod = 9, kUrl = 10;  ///< since 12.8

/// "GET http://shop/cart": without what is asked for of it, which may be another each time. Empty
/// where the file does not say.
std::string target_of(std::string_view method, std::string_view url) {
  if (method.empty() || url.empty()) return "";
  return std::string(method) + " " + std::string(url.substr(0, url.find('?')));
}

struct VegetaResult : JsonListener {
  std::optional<nanoseconds> at, latency;
  std::optional<int> code;
  double bytes_in = 0;
  std::string method, url;

  void on_value(std::string_view path, const JsonScalar& value) override {
    if (path == "/timestamp" && value.text) at = parse_rfc3339(*value.text);
    if (path == "/method" && value.text) method = *value.text;
    if (path == "/url" && value.text) url = *value.text;
    if (!value.number) return;
    if (path == "/latency") latency = nanoseconds_of(*value.number, 1e-9);
    if (path == "/code" && *value.number >= 0 && *value.number < 1000)
      code = static_cast<int>(*value.number);
    if (path == "/bytes_in") bytes_in = *value.number;
  }
};

bool looks_like_vegeta_csv(std::string_view head) {
  constexpr std::size_t kNanosecondDigits = 19;  // since 2001
  const std::string_view line = head.substr(0, head.find('\n'));
  if (line.find_first_not_of("0123456789") != kNanosecondDigits || line[kNanosecondDigits] != ',' ||
      std::count(line.begin(), line.end(), ',') < static_cast<int>(kFewestColumns) - 1)
    return false;
  const std::string_view rest = line.substr(kNanosecondDigits + 1);
  const auto code = parse_number<int>(rest.substr(0, rest.find(',')));
  return code && (*code == 0 || (*code >= 100 && *code < 600));
}

LoadSeries read_vegeta_csv(ImportInput& input) {
  CsvReader reader(input.source, input.file.string());
  RequestTally tally(RequestTally::Users::kInFlight);
  const auto read = [&](CsvReader::Row row) {
    const auto at = parse_number<std::int64_t>(field_of(row, 0));
    const auto code = parse_number<int>(field_of(row, 1));
    const auto latency = parse_number<std::int64_t>(field_of(row, 2));
    if (row.size() < kFewestColumns || !at || *at < 0 || *at > 8'000'000'000'000'000'000 || !code ||
        !latency || *latency < 0 || *latency > 1'000'000'000'000'000) {
      input.refuse(reader.line(), "begins with " + shown(field_of(row, 0)) +
                                      "; expected ns since 1970, a status, a latency in ns, and "
                                      "three columns more");
    }
    const nanoseconds begin(*at);
    const std::string label = target_of(field_of(row, kMethod), field_of(row, kUrl));
    count_or_refuse(tally,
                    {.begin = begin,
                     .end = begin + nanoseconds(*latency),
                     .failed = is_vegeta_failure(*code),
                     .received_bytes = parse_number<double>(row[4]),
                     .label = label},
                    input, reader.line());
  };
  while (const auto row = reader.next()) input.row([&] { read(*row); });
  return series_of(tally, true, reader, input);
}

bool looks_like_vegeta_json(std::string_view head) {
  constexpr std::string_view kInEachVersion[] = {
      "\"code\":", "\"timestamp\":", "\"latency\":", "\"bytes_out\":", "\"bytes_in\":"};
  const std::string_view line = head.substr(0, head.find('\n'));
  return line.starts_with('{') && std::ranges::all_of(kInEachVersion, [line](std::string_view key) {
           return line.find(key) != line.npos;
         });
}

LoadSeries read_vegeta_json(ImportInput& input) {
  CsvReader reader(input.source, input.file.string(), kWholeLines);
  RequestTally tally(RequestTally::Users::kInFlight);
  const auto read = [&](std::string_view document) {
    VegetaResult result;
    const auto fault = listen_to_json(document, result);
    if (fault && reader.unterminated()) return reader.leave_out_last();
    if (fault || !result.at || !result.latency || result.latency->count() < 0 || !result.code) {
      input.refuse(reader.line(), fault ? fault->what + "; is the line cut?"
                                        : std::string("timestamp, latency or code is missing"));
    }
    const std::string label = target_of(result.method, result.url);
    count_or_refuse(tally,
                    {.begin = *result.at,
                     .end = *result.at + *result.latency,
                     .failed = is_vegeta_failure(*result.code),
                     .received_bytes = result.bytes_in,
                     .label = label},
                    input, reader.line());
  };
  while (const auto row = reader.next())
    for (const std::string_view document : documents_of_line((*row)[0]))
      input.row([&] { read(document); });
  return series_of(tally, true, reader, input);
}

}  // namespace

const LoadFormat kVegetaCsv{"vegeta", "CSV", looks_like_vegeta_csv, read_vegeta_csv};
const LoadFormat kVegetaJson{"vegeta", "JSON", looks_like_vegeta_json, read_vegeta_json};

}  // namespace tierwatch

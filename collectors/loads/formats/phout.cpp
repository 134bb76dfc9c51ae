// SPDX-License-Identifier: MIT
//
// Yandex Tank's phout: begin in seconds since 1970, then microseconds, parted by tabs.
#include "collectors/loads/formats/formats.h"
#include "collectors/loads/reading/csv_columns.h"
#include "collectors/loads/reading/number_text.h"
#include "collectors/loads/series/row_format.h"

namespace tierwatch {
namespace {

bool looks_like_phout(std::string_view head) {
  const std::string_view line = head.substr(0, head.find('\n'));
  const auto tab = line.find('\t');
  return tab != line.npos && line.find_first_not_of("0123456789.") == tab && tab >= 12 &&
         line.find('.') == 10 && std::count(line.begin(), line.end(), '\t') == 11;
}

LoadSeries read_phout(ImportInput& input) {
  constexpr std::size_t kTime = 0, kTag = 1, kInterval = 2, kBytesIn = 9, kNetCode = 10,
                        kReply = 11;
  CsvReader reader(input.source, input.file.string(), {'\t', false});
  RequestTally tally(RequestTally::Users::kInFlight);
  const auto read = [&](CsvReader::Row row) {
    const auto begin = parse_duration(field_of(row, kTime), 1);
    const auto elapsed = parse_number<std::int64_t>(field_of(row, kInterval));
    const auto net = parse_number<int>(field_of(row, kNetCode));
    const auto status = parse_number<int>(field_of(row, kReply));
    if (!begin || !elapsed || *elapsed < 0 || *elapsed > 1'000'000'000'000 || !net || !status) {
      input.refuse(reader.line(), "time is " + shown(field_of(row, kTime)) + ", interval_real " +
                                      shown(field_of(row, kInterval)) +
                                      "; expected seconds, microseconds, and 12 columns");
    }
    const std::string_view tag = field_of(row, kTag);  // "case#12": the number is the request's
    count_or_refuse(tally,
                    {.begin = *begin,
                     .end = *begin + std::chrono::microseconds(*elapsed),
                     .failed = *net != 0 || *status >= 400,
                     .received_bytes = parse_number<double>(row[kBytesIn]),
                     .label = tag.substr(0, tag.find('#'))},
                    input, reader.line());
  };
  while (const auto row = reader.next()) input.row([&] { read(*row); });
  return series_of(tally, true, reader, input);
}

}  // namespace

const LoadFormat kPhout{"phout", "file", looks_like_phout, read_phout};

}  // namespace tierwatch

// SPDX-License-Identifier: MIT
//
// Gatling's simulation.log as text, 2.0 to 3.12: records parted by tabs, milliseconds since 1970.
// The columns in front differ from era to era; the status and what stands before it do not.
#include "collectors/loads/formats/formats.h"
#include "collectors/loads/reading/csv_columns.h"
#include "collectors/loads/reading/number_text.h"
#include "collectors/loads/series/row_format.h"

namespace tierwatch {
namespace {

using std::chrono::milliseconds;

std::optional<milliseconds> time_at(CsvReader::Row row, std::size_t column) {
  const auto ms = parse_number<std::int64_t>(field_of(row, column));
  if (!ms || *ms < 0 || *ms > 8'000'000'000'000) return std::nullopt;
  return milliseconds(*ms);
}

/// Index of OK or KO behind two times; absent: the record is cut or of no known era.
std::optional<std::size_t> status_column(CsvReader::Row row) {
  for (std::size_t i = 3; i < row.size(); ++i) {
    if ((row[i] == "OK" || row[i] == "KO") && time_at(row, i - 1) && time_at(row, i - 2)) return i;
  }
  return std::nullopt;
}

class GatlingText {
 public:
  explicit GatlingText(ImportInput& input)
      : input_(input), reader_(input.source, input.file.string(), {'\t', false}) {}

  LoadSeries read() {
    while (const auto row = reader_.next()) {
      const bool kind_is_third = field_of(*row, 2) == "REQUEST" || field_of(*row, 2) == "USER";
      const std::string_view kind = (*row)[kind_is_third ? 2 : 0];
      if (kind == "REQUEST") input_.row([&] { read_request(*row, kind_is_third); });
      if (kind == "USER") input_.row([&] { read_user(*row, kind_is_third); });
    }
    return series_of(tally_, true, reader_, input_);
  }

 private:
  void read_request(CsvReader::Row row, bool kind_is_third) {
    const auto status = status_column(row);
    if (!status) input_.refuse(reader_.line(), "a REQUEST without two times and OK or KO");
    // 2.0 has four times: request begin and end, response begin and end.
    const auto begin = time_at(row, *status - (kind_is_third ? 4 : 2));
    const auto end = time_at(row, *status - 1);
    if (!begin) input_.refuse(reader_.line(), "a REQUEST without its begin");
    // The name stands before the times.
    const std::string_view name = field_of(row, *status - (kind_is_third ? 5 : 3));
    count_or_refuse(tally_,
                    {.begin = *begin, .end = *end, .failed = row[*status] == "KO", .label = name},
                    input_, reader_.line());
  }

  void read_user(CsvReader::Row row, bool kind_is_third) {
    const auto event = std::find_if(row.begin() + 1, row.end(), [](std::string_view field) {
      return field == "START" || field == "END";
    });
    if (event == row.end()) input_.refuse(reader_.line(), "a USER without START or END");
    const auto index = static_cast<std::size_t>(event - row.begin());
    const bool starts = *event == "START";
    const auto at = time_at(row, starts && kind_is_third ? index + 1 : row.size() - 1);
    if (!at) input_.refuse(reader_.line(), "a USER without a time");
    if (const char* problem = tally_.step_users(*at, starts ? 1 : -1))
      input_.refuse(reader_.line(), std::string("this USER cannot be right: ") + problem);
  }

  ImportInput& input_;
  CsvReader reader_;
  RequestTally tally_{RequestTally::Users::kSteps};
};

bool looks_like_gatling_text(std::string_view head) {
  const std::string_view line = head.substr(0, head.find('\n'));
  if (line.starts_with("ASSERTION\t")) return head.find("\nRUN\t") != head.npos;
  return line.starts_with("RUN\t") || line.find("\tRUN\t") != line.npos;
}

LoadSeries read_gatling_text(ImportInput& input) { return GatlingText(input).read(); }

}  // namespace

const LoadFormat kGatlingText{"gatling", "simulation.log", looks_like_gatling_text,
                              read_gatling_text};

}  // namespace tierwatch

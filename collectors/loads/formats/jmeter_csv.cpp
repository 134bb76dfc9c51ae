// SPDX-License-Identifier: MIT
//
// JMeter's result file as CSV. Times are taken as the begin of a sample, as the jmeter.properties
// that JMeter ships says (sampleresult.timestamp.start=true).
#include <algorithm>

#include "collectors/loads/formats/formats.h"
#include "collectors/loads/formats/jmeter_columns.h"
#include "collectors/loads/formats/jmeter_samples.h"
#include "collectors/loads/formats/jmeter_stamps.h"
#include "collectors/loads/reading/clock_text.h"
#include "collectors/loads/reading/number_text.h"

namespace tierwatch {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

/// Spreadsheets write TRUE and FALSE.
bool is_true(std::string_view text) { return text == "true" || text == "TRUE"; }
bool is_false(std::string_view text) { return text == "false" || text == "FALSE"; }

class JmeterCsv {
 public:
  explicit JmeterCsv(ImportInput& input)
      : input_(input),
        reader_(input.source, input.file.string(),
                {.delimiter = delimiter(input), .last_line = true}) {}

  LoadSeries read() {
    LoadSeries series;
    while (const auto row = reader_.next()) {
      if (!columns_ && begin(*row)) continue;
      if ((*row)[0] == first_name_ && begin(*row)) continue;  // of a run that was appended
      if (reader_.unterminated())
        add_last(*row);
      else
        input_.row([&] { add(*row); });
    }
    input_.losses.require_most();
    if (!columns_) input_.refuse("no rows; was the test started?");
    samples_.write_to(series);
    if (unended_) {
      series.warnings.push_back("line " + std::to_string(*unended_) +
                                " has no newline: its last column, which may be cut, is not read");
    }
    if (ends_) series.warnings.emplace_back(kStampedAtEnds);
    series.zone_known = !local_times_;
    if (date_order_ == DateOrder::kEither && local_times_)
      series.warnings.emplace_back(
          "whether the month or the day stands first in its dates is not to be seen: they are read "
          "with the month first");
    if (untimed_ > 0) {
      series.warnings.push_back("line " + std::to_string(first_untimed_) +
                                " has no time (timeStamp 0), as " + std::to_string(untimed_) +
                                " in all: such rows are counted at the time of the row before");
    }
    warn_of_cut_line(reader_, series);
    return series;
  }

 private:
  static char delimiter(const ImportInput& input) {
    const auto found = jmeter_delimiter(without_mark(input.source.head()));
    if (!found) input.refuse("neither a header with timeStamp nor a row with 13 digits of time");
    return *found;
  }
  [[noreturn]] void refuse(const std::string& what) const { input_.refuse(reader_.line(), what); }

  /// Of a row without its newline the last column may be cut, the others are whole. Nothing can be
  /// known without times, and of `true` or `false` each letter counts.
  void add_last(CsvReader::Row row) {
    const std::size_t last = columns_->count - 1;
    const bool success = columns_->success == last;
    const bool judged = !success || is_true(row.back()) || is_false(row.back());
    if (row.size() != columns_->count || !judged || columns_->time == last ||
        columns_->elapsed == last)
      return reader_.leave_out_last();
    std::vector<std::string_view> whole(row.begin(), row.end());
    if (!success) whole.back() = {};
    if (!success) unended_ = reader_.line();
    input_.row([&] { add(whole); });
  }

  void add(CsvReader::Row row) {
    try {
      if (const char* problem = samples_.add(sample(row)))
        refuse(std::string("this sample cannot be right: ") + problem);
    } catch (const TooManyInjectors& limit) {
      input_.refuse("more than " + std::to_string(limit.most) +
                    " load generators in it, by Hostname or the names of threads; if these are no "
                    "names of machines, remove the column allThreads");
    }
  }

  /// Finds the columns; true if the row was a header.
  bool begin(CsvReader::Row row) {
    const bool first = !columns_;
    const bool is_header = find_columns(row);
    if (first) look_at_times();
    return is_header;
  }

  /// Whether they are ends, and how their dates are to be read, by the first rows.
  void look_at_times() {
    const std::string_view head = without_mark(input_.source.head());
    ends_ = stamps_are_ends(head, *columns_, delimiter(input_));
    date_order_ = date_order_of(head, *columns_, delimiter(input_));
    if (date_order_ == DateOrder::kDayFirst) local_time_.put_day_first();
  }

  bool find_columns(CsvReader::Row row) {
    columns_ = jmeter_header(row);
    if (columns_) {
      first_name_ = row[0];
      if (!columns_->success) refuse("the columns do not tell success; switch it on in JMeter");
      return true;
    }
    columns_ = jmeter_columns_without_header(row);
    if (!columns_) {
      refuse(
          std::to_string(row.size()) +
          " columns without a header are not the defaults of a JMeter that is known here (2.9 to "
          "5.6); write the file with jmeter.save.saveservice.print_field_names=true");
    }
    return false;
  }

  nanoseconds time(std::string_view text) {
    // What failed before it was sent has no time: it failed after the row before it.
    if (const auto ms = parse_number<std::int64_t>(text)) {
      constexpr std::int64_t kYear2000 = 946'684'800'000, kYear2200 = 7'258'118'400'000;
      if (*ms == 0 && last_time_) return *last_time_;
      if (*ms < kYear2000 || *ms > kYear2200)
        refuse("timeStamp " + shown(text) + " is not in milliseconds since 1970");
      return *(last_time_ = milliseconds(*ms));
    }
    if (const auto at = parse_rfc3339(text)) return *(last_time_ = *at);
    if (const auto local = local_time_.read(text)) {
      local_times_ = true;
      return *(last_time_ = *local);
    }
    const bool rounded = text.find("E+") != text.npos;
    refuse("timeStamp is " + shown(text) +
           (rounded ? "; a spreadsheet has rounded it: give the file as JMeter wrote it"
                    : "; expected milliseconds since 1970, or yyyy/MM/dd HH:mm:ss.SSS"));
  }

  JmeterSample sample(CsvReader::Row row) {
    const JmeterColumns& at = *columns_;
    if (row.size() < at.count) {
      refuse(std::to_string(row.size()) + " columns instead of " + std::to_string(at.count) +
             "; was the row cut, or the file joined from several?");
    }
    const auto text = [&](const std::optional<std::size_t>& column) {
      return column ? row[*column] : std::string_view{};
    };
    const auto elapsed = parse_number<std::int64_t>(row[at.elapsed]);
    if (!elapsed || *elapsed < 0 || *elapsed > 1'000'000'000)
      refuse("elapsed is " + shown(row[at.elapsed]) + "; expected milliseconds, not negative");
    const std::string_view success = row[*at.success];
    if (!is_true(success) && !is_false(success))
      refuse("success is " + shown(success) + "; expected true or false");
    const auto data_type = text(at.data_type), url = text(at.url);
    const auto samples = count(text(at.samples), 1), errors = count(text(at.errors), 0);
    const bool timed = row[at.time] != "0";
    if (!timed && last_time_ && ++untimed_ == 1) first_untimed_ = reader_.line();
    const nanoseconds stamp = time(row[at.time]);
    return {.begin = ends_ && timed ? stamp - milliseconds(*elapsed) : stamp,
            .elapsed = milliseconds(*elapsed),
            .idle = milliseconds(count(text(at.idle), 0)),
            .label = text(at.label),
            .message = text(at.message),
            .thread = text(at.thread),
            .data_type = data_type,
            .host = text(at.host),
            .success = is_true(success),
            .timed = timed,
            .bytes = number(text(at.bytes)),
            .all_threads = number(text(at.all_threads)),
            .samples = std::max(1u, samples),
            .failed_samples = std::min(errors, samples),
            .may_be_transaction = data_type.empty() && (url.empty() || url == "null")};
  }
  /// A count of the file; beyond a million it is none.
  static std::uint32_t count(std::string_view text, std::uint32_t otherwise) {
    const auto value = parse_number<std::uint32_t>(text);
    return value && *value <= 1'000'000 ? *value : otherwise;
  }
  static std::optional<double> number(std::string_view text) {
    const auto value = parse_number<std::int64_t>(text);
    return value ? std::optional(static_cast<double>(*value)) : std::nullopt;
  }

  ImportInput& input_;
  CsvReader reader_;
  std::optional<JmeterColumns> columns_;
  std::string first_name_ = "timeStamp";
  LocalTimeReader local_time_;
  DateOrder date_order_ = DateOrder::kNone;
  bool local_times_ = false;
  std::optional<std::uint64_t> unended_;  ///< line of a row without its newline that was counted
  bool ends_ = false;                     ///< times are those of ends
  std::optional<nanoseconds> last_time_;
  std::uint64_t untimed_ = 0, first_untimed_ = 0;
  JmeterSamples samples_;
};

bool looks_like_jmeter_csv(std::string_view head) { return jmeter_delimiter(head).has_value(); }

LoadSeries read_jmeter_csv(ImportInput& input) { return JmeterCsv(input).read(); }

}  // namespace

const LoadFormat kJmeterCsv{"jmeter", "CSV", looks_like_jmeter_csv, read_jmeter_csv};

}  // namespace tierwatch

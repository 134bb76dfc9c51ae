// SPDX-License-Identifier: MIT
//
// Locust's `…_stats_history.csv` (0.14, 1.x, 2.x: columns are found by name) and `…_stats.csv`.
// Given one of them, the other beside it is read as well: the former has the course over time, the
// latter the quantiles of the whole run.
#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <unordered_set>

#include "collectors/loads/formats/formats.h"
#include "collectors/loads/formats/locust_history.h"
#include "collectors/loads/reading/csv_columns.h"
#include "collectors/loads/reading/number_text.h"
#include "collectors/text/plain_words.h"

namespace tierwatch {
namespace {

constexpr std::string_view kHistoryEnd = "_stats_history.csv";
constexpr std::string_view kStatsEnd = "_stats.csv";

/// The same run's other file; empty if the name does not end in `from`.
std::filesystem::path sibling(const std::filesystem::path& file, std::string_view from,
                              std::string_view to) {
  std::string name = file.filename().string();
  if (!name.ends_with(from)) return {};
  name.replace(name.size() - from.size(), from.size(), to);
  return file.parent_path() / name;
}

bool is_total(std::string_view name) { return name == "Aggregated" || name == "Total"; }

/// "12" in ms as seconds. Locust writes N/A where it has nothing.
std::optional<double> milliseconds_of(std::string_view text) {
  const auto ms = parse_number<double>(text);
  return ms && *ms >= 0 ? std::optional(*ms / 1e3) : std::nullopt;
}

/// Quantiles of a window in which nothing was answered read 0.
std::optional<double> quantile_of(std::string_view text) {
  const auto value = milliseconds_of(text);
  return value && *value > 0 ? value : std::nullopt;
}

/// "GET /cart"
std::string request_name(std::string_view type, std::string_view name) {
  return type.empty() ? std::string(name) : std::string(type) + " " + std::string(name);
}

/// Most requests first.
void sort_labels(std::vector<LoadLabel>& labels) {
  std::ranges::stable_sort(labels, std::ranges::greater(), &LoadLabel::requests);
}

class HistoryReader {
 public:
  explicit HistoryReader(ImportInput& input)
      : input_(input), reader_(input.source, input.file.string(), {.last_line = true}) {}

  LoadSeries read() {
    const auto header = reader_.next();
    if (!header) input_.refuse("no rows; was the test started?");
    find_columns(*header);
    const std::size_t columns = header->size();
    constexpr std::uint64_t kMostRows = 1'000'000;  // eleven days
    std::uint64_t rows = 0;
    LocustHistory history;
    while (const auto row = reader_.next()) {
      // Without its newline only its last column may be cut, which is not read.
      if (reader_.unterminated() && row->size() != columns) {
        reader_.leave_out_last();
        break;
      }
      if (!is_total(field_of(*row, name_))) {
        read_named(*row);
        continue;
      }
      if (++rows > kMostRows) {
        input_.refuse("more than " + std::to_string(kMostRows) +
                      " seconds of history; cut the file to the run");
      }
      input_.row([&] {
        const LocustSnapshot snapshot = snapshot_of(*row);
        if (!history.empty()) check_order(history.last().at, snapshot.at);
        history.add(snapshot);
      });
    }
    LoadSeries series;
    input_.losses.require_most();
    if (history.empty()) input_.refuse("no row \"Aggregated\"; was the test started?");
    history.write_to(series, !named_.empty());
    write_named(series);
    warn_of_cut_line(reader_, series);
    return series;
  }

 private:
  /// With --csv-full-history each name has rows of its own. What cannot be read of them costs the
  /// name a second, no more.
  void read_named(CsvReader::Row row) {
    constexpr std::size_t kMostNames = 200, kMostNamedRows = 500'000;
    const std::string name = request_name(field_of(row, type_), field_of(row, name_));
    auto known = named_.find(name);
    if (known == named_.end() && named_.size() == kMostNames) {
      other_names_.insert(std::hash<std::string>{}(name));
      return;
    }
    if (++named_rows_ > kMostNamedRows) return;
    try {
      const LocustSnapshot snapshot = snapshot_of(row);
      if (known == named_.end()) known = named_.try_emplace(name).first;
      if (known->second.empty() || known->second.last().at <= snapshot.at)
        known->second.add(snapshot);
    } catch (const RowError&) {
      input_.losses.keep();  // rows of all requests decide whether the file can be read
    }
  }

  void write_named(LoadSeries& series) {
    constexpr std::size_t kMostNamedRows = 500'000;
    for (auto& [name, history] : named_) {
      LoadSeries one;
      history.write_to(one);
      if (!one.start || !series.start || one.totals.requests <= 0) continue;
      LoadLabel& label = series.labels.emplace_back();
      label.name = name;
      label.requests = one.totals.requests;
      label.errors = one.totals.errors;
      label.mean_seconds = one.totals.mean_seconds;
      label.points = std::move(one.points);
      for (LoadPoint& point : label.points) {
        point.begin += *one.start - *series.start;
        point.users.reset();  // they are of the whole test
      }
      std::erase_if(label.points, [](const LoadPoint& point) { return point.requests <= 0; });
    }
    sort_labels(series.labels);
    if (!other_names_.empty())
      series.warnings.push_back(std::to_string(other_names_.size()) +
                                " names of requests are left out: only 200 are read");
    if (named_rows_ > kMostNamedRows)
      series.warnings.push_back(
          "the rows of single names end early: there are more than 500000 of them");
  }

  void find_columns(CsvReader::Row header) {
    name_ = find_column(header, {"Name"});
    type_ = find_column(header, {"Type", "Method"});
    time_ = find_column(header, {"Timestamp"});
    users_ = find_column(header, {"User Count"});
    requests_ = find_column(header, {"Total Request Count", "# requests"});
    failures_ = find_column(header, {"Total Failure Count", "# failures"});
    mean_ = find_column(header, {"Total Average Response Time", "Average response time"});
    p50_ = find_column(header, {"50%"});
    p95_ = find_column(header, {"95%"});
    p99_ = find_column(header, {"99%"});
    max_ = find_column(header, {"100%"});
    if (!name_ || !time_ || !requests_ || !failures_ || !mean_)
      input_.refuse(1,
                    "columns of Locust's history are missing: Name, Timestamp, Total Request "
                    "Count, Total Failure Count, Total Average Response Time");
  }

  LocustSnapshot snapshot_of(CsvReader::Row row) const {
    const auto at = parse_number<std::int64_t>(field_of(row, time_));
    const auto requests = parse_number<double>(field_of(row, requests_));
    const auto failures = parse_number<double>(field_of(row, failures_));
    if (!at || *at < 0 || *at > 8'000'000'000 || !requests || !failures || *requests < 0 ||
        *failures < 0 || *failures > *requests) {
      input_.refuse(reader_.line(), "Timestamp " + shown(field_of(row, time_)) + ", requests " +
                                        shown(field_of(row, requests_)) + ", failures " +
                                        shown(field_of(row, failures_)) +
                                        ": expected seconds since 1970 and counts; is a row cut?");
    }
    return {.at = *at,
            .requests = *requests,
            .failures = *failures,
            .mean_seconds = milliseconds_of(field_of(row, mean_)).value_or(0),
            .users = parse_number<double>(field_of(row, users_)),
            .p50_seconds = quantile_of(field_of(row, p50_)),
            .p95_seconds = quantile_of(field_of(row, p95_)),
            .p99_seconds = quantile_of(field_of(row, p99_)),
            .max_seconds = quantile_of(field_of(row, max_))};
  }

  void check_order(std::int64_t before, std::int64_t now) const {
    constexpr std::int64_t kDay = 24 * 3600;
    if (now < before)
      input_.refuse(reader_.line(), "time goes back by " + std::to_string(before - now) +
                                        " s; was the clock set, or files joined? Cut it there");
    if (now - before > kDay)
      input_.refuse(reader_.line(), "more than a day after the row before; cut the file there");
  }

  ImportInput& input_;
  CsvReader reader_;
  std::map<std::string, LocustHistory> named_;
  std::unordered_set<std::size_t> other_names_;  ///< hashes
  std::size_t named_rows_ = 0;
  std::optional<std::size_t> name_, type_, time_, users_, requests_, failures_, mean_, p50_, p95_,
      p99_, max_;
};

/// Totals of `…_stats.csv`; absent when it has no row for all requests. Up to Locust 1.0.3 that row
/// is the last and has no newline: whether it is whole, the rows above it show.
struct LocustTotals {
  LoadTotals all;
  std::vector<LoadLabel> labels;
};

std::optional<LocustTotals> read_totals(ByteSource& source, const std::string& name) {
  CsvReader reader(source, name, {.last_line = true});
  const auto header = reader.next();
  if (!header) return std::nullopt;
  const auto at_name = find_column(*header, {"Name"});
  const auto type = find_column(*header, {"Type", "Method"});
  const auto requests = find_column(*header, {"Request Count", "# requests"});
  const auto failures = find_column(*header, {"Failure Count", "# failures"});
  const auto mean = find_column(*header, {"Average Response Time", "Average response time"});
  const auto max = find_column(*header, {"Max Response Time", "Max response time"});
  const auto rate = find_column(*header, {"Requests/s"});
  const auto p50 = find_column(*header, {"50%", "Median Response Time", "Median response time"});
  const auto p90 = find_column(*header, {"90%"}), p95 = find_column(*header, {"95%"});
  const auto p99 = find_column(*header, {"99%"});
  double counted = 0, rates = 0;
  constexpr std::size_t kMostNames = 200;
  std::vector<LoadLabel> labels;
  while (const auto row = reader.next()) {
    const auto count = parse_number<double>(field_of(*row, requests));
    if (!count) continue;
    const double per_second = parse_number<double>(field_of(*row, rate)).value_or(0);
    if (!is_total(field_of(*row, at_name))) {
      counted += *count;
      rates += per_second;
      if (*count > 0 && labels.size() < kMostNames)
        labels.push_back({.name = request_name(field_of(*row, type), field_of(*row, at_name)),
                          .requests = *count,
                          .errors = parse_number<double>(field_of(*row, failures)).value_or(0),
                          .mean_seconds = milliseconds_of(field_of(*row, mean)),
                          .p50_seconds = milliseconds_of(field_of(*row, p50)),
                          .p95_seconds = milliseconds_of(field_of(*row, p95)),
                          .p99_seconds = milliseconds_of(field_of(*row, p99)),
                          .max_seconds = milliseconds_of(field_of(*row, max)),
                          .points = {}});
      continue;
    }
    const bool rate_is_whole = !reader.unterminated() || std::abs(per_second - rates) <= rates / 20;
    if (reader.unterminated() && *count != counted) return std::nullopt;
    LoadTotals totals;
    totals.requests = *count;
    totals.errors = parse_number<double>(field_of(*row, failures)).value_or(0);
    totals.mean_seconds = milliseconds_of(field_of(*row, mean));
    totals.max_seconds = milliseconds_of(field_of(*row, max));
    totals.p50_seconds = milliseconds_of(field_of(*row, p50));
    totals.p90_seconds = milliseconds_of(field_of(*row, p90));
    totals.p95_seconds = milliseconds_of(field_of(*row, p95));
    totals.p99_seconds = milliseconds_of(field_of(*row, p99));
    const double whole_rate = rate_is_whole ? per_second : rates;
    if (whole_rate > 0) totals.seconds = *count / whole_rate;
    sort_labels(labels);
    return LocustTotals{totals, std::move(labels)};
  }
  return std::nullopt;
}

/// Nearly as many; by how much Locust writes the two at other moments.
bool counts_the_same(const LoadTotals& stats, const LoadTotals& history) {
  return std::abs(stats.requests - history.requests) <= 0.1 * stats.requests + 100;
}

/// What the end of the run says about all of it replaces what the history adds up to.
void join_totals(LoadSeries& series, const LocustTotals& stats) {
  const LoadTotals& of_run = stats.all;
  const LoadTotals of_history = series.totals;
  series.totals = of_run;
  series.totals.users = of_history.users;
  if (series.totals.seconds <= 0) series.totals.seconds = of_history.seconds;
  std::vector<LoadLabel> labels = stats.labels;
  for (LoadLabel& label : labels) {
    const auto known = std::ranges::find(series.labels, label.name, &LoadLabel::name);
    if (known != series.labels.end()) label.points = std::move(known->points);
  }
  series.labels = std::move(labels);
}

LoadSeries totals_only(const LocustTotals& stats) {
  LoadSeries series;
  series.totals = stats.all;
  series.labels = stats.labels;
  return series;
}

/// The history was named: totals that are not its own stay out.
LoadSeries history_with(ImportInput& input, ByteSource& stats, const std::string& stats_name) {
  LoadSeries series = HistoryReader(input).read();
  const auto totals = read_totals(stats, stats_name);
  if (totals && counts_the_same(totals->all, series.totals))
    join_totals(series, *totals);
  else if (totals)
    series.warnings.push_back(stats_name +
                              " counts other requests and is not used; is it of another run?");
  return series;
}

/// The totals were named: they hold, and a history that breaks off before the end has the course as
/// far as it goes.
LoadSeries totals_with(const LocustTotals& totals, ImportInput& history) {
  constexpr double kLeastOfRun = 0.5;
  const std::string name = history.file.string();
  LoadSeries series = HistoryReader(history).read();
  const double all = totals.all.requests, seen = series.totals.requests;
  const bool same = counts_the_same(totals.all, series.totals);
  if (!same && (seen > all || seen < kLeastOfRun * all)) {
    series = totals_only(totals);
    series.warnings.push_back(name +
                              " counts other requests and is not used; is it of another run?");
    return series;
  }
  join_totals(series, totals);
  if (!same)
    series.warnings.push_back(name + " ends early: it has " + whole(seen) + " of " + whole(all) +
                              " requests");
  return series;
}

bool readable(const std::filesystem::path& file) {
  std::error_code unreadable;  // then it is not there for us
  return !file.empty() && std::filesystem::is_regular_file(file, unreadable);
}

bool looks_like_locust_history(std::string_view head) {
  const std::string_view line = head.substr(0, head.find('\n'));
  const bool has_time = line.starts_with("Timestamp,") || line.starts_with("\"Timestamp\",") ||
                        line.starts_with("\"Type\",\"Name\",\"Timestamp\"") ||
                        line.starts_with("Type,Name,Timestamp");
  return has_time && line.find("Requests/s") != std::string_view::npos;
}

LoadSeries read_locust_history(ImportInput& input) {
  const auto stats = sibling(input.file, kHistoryEnd, kStatsEnd);
  if (!readable(stats)) return HistoryReader(input).read();
  ByteSource source(stats);
  return history_with(input, source, stats.string());
}

bool looks_like_locust_stats(std::string_view head) {
  const std::string_view line = head.substr(0, head.find('\n'));
  const auto has = [&](std::string_view name) { return line.find(name) != line.npos; };
  const bool by_name = line.starts_with("Type,Name,") || line.starts_with("\"Type\",\"Name\",") ||
                       line.starts_with("Method,Name,") || line.starts_with("\"Method\",\"Name\",");
  return by_name && (has("Request Count") || has("# requests")) &&
         (has("Failure Count") || has("# failures")) && has("Requests/s") && !has("Timestamp");
}

LoadSeries read_locust_stats(ImportInput& input) {
  const auto history = sibling(input.file, kStatsEnd, kHistoryEnd);
  const auto totals = read_totals(input.source, input.file.string());
  if (readable(history)) {
    ByteSource source(history);
    ImportInput history_input{source, history, input.options, {}};
    LoadSeries series =
        totals ? totals_with(*totals, history_input) : HistoryReader(history_input).read();
    input.losses = history_input.losses;
    return series;
  }
  if (!totals) input.refuse("no row \"Aggregated\"; is the file complete?");
  LoadSeries series = totals_only(*totals);
  series.warnings.push_back("no course over time: the _stats_history.csv is not beside it");
  return series;
}

}  // namespace

const LoadFormat kLocustHistory{"locust", "_stats_history.csv", looks_like_locust_history,
                                read_locust_history};
const LoadFormat kLocustStats{"locust", "_stats.csv", looks_like_locust_stats, read_locust_stats};

}  // namespace tierwatch

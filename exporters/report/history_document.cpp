// SPDX-License-Identifier: MIT
#include "exporters/report/history_document.h"

#include <algorithm>

#include "collectors/seconds.h"
#include "collectors/text/plain_words.h"
#include "exporters/json/json_writer.h"
#include "exporters/json/snapshot_fields.h"
#include "exporters/report/report_words.h"
#include "exporters/report/run_tables.h"

namespace tierwatch {

TIERWATCH_FIELDS(HistorySession, begin, end, program, version, hostname, interval_seconds);
TIERWATCH_FIELDS(HistoryGap, at, kind, seconds);
TIERWATCH_FIELDS(HistoryRun, name, command, begin, end, exit_status);
TIERWATCH_FIELDS(RunMark, at, text);

void fields(auto& io, const LoadStretch& stretch) {
  TIERWATCH_OWN_NAMES(io, stretch, begin, end, mean_cores, peak_cores);
  if (!stretch.named) return;
  fields(io, *stretch.named);
  io("full_seconds", stretch.named_seconds);
}

void fields(auto& io, const VerdictEpisode& episode) {
  TIERWATCH_OWN_NAMES(io, episode, begin, end);
  fields(io, episode.what);
  io("full_seconds", episode.full_seconds);
}

void fields(auto& io, const EpisodeSum& sum) {
  fields(io, sum.what);
  io("times", sum.times);
  io("full_seconds", sum.full_seconds);
  io("last", sum.last);
}

namespace {

using Moment = std::chrono::system_clock::time_point;

constexpr int kHistoryFormatVersion = 1;

std::string resource_words(const TierResource& what) {
  return what.tier + " " + std::string(to_string(what.resource));
}

std::string span_words(Moment begin, Moment end) { return duration_words(seconds_of(end - begin)); }

/// The last rows, and a sentence about those before them.
template <typename Rows, typename Row>
ReportSection newest(std::string title, std::vector<ReportColumn> columns, const Rows& all,
                     std::size_t most, const Row& row) {
  ReportSection section{.title = std::move(title)};
  ReportTable table{.columns = std::move(columns)};
  const std::size_t left_out = all.size() > most ? all.size() - most : 0;
  for (std::size_t i = left_out; i < all.size(); ++i) table.rows.push_back(row(all[i]));
  if (left_out > 0)
    section.sentences.push_back("The newest " + std::to_string(most) + " of " +
                                std::to_string(all.size()) + "; --all shows all.");
  table = without_empty_columns(std::move(table));
  if (!table.rows.empty()) section.tables.push_back(std::move(table));
  return section;
}

void add_section(ReportDocument& document, ReportSection section) {
  if (!section.empty()) document.details.push_back(std::move(section));
}

std::string first_words(const HistoryOverview& history) {
  if (!history.oldest)
    return history.windowed ? "nothing was recorded in that time" : "nothing has been recorded yet";
  std::string words = span_words(*history.oldest, *history.newest) + " of history, from " +
                      local_time(*history.oldest) + " to " + local_time(*history.newest);
  if (history.sums.empty()) return words + "; no tier was full";
  const EpisodeSum& most = history.sums.front();
  words += "; full for the longest time: " + resource_words(most.what) + ", " +
           duration_words(most.full_seconds) + " in " + count_of(double(most.times), "episode");
  if (history.sums.size() > 1)
    words += "; " + count_of(double(history.sums.size() - 1), "other") + " below";
  return words;
}

std::string missing_words(const HistoryOverview& history) {
  const double span = seconds_of(*history.newest - *history.oldest);
  const double missing = std::max(0.0, span - history.covered_seconds);
  if (history.gaps.empty()) return "none";
  return count_of(double(history.gaps.size()), "gap") + ", " + duration_words(missing) +
         " without a sample";
}

void add_facts(const HistoryOverview& history, ReportDocument& document) {
  auto& facts = document.facts;
  facts.emplace_back("File", history.file + ", " + bytes_words(double(history.size_bytes)));
  if (!history.oldest) return;
  std::string samples = count_of(double(history.ticks), "sample");
  if (!history.sessions.empty() && history.sessions.back().interval_seconds > 0)
    samples += ", one in " + few_digits(history.sessions.back().interval_seconds) + " s";
  if (history.dropped_ticks > 0)
    samples += ", " + std::to_string(history.dropped_ticks) +
               " more could not be written: the disk was full or too slow";
  facts.emplace_back("Samples", samples);
  facts.emplace_back("Gaps", missing_words(history));
  if (history.sessions.empty()) return;
  const HistorySession& last = history.sessions.back();
  const char* still =
      history.grows ? ", which goes on writing" : ", which has not said that it ended";
  facts.emplace_back("Written by", last.program + " " + last.version + " on " + last.hostname +
                                       (last.end ? ", until " + local_time(*last.end) : still));
}

ReportTable sums_table(const HistoryOverview& history) {
  ReportTable table{.columns = {{"full", true}, {"episodes"}, {"full for"}, {"last"}}};
  for (const EpisodeSum& sum : history.sums)
    table.rows.push_back({resource_words(sum.what), std::to_string(sum.times),
                          duration_words(sum.full_seconds), local_time(sum.last)});
  return table;
}

void add_runs(const HistoryOverview& history, std::size_t most, ReportDocument& document) {
  add_section(
      document,
      newest("Recorded runs", {{"begin"}, {"for"}, {"name", true}, {"status"}, {"command", true}},
             history.runs, most, [](const HistoryRun& run) {
               return std::vector<std::string>{
                   local_time(run.begin), run.end ? span_words(run.begin, *run.end) : "not ended",
                   run.name, run.exit_status ? std::to_string(*run.exit_status) : "", run.command};
             }));
  ReportSection stretches = newest(
      "Stretches of load", {{"begin"}, {"for"}, {"cores"}, {"peak"}, {"full", true}, {"of it"}},
      history.stretches, most, [](const LoadStretch& one) {
        return std::vector<std::string>{
            local_time(one.begin),
            span_words(one.begin, one.end),
            two_digits(one.mean_cores),
            two_digits(one.peak_cores),
            one.named ? resource_words(*one.named) : "",
            one.named ? percent(std::min(1.0, one.named_seconds / one.seconds())) : ""};
      });
  if (!history.stretches.empty()) {
    const LoadStretch& last = history.stretches.back();
    stretches.sentences.push_back(
        "The tiers had three times as much to do as when they have least. The report of the last "
        "one: tierwatch report " +
        (history.option.empty() ? "" : history.option + " ") + "--from \"" +
        local_time(last.begin) + "\" --to \"" + local_time(last.end + std::chrono::seconds(1)) +
        "\"");
  }
  add_section(document, std::move(stretches));
}

}  // namespace

ReportDocument describe(const HistoryOverview& history, std::size_t most) {
  ReportDocument document{.title = "History " + history.file, .sentence = first_words(history)};
  add_facts(history, document);
  ReportTable sums = sums_table(history);
  if (!sums.rows.empty())
    document.details.push_back({.title = "Who was full", .tables = {std::move(sums)}});
  ReportSection episodes = newest("Episodes", {{"begin"}, {"lasts"}, {"full for"}, {"full", true}},
                                  history.episodes, most, [](const VerdictEpisode& one) {
                                    return std::vector<std::string>{
                                        local_time(one.begin), span_words(one.begin, one.end),
                                        duration_words(one.full_seconds), resource_words(one.what)};
                                  });
  const bool with_pauses = std::ranges::any_of(history.episodes, [](const VerdictEpisode& one) {
    return seconds_of(one.end - one.begin) > one.full_seconds + 1;
  });
  if (with_pauses)
    episodes.sentences.emplace_back(
        "An episode lasts over pauses; it is full for the time without them.");
  add_section(document, std::move(episodes));
  add_runs(history, most, document);
  add_section(document,
              newest("Marks", {{"at"}, {"", true}}, history.marks, most, [](const RunMark& mark) {
                return std::vector<std::string>{local_time(mark.at), mark.text};
              }));
  add_section(document, newest("Gaps", {{"before"}, {"what", true}, {"for"}}, history.gaps, most,
                               [](const HistoryGap& gap) {
                                 return std::vector<std::string>{local_time(gap.at), gap.kind,
                                                                 duration_words(gap.seconds)};
                               }));
  return document;
}

std::string history_json(const HistoryOverview& history, int indent) {
  JsonWriter io(JsonWriter::Style::kReport);
  io("format", "tierwatch-history");
  io("format_version", kHistoryFormatVersion);
  TIERWATCH_OWN_NAMES(io, history, file, size_bytes, oldest, newest, ticks, dropped_ticks,
                      covered_seconds, sessions, gaps, runs, stretches, episodes);
  io("full", history.sums);
  io("marks", history.marks);
  return json_text(io.take(), indent) + "\n";
}

}  // namespace tierwatch

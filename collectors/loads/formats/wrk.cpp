// SPDX-License-Identifier: MIT
//
// What wrk and wrk2 print. They tell no time of day and no course over time, totals only.
#include <algorithm>

#include "collectors/loads/formats/formats.h"
#include "collectors/loads/reading/number_text.h"
#include "collectors/loads/reading/summary_text.h"

namespace tierwatch {
namespace {

/// "     50%  292.00us" of wrk, "  50.000%  1.03ms" of wrk2.
void read_quantile(std::string_view line, LoadTotals& totals) {
  const auto words = words_of(line);
  if (words.size() != 2 || !words[0].ends_with('%')) return;
  const auto percent = parse_number<double>(words[0].substr(0, words[0].size() - 1));
  if (percent) totals.set_percentile(*percent, parse_unit_seconds(words[1]));
}

/// Of wrk2 with -U, a second distribution follows, of latencies that hide the waiting.
void read_distribution(std::string_view text, LoadTotals& totals) {
  const auto begin = text.find("Latency Distribution");
  if (begin == std::string_view::npos) return;
  text.remove_prefix(begin);
  take_line(text);
  for (int lines = 0; lines < 16 && !text.empty(); ++lines) {
    const std::string_view line = take_line(text);
    if (trimmed(line).find('%') == std::string_view::npos) return;
    read_quantile(line, totals);
  }
}

/// "    Latency     1.03ms    2.58ms  41.05ms   94.40%": mean, deviation, greatest.
void read_latency(std::string_view text, LoadTotals& totals) {
  const auto begin = text.find("Thread Stats");
  if (begin == std::string_view::npos) return;
  const auto row = text_after(text.substr(begin), "Latency");
  const auto words = words_of(row.value_or(std::string_view{}));
  if (words.size() < 3) return;
  totals.mean_seconds = parse_unit_seconds(words[0]);
  totals.max_seconds = parse_unit_seconds(words[2]);
}

struct SocketErrors {
  double broken = 0, late = 0;
};

SocketErrors socket_errors(std::string_view text, LoadSeries& series) {
  const auto errors = text_after(text, "Socket errors:");
  if (!errors) return {};
  SocketErrors found{number_after(*errors, "connect ").value_or(0) +
                         number_after(*errors, "read ").value_or(0) +
                         number_after(*errors, "write ").value_or(0),
                     number_after(*errors, "timeout ").value_or(0)};
  if (found.broken > 0 || found.late == 0)
    series.warnings.push_back("socket errors: " + std::string(*errors) +
                              "; those of connect, read and write count as failed requests, which "
                              "wrk leaves out of its own rate");
  if (found.late > 0)
    series.warnings.push_back("socket errors: " + std::string(*errors) +
                              "; requests over wrk's time-out (--timeout) count as failed, and "
                              "wrk's latencies are those of the others");
  return found;
}

/// wrk2 calibrates its threads, and says so where it ran for ten seconds and more; its percentiles
/// are named after HdrHistogram.
bool is_of_wrk2(std::string_view text) {
  return text.find("HdrHistogram") != text.npos || text.find("Thread calibration:") != text.npos;
}

bool looks_like_wrk_text(std::string_view head) {
  const auto has = [&](std::string_view text) { return head.find(text) != head.npos; };
  // autocannon's first line is the same; it counts connections only.
  return has("Running ") && has(" test @ ") && has(" threads and ") && has(" connections");
}

LoadSeries read_wrk_text(ImportInput& input) {
  const std::string whole = read_text(input);
  LoadSeries series;
  const std::string_view text = last_run(whole, "Running ", series.warnings);
  series.tool = is_of_wrk2(text) ? "wrk2" : "wrk";
  const auto end = text.find(" requests in ");
  if (end == std::string_view::npos)
    input.refuse(
        "no line \"N requests in D\", with which wrk ends; was it ended early, or its output cut?");
  const auto line = text.rfind('\n', end);
  const auto answered = parse_number<double>(trimmed(text.substr(line + 1, end - line - 1)));
  const auto rate = number_after(text, "Requests/sec:");
  const auto took = text_after(text, " requests in ");
  const auto seconds = parse_unit_seconds(took->substr(0, took->find(',')));
  if (!answered || !seconds) input.refuse("its line \"N requests in D\" cannot be read");
  if (!rate) input.refuse("its line \"Requests/sec:\" is not there; was its output cut?");

  LoadTotals& totals = series.totals;
  const SocketErrors failed = socket_errors(text, series);
  const double refused = number_after(text, "Non-2xx or 3xx responses:").value_or(0);
  // One that is late is answered as a rule, maybe with an error: how many are both is not known.
  totals.requests = failed.broken + std::max(*answered, failed.late);
  totals.errors = failed.broken + std::max(refused, failed.late);
  // Of many requests the rate has more digits than the time.
  const bool precise = rate && *rate * *seconds >= 1000;
  totals.seconds = precise ? *answered / *rate : *seconds;
  totals.users = number_after(text, "threads and ");
  read_latency(text, totals);
  read_distribution(text, totals);
  // It prints zeros, and -nan% of them near the mean, where it measured nothing.
  if (totals.max_seconds.value_or(0) <= 0) totals.forget_latency();
  return series;
}

}  // namespace

const LoadFormat kWrkText{"wrk", "text", looks_like_wrk_text, read_wrk_text};

}  // namespace tierwatch

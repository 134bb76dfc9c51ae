// SPDX-License-Identifier: MIT
#include "daemon/recorder/run_summary.h"

#include <algorithm>
#include <map>
#include <vector>

#include "collectors/seconds.h"
#include "collectors/text/plain_words.h"
#include "collectors/text/printable_text.h"

namespace tierwatch {
namespace {

std::string verdict_words(const RunSample& sample) {
  switch (sample.state) {
    case VerdictState::kSaturated:
      return sample.named
                 ? sample.named->tier + " " + std::string(to_string(sample.named->resource))
                 : "something full";
    case VerdictState::kClear:
      return "nothing full";
    case VerdictState::kUnknown:
      break;
  }
  return "not known yet";
}

std::string end_words(const RunRow& run) {
  if (!run.end) return "did not end while it was recorded";
  const std::string took = "took " + length_words(seconds_of(*run.end - run.begin));
  if (run.signal) return took + ", killed by signal " + std::to_string(*run.signal);
  return took + ", exit status " + std::to_string(run.exit_status.value_or(0));
}

std::string load_words(const LoadSeries& load) {
  std::string words = load.tool + ": " + whole(load.totals.requests) + " requests, " +
                      few_digits(load.totals.requests_per_second()) + " a second";
  if (!load.errors_known) return words + ", how many failed is not known";
  if (load.totals.errors > 0) words += ", " + whole(load.totals.errors) + " failed";
  return words;
}

/// "uwsgi 1240 samples, postgres 88 samples; 1.2 % of a core"
std::string looked_into(const RecordedInside& inside) {
  std::map<std::string, double> samples;
  double seconds = 0, cost = 0;
  for (const InsideStretch& stretch : inside.stretches) {
    for (const RecordedCount& count : stretch.counts)
      samples[stretch.tier] += static_cast<double>(count.samples);
    seconds += stretch.seconds;
    cost += stretch.cost_cores * stretch.seconds;  // of all tiers, at each of them
  }
  std::string words;
  for (const auto& [tier, count] : samples)
    words += (words.empty() ? "" : ", ") + tier + " " + count_of(count, "sample");
  if (words.empty()) return "nothing could be seen; the report says why";
  return words + "; took " + two_digits(100 * cost / seconds) + " % of a core";
}

std::string missing_words(const RecordedRun& run) {
  std::string words;
  if (run.dropped_ticks > 0)
    words += std::to_string(run.dropped_ticks) + " samples could not be written; ";
  for (const RecordedGap& gap : run.gaps)
    words += gap.kind + " (" + few_digits(gap.seconds) + " s); ";
  if (!words.empty()) words.resize(words.size() - 2);
  return words;
}

}  // namespace

std::string verdict_shares(const RecordedRun& run) {
  std::map<std::string, double> seconds;
  double all = 0;
  for (const RunSample& sample : run.samples) {
    if (sample.at < run.run.begin || (run.run.end && sample.at > *run.run.end)) continue;
    if (sample.facts.seconds <= 0) continue;  // the first of a recording stands for no time
    seconds[verdict_words(sample)] += sample.facts.seconds;
    all += sample.facts.seconds;
  }
  std::vector<std::pair<std::string, double>> sorted(seconds.begin(), seconds.end());
  std::ranges::stable_sort(sorted, std::ranges::greater{}, &std::pair<std::string, double>::second);
  std::string words;
  for (const auto& [what, lasted] : sorted)
    words += (words.empty() ? "" : ", ") + what + " " + percent(lasted / all);
  return words.empty() ? "no sample" : words;
}

std::string run_summary(const std::filesystem::path& file) {
  try {
    const RecordedRun run = read_recorded_run(file);
    std::string text = "  run      " + printable(run.run.name) + " " + end_words(run.run) + "\n";
    text += "  verdicts " + printable(verdict_shares(run)) + "\n";
    for (const LoadSeries& load : run.loads)
      text += "  load     " + printable(load_words(load)) + "\n";
    if (!run.inside.empty()) text += "  inside   " + printable(looked_into(run.inside)) + "\n";
    if (const std::string missing = missing_words(run); !missing.empty())
      text += "  missing  " + printable(missing) + "\n";
    return text + "  recorded " + printable(file.string()) + "\n";
  } catch (const RecordingError& error) {
    return told_line(error.what());
  }
}

}  // namespace tierwatch

// SPDX-License-Identifier: MIT
#include "exporters/report/run_tables.h"

#include <algorithm>

#include "collectors/text/plain_words.h"
#include "exporters/report/report_words.h"

namespace tierwatch {
namespace {

constexpr std::size_t kMostEvents = 50;
constexpr double kTooFar = 100;  ///< headroom of a ceiling that nobody needs to know

std::string named_words(const Verdict& verdict) {
  const auto named = verdict.named();
  if (!named) return "";
  std::string words = named->tier + " " + std::string(to_string(named->resource));
  for (const TierResource& joint : verdict.joint_with)
    words += " + " + joint.tier + " " + std::string(to_string(joint.resource));
  return words;
}

std::string of_limit(const std::optional<double>& used, const std::optional<double>& limit,
                     std::string (*format)(double)) {
  if (!used) return std::string(kAbsent);
  return limit ? format(*used) + " of " + format(*limit) : format(*used);
}

std::string queue_words(const TierAtStep& tier) {
  if (!tier.queue_mean && !tier.queue_peak) return std::string(kAbsent);
  return or_absent(tier.queue_mean, few_digits) + " / " +
         of_limit(tier.queue_peak, tier.queue_limit, whole);
}

std::string waits_words(const TierAtStep& tier) {
  if (tier.waits_for.empty()) return "";
  return tier.waits_share ? tier.waits_for + " " + percent(*tier.waits_share) : tier.waits_for;
}

std::string shape_words(const StepFindings& step) {
  std::string words =
      step.shape == StepShape::kUnknown ? std::string() : std::string(to_string(step.shape));
  if (step.load.short_data) words += words.empty() ? "short" : ", short";
  return words;
}

std::vector<std::string> step_row(const StepFindings& step) {
  const LoadStep& load = step.load;
  const auto& rate = load.requests_per_second;
  return {elapsed_figure(step.from_run_begin_seconds),
          length_words(load.seconds()),
          or_absent(load.users, whole),
          rate ? rate_figure(rate->value) : std::string(kAbsent),
          rate ? spread_figure(*rate) : "",
          or_absent(load.error_ratio, ratio_figure),
          or_absent(load.p50_seconds ? load.p50_seconds : load.mean_seconds, latency_figure),
          or_absent(load.p95_seconds, latency_figure),
          or_absent(load.p99_seconds, latency_figure),
          shape_words(step),
          named_words(step.verdict)};
}

}  // namespace

ReportTable without_empty_columns(ReportTable table) {
  for (std::size_t column = table.columns.size(); column-- > 1;) {
    const bool empty = std::ranges::all_of(
        table.rows, [&](const auto& row) { return row[column].empty() || row[column] == kAbsent; });
    if (!empty) continue;
    table.columns.erase(table.columns.begin() + std::ptrdiff_t(column));
    for (auto& row : table.rows) row.erase(row.begin() + std::ptrdiff_t(column));
  }
  if (table.columns.size() < 2) table.rows.clear();
  return table;
}

ReportTable steps_table(const RunFindings& findings) {
  const bool median = std::ranges::any_of(
      findings.steps, [](const StepFindings& step) { return step.load.p50_seconds.has_value(); });
  ReportTable table{.columns = {{"from"},
                                {"for"},
                                {"users"},
                                {"req/s"},
                                {"95 %"},
                                {"failed"},
                                {median ? "p50" : "mean"},
                                {"p95"},
                                {"p99"},
                                {"curve", true},
                                {"full", true}}};
  for (const StepFindings& step : findings.steps) table.rows.push_back(step_row(step));
  return without_empty_columns(std::move(table));
}

ReportTable cpu_table(const StepFindings& step) {
  ReportTable table{
      .columns = {
          {"tier", true}, {"cores"}, {"of"}, {"full"}, {"wait for cpu"}, {"bound by", true}}};
  for (const TierAtStep& tier : step.tiers)
    table.rows.push_back({tier.tier, or_absent(tier.cpu_cores, two_digits),
                          or_absent(tier.capacity_cores, few_digits),
                          or_absent(tier.utilization_ratio, percent),
                          or_absent(tier.run_delay_ratio, percent), tier.bound});
  if (step.host.processors > 0 && step.host.busy_cores && !table.rows.empty())
    table.rows.push_back({"host", two_digits(*step.host.busy_cores),
                          few_digits(step.host.processors),
                          percent(*step.host.busy_cores / step.host.processors),
                          or_absent(step.host.cpu_pressure_ratio, percent), "all processes"});
  return without_empty_columns(std::move(table));
}

ReportTable work_table(const StepFindings& step) {
  ReportTable table{.columns = {{"tier", true},
                                {"busy workers"},
                                {"queue mean / peak"},
                                {"queued"},
                                {"wait in queue"},
                                {"workers wait for", true}}};
  for (const TierAtStep& tier : step.tiers) {
    if (!tier.busy_workers && !tier.queue_peak && tier.waits_for.empty()) continue;
    table.rows.push_back({tier.tier, of_limit(tier.busy_workers, tier.workers, few_digits),
                          queue_words(tier), or_absent(tier.queued_ratio, percent),
                          or_absent(tier.queue_wait_seconds, latency_figure), waits_words(tier)});
  }
  return without_empty_columns(std::move(table));
}

ReportTable room_table(const StepFindings& step) {
  ReportTable table{
      .columns = {
          {"tier", true}, {"memory"}, {"memory of its cgroup"}, {"open files"}, {"connections"}}};
  for (const TierAtStep& tier : step.tiers)
    table.rows.push_back({tier.tier, or_absent(tier.memory_bytes, bytes_words),
                          tier.memory_limit_bytes ? of_limit(tier.memory_used_bytes,
                                                             tier.memory_limit_bytes, bytes_words)
                                                  : std::string(kAbsent),
                          of_limit(tier.fds_open, tier.fds_limit, whole),
                          of_limit(tier.connections, tier.connections_limit, whole)});
  return without_empty_columns(std::move(table));
}

ReportTable demand_table(const RunFindings& findings) {
  ReportTable table{.columns = {{"tier", true},
                                {"cpu / request"},
                                {"95 %"},
                                {"of all"},
                                {"under load"},
                                {"idle cores"},
                                {"holds worker"}}};
  for (const TierDemand& tier : findings.demand.tiers) {
    if (tier.cpu.seconds.value <= 0 && !tier.workers) continue;  // it has no part in this load
    table.rows.push_back(
        {tier.tier, latency_figure(tier.cpu.seconds.value), spread_figure(tier.cpu.seconds),
         percent(tier.share),
         tier.cpu.inflation_ratio ? "× " + two_digits(*tier.cpu.inflation_ratio) : "",
         two_digits(tier.cpu.idle),
         tier.workers ? latency_figure(tier.workers->seconds.value) : std::string(kAbsent)});
  }
  return without_empty_columns(std::move(table));
}

ReportTable ceilings_table(const RunFindings& findings) {
  ReportTable table{
      .columns = {
          {"ceiling of", true}, {"req/s"}, {"95 %"}, {"used"}, {"headroom"}, {"bound by", true}}};
  for (const Ceiling& ceiling : findings.demand.ceilings) {
    if (ceiling.headroom_ratio.value_or(0) > kTooFar && !table.rows.empty()) continue;
    table.rows.push_back({ceiling.tier + " " + std::string(to_string(ceiling.resource)),
                          rate_figure(ceiling.requests_per_second.value),
                          range_figure(ceiling.requests_per_second, rate_figure),
                          or_absent(ceiling.used_ratio, percent),
                          or_absent(ceiling.headroom_ratio, change_figure), ceiling.bound});
  }
  return without_empty_columns(std::move(table));
}

ReportTable events_table(const RunFindings& findings) {
  ReportTable table{.columns = {{"at"}, {"what", true}, {"tier", true}, {"", true}}};
  for (const RunEvent& event : findings.events) {
    if (table.rows.size() == kMostEvents) {
      table.rows.push_back(
          {"", "and " + std::to_string(findings.events.size() - kMostEvents) + " more", "", ""});
      break;
    }
    const std::chrono::duration<double> from_begin = event.at - findings.label.begin;
    table.rows.push_back({elapsed_figure(from_begin.count()), event.kind, event.tier, event.text});
  }
  return without_empty_columns(std::move(table));
}

ReportTable thresholds_table(const RunFindings& findings) {
  ReportTable table{.columns = {{"fails if", true}, {"outcome", true}, {"measured", true}}};
  for (const ThresholdAnswer& answer : findings.thresholds)
    table.rows.push_back({answer.condition, std::string(to_string(answer.outcome)), answer.words});
  return table;
}

std::string thresholds_sentence(const RunFindings& findings) {
  const auto& all = findings.thresholds;
  if (all.empty()) return "";
  using Outcome = ThresholdAnswer::Outcome;
  const auto exceeded = std::ranges::count(all, Outcome::kExceeded, &ThresholdAnswer::outcome);
  const auto unknown = std::ranges::count(all, Outcome::kUnknown, &ThresholdAnswer::outcome);
  const std::string of = " of " + count_of(double(all.size()), "threshold");
  if (exceeded == 0 && unknown == 0)
    return all.size() == 1 ? "The threshold is passed." : "All " + of.substr(4) + " are passed.";
  std::string words;
  if (exceeded > 0)
    words = std::to_string(exceeded) + of + (exceeded == 1 ? " is exceeded" : " are exceeded");
  if (unknown > 0)
    words += (words.empty() ? std::to_string(unknown) + of : ", " + std::to_string(unknown)) +
             " cannot be judged, which is no pass";
  return words + ".";
}

}  // namespace tierwatch

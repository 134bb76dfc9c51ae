// SPDX-License-Identifier: MIT
#include "analysis/load/offered_load.h"

#include <algorithm>

#include "collectors/seconds.h"
#include "collectors/text/plain_words.h"

namespace tierwatch {
namespace {

using OfferedTime = std::chrono::system_clock::time_point;

constexpr double kFallsShort = 0.02;     ///< of what was offered: less is rounding and edges
constexpr double kStillSends = 0.5;      ///< of the rate so far
constexpr double kHiddenAtLeast = 1e-3;  ///< of the requests: less is not told

/// Of totals, one point.
std::vector<LoadPoint> points_or_whole(const LoadSeries& load) {
  if (!load.points.empty() || load.totals.seconds <= 0) return load.points;
  LoadPoint whole{.length = duration_of(load.totals.seconds),
                  .requests = load.totals.requests,
                  .errors = load.totals.errors,
                  .users = load.totals.users};
  whole.mean_seconds = load.totals.mean_seconds;
  whole.dropped = load.totals.dropped;
  return {whole};
}

/// What was sent, and what was due, in a stretch of time.
struct SentSums {
  double seconds = 0, sent = 0, due = 0;
};

/// What a step holds, summed over its points.
struct StepSums {
  double seconds = 0, requests = 0, user_seconds = 0;
  SentSums sending;  ///< until only answers were left
  bool starts_known = true, users_known = true;
};

/// Up to the last point in which at least half as much was due as before: behind it are stragglers
/// and answers.
class SendingTime {
 public:
  void add(const LoadPoint& point) {
    const double seconds = seconds_of(point.length);
    const double sent = point.started.value_or(0), due = sent + point.dropped.value_or(0);
    all_ = {all_.seconds + seconds, all_.sent + sent, all_.due + due};
    const bool goes_on = due * sending_.seconds >= kStillSends * sending_.due * seconds;
    if (due > 0 && goes_on) sending_ = all_;
  }
  const SentSums& sums() const { return sending_; }

 private:
  SentSums all_, sending_;
};

StepSums sums_in(const LoadStep& step, std::span<const LoadPoint> points, OfferedTime start) {
  StepSums sums;
  SendingTime sending;
  for (const LoadPoint& point : points) {
    const OfferedTime middle =
        start + std::chrono::duration_cast<OfferedTime::duration>(point.begin + point.length / 2);
    if (middle < step.begin || middle > step.end) continue;
    const double seconds = seconds_of(point.length);
    sums.seconds += seconds;
    sums.requests += point.requests;
    sending.add(point);
    sums.user_seconds += point.users.value_or(0) * seconds;
    sums.starts_known &= point.started.has_value();
    sums.users_known &= point.users.has_value();
  }
  sums.sending = sending.sums();
  return sums;
}

std::optional<double> due_per_second(const StepSums& sums, const OfferedLoad& load) {
  const LoadModel model = load.sending.model;
  if (model == LoadModel::kClosed || model == LoadModel::kUnknown) return std::nullopt;
  if (load.asked_per_second) return load.asked_per_second;
  if (model == LoadModel::kOpen)
    return sums.starts_known && sums.sending.seconds > 0
               ? std::optional(sums.sending.due / sums.sending.seconds)
               : std::nullopt;
  if (!load.sending.pace_seconds || !sums.users_known) return std::nullopt;
  return sums.user_seconds / *load.sending.pace_seconds / sums.seconds;
}

OfferedInStep offered_in(const StepSums& sums, const OfferedLoad& load) {
  if (sums.seconds <= 0) return {};
  OfferedInStep step{.offered_per_second = due_per_second(sums, load)};
  step.achieved_per_second = sums.requests / sums.seconds;
  if (sums.starts_known && sums.sending.seconds > 0)
    step.sent_per_second = sums.sending.sent / sums.sending.seconds;
  if (step.offered_per_second.value_or(0) > 0)
    step.short_ratio = std::max(0.0, 1 - *step.achieved_per_second / *step.offered_per_second);
  return step;
}

std::string why_not_offered(const OfferedLoad& load) {
  switch (load.sending.model) {
    case LoadModel::kClosed:
      return "What was offered is not known: a closed load asks for as much as is answered, and "
             "for "
             "less while answers are slow. A load of a fixed rate (wrk2, vegeta, k6's arrival "
             "rates) "
             "shows what the server makes of it.";
    case LoadModel::kUnknown:
      return "What was offered is not known: " + load.sending.words + ".";
    case LoadModel::kPaced:
    case LoadModel::kOpen:
      break;
  }
  return "What was offered is not known: neither the file nor the load generator's command tells "
         "the "
         "rate.";
}

std::string offered_words(const OfferedLoad& load) {
  const OfferedInStep* worst = nullptr;
  bool known = false;
  for (const OfferedInStep& step : load.steps) {
    known |= step.short_ratio.has_value();
    if (step.short_ratio.value_or(0) >= kFallsShort &&
        (!worst || *step.short_ratio > *worst->short_ratio))
      worst = &step;
  }
  if (!known) return why_not_offered(load);
  if (!worst) return "What was offered was achieved in all steps.";
  std::string words = "Of " + rate_words(*worst->offered_per_second) + " offered, " +
                      rate_words(*worst->achieved_per_second) +
                      " were achieved: " + percent(*worst->short_ratio) + " less";
  if (worst->sent_per_second)
    words += *worst->sent_per_second < (1 - kFallsShort) * *worst->offered_per_second
                 ? "; the load generator sent only " + rate_words(*worst->sent_per_second)
                 : "; all were sent";
  return words + ".";
}

std::string dropped_words(const OfferedLoad& load) {
  if (load.dropped.value_or(0) <= 0) return "";
  return " " + count_of(*load.dropped, "request") +
         " were due and never sent, and are in no percentile.";
}

std::string hidden_words_of(const HiddenRequests& hidden, const LoadTotals& totals) {
  std::string words = "Coordinated omission hides at least " +
                      count_of(hidden.requests, "request") + " (" + percent(hidden.ratio) +
                      " of those that were due): users waited for answers, in " +
                      length_words(hidden.stalled_seconds) + ", while they were due.";
  if (hidden.p99_seconds && *hidden.p99_seconds > totals.p99_seconds.value_or(0)) {
    words += " With them the 99th percentile is at least " + length_words(*hidden.p99_seconds);
    if (totals.p99_seconds) words += ", not " + length_words(*totals.p99_seconds);
    words += ".";
  }
  return words;
}

/// Totals alone show how many are missing, not how long they would have waited.
std::optional<HiddenRequests> hidden_in_totals(const LoadSeries& load, double per_second) {
  const double due = per_second * load.totals.seconds;
  const double missing = due - load.totals.requests;
  if (due <= 0 || missing <= 0) return std::nullopt;
  return HiddenRequests{.requests = missing,
                        .ratio = missing / due,
                        .stalled_seconds = load.totals.seconds,
                        .p99_seconds = {}};
}

/// Without them nobody can say how many requests were due.
bool tells_users(const LoadSeries& load) {
  return std::ranges::any_of(load.points,
                             [](const LoadPoint& point) { return point.users.has_value(); });
}

void set_hidden(const LoadSeries& load, const LoadPlan& plan, OfferedLoad& offered) {
  const SendingModel& sending = offered.sending;
  if (plan.latency_from_due) {
    offered.hidden_words =
        "Latency counts from when a request was due: coordinated omission hides nothing.";
  } else if (sending.model == LoadModel::kOpen) {
    offered.hidden_words =
        "Requests do not wait for each other: coordinated omission hides nothing." +
        dropped_words(offered);
  } else if (sending.model == LoadModel::kPaced && sending.pace_seconds &&
             (plan.requests_per_second || tells_users(load))) {
    offered.hidden =
        load.points.empty() && plan.requests_per_second
            ? hidden_in_totals(load, *plan.requests_per_second)
            : find_hidden(load.points, *sending.pace_seconds, plan.requests_per_second);
    if (offered.hidden && offered.hidden->ratio < kHiddenAtLeast) offered.hidden.reset();
    offered.hidden_words =
        offered.hidden ? hidden_words_of(*offered.hidden, load.totals)
                       : "Users kept their pace: coordinated omission hides hardly anything.";
  } else if (sending.model == LoadModel::kClosed) {
    offered.hidden_words =
        "What coordinated omission hides is not known: without a pace nobody can say which "
        "requests "
        "would have been sent while all users waited.";
  } else {
    offered.hidden_words = "What coordinated omission hides is not known, either.";
  }
}

}  // namespace

OfferedLoad find_offered(const LoadSeries& load, std::span<const LoadStep> steps,
                         std::optional<OfferedTime> start, const std::string& command) {
  LoadPlan plan = load_plan(load.tool, command);
  // A command that ran the tool several times does not tell the rate of one of them.
  if (load.points_are_runs) plan.requests_per_second = plan.connections = std::nullopt;
  OfferedLoad offered{.sending = find_sending_model(load, plan),
                      .asked_per_second = plan.requests_per_second,
                      .asked_by = plan.requests_per_second ? plan.option : "",
                      .steps = {},
                      .dropped = load.totals.dropped};
  const std::vector<LoadPoint> points = points_or_whole(load);
  if (start)
    for (const LoadStep& step : steps)
      offered.steps.push_back(offered_in(sums_in(step, points, *start), offered));
  offered.words = offered_words(offered);
  set_hidden(load, plan, offered);
  return offered;
}

}  // namespace tierwatch

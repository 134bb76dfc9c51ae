// SPDX-License-Identifier: MIT
#include "analysis/runs/endpoints.h"

#include <algorithm>

#include "analysis/runs/run_steps.h"
#include "collectors/seconds.h"
#include "collectors/text/plain_words.h"

namespace tierwatch {
namespace {

using EndpointTime = std::chrono::system_clock::time_point;

constexpr double kMuchSlower = 1.5;
constexpr double kSlowerSeconds = 0.005;
constexpr double kEnoughRequests = 20;  ///< in a step, for a latency that is compared

/// A mean over stretches, weighted by requests.
class WeightedMean {
 public:
  void add(const std::optional<double>& value, double weight) {
    if (!value || weight <= 0) return;
    sum_ += *value * weight;
    weight_ += weight;
  }
  std::optional<double> value() const {
    return weight_ > 0 ? std::optional(sum_ / weight_) : std::nullopt;
  }

 private:
  double sum_ = 0, weight_ = 0;
};

struct StepOfLabel {
  RequestsOfNameInStep seen;
  double requests = 0;
};

/// The part of a stretch that lies in the step, 0 to 1.
double part_within(const LoadPoint& point, const LoadStep& step, EndpointTime start) {
  const auto clock = [](std::chrono::nanoseconds time) {
    return std::chrono::duration_cast<EndpointTime::duration>(time);
  };
  const EndpointTime begin = start + clock(point.begin), end = begin + clock(point.length);
  const double common = seconds_of(std::min(end, step.end) - std::max(begin, step.begin));
  const double length = seconds_of(point.length);
  return length > 0 ? std::clamp(common / length, 0.0, 1.0) : 0;
}

/// What is partly in the step counts as far as it is.
StepOfLabel label_in_step(const LoadLabel& label, const LoadStep& step, EndpointTime start) {
  double requests = 0, errors = 0;
  WeightedMean mean, p50, p95, p99;
  for (const LoadPoint& point : label.points) {
    const double part = part_within(point, step, start), weight = part * point.requests;
    requests += weight;
    errors += part * point.errors;
    mean.add(point.mean_seconds, weight);
    p50.add(point.p50_seconds, weight);
    p95.add(point.p95_seconds, weight);
    p99.add(point.p99_seconds, weight);
  }
  StepOfLabel of_step{.requests = requests};
  if (step.seconds() > 0) of_step.seen.requests_per_second = requests / step.seconds();
  if (requests > 0) of_step.seen.error_ratio = errors / requests;
  of_step.seen.mean_seconds = mean.value();
  of_step.seen.p50_seconds = p50.value();
  of_step.seen.p95_seconds = p95.value();
  of_step.seen.p99_seconds = p99.value();
  return of_step;
}

std::optional<double> telling_latency(const RequestsOfNameInStep& step) {
  return step.p95_seconds ? step.p95_seconds : step.mean_seconds;
}

/// Steps by load, least first; empty where load is not known.
std::vector<std::size_t> steps_by_load(std::span<const StepFindings> steps) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (!load_of(steps[i].load)) return {};
    order.push_back(i);
  }
  std::ranges::stable_sort(order, {}, [&](std::size_t i) { return *load_of(steps[i].load); });
  return order;
}

void find_slow(const std::vector<StepOfLabel>& seen, std::span<const std::size_t> order,
               RequestsOfName& endpoint) {
  std::optional<double> least;
  for (const std::size_t i : order) {
    const auto latency = telling_latency(seen[i].seen);
    if (!latency || seen[i].requests < kEnoughRequests) continue;
    if (!least) {
      least = latency;
      continue;
    }
    if (*least <= 0 || *latency < kMuchSlower * *least || *latency < *least + kSlowerSeconds)
      continue;
    endpoint.slow_step = i;
    endpoint.slower_ratio = *latency / *least;
    return;
  }
}

RequestsOfName findings_of(const LoadLabel& label, std::span<const StepFindings> steps,
                           std::optional<EndpointTime> start, double run_seconds) {
  RequestsOfName endpoint{.name = label.name,
                          .requests = label.requests,
                          .mean_seconds = label.mean_seconds,
                          .p50_seconds = label.p50_seconds,
                          .p95_seconds = label.p95_seconds,
                          .p99_seconds = label.p99_seconds,
                          .max_seconds = label.max_seconds,
                          .steps = {}};
  if (run_seconds > 0) endpoint.requests_per_second = label.requests / run_seconds;
  if (label.requests > 0) endpoint.error_ratio = label.errors / label.requests;
  if (!start || label.points.empty()) return endpoint;
  std::vector<StepOfLabel> seen;
  for (const StepFindings& step : steps) {
    seen.push_back(label_in_step(label, step.load, *start));
    endpoint.steps.push_back(seen.back().seen);
  }
  find_slow(seen, steps_by_load(steps), endpoint);
  return endpoint;
}

std::string latency_said(double seconds) { return few_digits(seconds * 1000) + " ms"; }

std::string slow_words(const RequestsOfName& endpoint, std::span<const StepFindings> steps) {
  const RequestsOfNameInStep& slow = endpoint.steps[*endpoint.slow_step];
  const double latency = *telling_latency(slow);
  const LoadStep& load = steps[*endpoint.slow_step].load;
  const std::string at =
      load.users ? count_of(*load.users, "user") : rate_words(load.requests_per_second->value);
  return "First to get slow: " + endpoint.name + ", " + (slow.p95_seconds ? "p95 " : "mean ") +
         latency_said(latency) + " at " + at + ", " +
         latency_said(latency / *endpoint.slower_ratio) + " with least load (× " +
         few_digits(*endpoint.slower_ratio) + ").";
}

/// Those that get slow at less load first; at the same, those that get slower.
void order_slow(std::span<const StepFindings> steps, NamedRequests& found) {
  const std::vector<std::size_t> order = steps_by_load(steps);
  const auto place = [&](std::size_t step) {
    return std::ranges::find(order, step) - order.begin();
  };
  for (std::size_t i = 0; i < found.endpoints.size(); ++i)
    if (found.endpoints[i].slow_step) found.slow_first.push_back(i);
  std::ranges::stable_sort(found.slow_first, [&](std::size_t a, std::size_t b) {
    const RequestsOfName &one = found.endpoints[a], &other = found.endpoints[b];
    const auto at = place(*one.slow_step), other_at = place(*other.slow_step);
    return at != other_at ? at < other_at : *one.slower_ratio > *other.slower_ratio;
  });
  if (!found.slow_first.empty())
    found.words = slow_words(found.endpoints[found.slow_first.front()], steps);
  else if (order.size() > 1 && !found.endpoints.empty() && !found.endpoints[0].steps.empty())
    found.words = "None gets much slower with the load.";
}

}  // namespace

NamedRequests find_endpoints(const LoadSeries* load, std::span<const StepFindings> steps,
                             std::optional<EndpointTime> start) {
  NamedRequests found;
  if (!load || load->labels.empty()) return found;
  for (const LoadLabel& label : load->labels)
    found.endpoints.push_back(findings_of(label, steps, start, load->totals.seconds));
  if (load->other_labels) {
    found.others = findings_of(*load->other_labels, steps, start, load->totals.seconds);
    found.other_count = load->other_label_count;
    found.others_are_more = load->other_labels_are_more;
  }
  order_slow(steps, found);
  return found;
}

}  // namespace tierwatch

// SPDX-License-Identifier: MIT
#include "tests/support/synthetic_run.h"

#include <algorithm>
#include <cmath>
#include <random>

#include "tests/support/judge_cases.h"

namespace tierwatch {
namespace {

using std::chrono::system_clock;

const system_clock::time_point kBegin{std::chrono::seconds(1'760'000'000)};

struct Solution {
  double rate = 0;
  double response = 0;
  std::vector<double> at_tier;  ///< requests there, waiting or served
};

/// Mean value analysis of a closed network; a station of m servers is one of demand D/m and a delay
/// of D·(m−1)/m (Seidmann). Requests that wait for the mail server hold a worker: a station of
/// `workers` servers.
Solution solve(const SyntheticStack& stack, double users, double dearer) {
  std::vector<double> demands, servers;
  for (const SyntheticTier& tier : stack.tiers) {
    demands.push_back(tier.demand_seconds * dearer);
    servers.push_back(std::max(1.0, tier.capacity_cores));
    if (tier.capacity_cores < 1) demands.back() /= tier.capacity_cores;
  }
  demands.push_back(stack.mail_seconds);
  servers.push_back(stack.workers);
  std::vector<double> queue(demands.size(), 0);
  Solution solution;
  const int whole_users = std::max(1, int(std::lround(users)));
  for (int n = 1; n <= whole_users; ++n) {
    std::vector<double> response(demands.size());
    solution.response = 0;
    for (std::size_t k = 0; k < demands.size(); ++k) {
      const double m = servers[k];
      response[k] = demands[k] / m * (1 + queue[k]);
      solution.response += response[k] + demands[k] * (m - 1) / m;
    }
    solution.rate = n / (stack.think_seconds + solution.response);
    for (std::size_t k = 0; k < demands.size(); ++k) queue[k] = solution.rate * response[k];
  }
  for (std::size_t k = 0; k < demands.size(); ++k)
    solution.at_tier.push_back(queue[k] +
                               solution.rate * demands[k] * (servers[k] - 1) / servers[k]);
  return solution;
}

double utilization(const SyntheticStack& stack, double rate) {
  double most = 0;
  for (const SyntheticTier& tier : stack.tiers)
    most = std::max(most, rate * tier.demand_seconds / tier.capacity_cores);
  return std::min(1.0, most);
}

struct Loaded {
  Solution solution;
  double dearer = 1;
};

Loaded solve(const SyntheticStack& stack, double users) {
  Loaded loaded;
  for (int round = 0; round < (stack.inflation > 0 ? 20 : 1); ++round) {
    loaded.solution = solve(stack, users, loaded.dearer);
    loaded.dearer = 1 + stack.inflation * utilization(stack, loaded.solution.rate);
  }
  return loaded;
}

class Noise {
 public:
  explicit Noise(const SyntheticStack& stack) : stack_(stack), random_(stack.seed) {
    run_ = 1 + stack.run_noise * normal_(random_);
  }
  double run() const { return run_; }
  /// Leans on the last one.
  double second() {
    const double rho = stack_.correlation;
    state_ = rho * state_ + std::sqrt(1 - rho * rho) * normal_(random_);
    return std::max(0.1, 1 + stack_.noise * state_);
  }
  double cpu() { return std::max(0.1, 1 + stack_.cpu_noise * normal_(random_)); }

 private:
  const SyntheticStack& stack_;
  std::mt19937 random_;
  std::normal_distribution<double> normal_;
  double run_ = 1, state_ = 0;
};

void set_cpu(TierFacts& tier, double cores) {
  tier.cpu_cores = tier.serving_cores = tier.thread_run_cores = cores;
  tier.run_delay_cores = 0.02 * cores;
  const double processes = std::max(1.0, tier.worker_processes.value_or(1));
  tier.hottest_process->cores = tier.hottest_thread->cores = std::min(1.0, cores / processes);
}

/// uWSGI's workers are held while anything behind it works or waits; who finds none free queues.
void set_workers(const SyntheticStack& stack, const Solution& solution, double factor,
                 TierFacts& tier) {
  double here = 0;
  for (std::size_t k = 1; k < solution.at_tier.size(); ++k) here += solution.at_tier[k] * factor;
  tier.workers = tier.worker_processes = stack.workers;
  tier.processes = stack.workers + 1;
  tier.busy_workers = std::min(stack.workers, here);
  ListenerFacts& listener = tier.listeners->front();
  listener.queue_mean = std::max(0.0, here - stack.workers);
  listener.queue_peak = std::ceil(listener.queue_mean);
  listener.queued_ratio = here > stack.workers + 1 ? 1.0 : here > stack.workers ? 0.3 : 0.0;
  if (stack.mail_seconds > 0 && here > 0)
    tier.waits = {{WaitFacts::For::kExternal, "10.0.0.9:25", solution.at_tier.back() / here}};
}

JudgeInput facts_of(const SyntheticStack& stack, double users, double rate, const Loaded& loaded,
                    Noise& noise) {
  JudgeInput facts = quiet_stack();
  facts.seconds = 1;
  facts.host.processors = stack.processors;
  double busy = 0.1;
  const double factor = loaded.solution.rate > 0 ? rate / loaded.solution.rate : 0;
  for (const SyntheticTier& tier : stack.tiers) {
    TierFacts& one = tier_of(facts, tier.name);
    one.quota.reset();
    one.allowed_cpus = stack.processors;
    if (tier.name == "uwsgi") set_workers(stack, loaded.solution, factor, one);
    const double cores = tier.idle_cores + rate * tier.demand_seconds * loaded.dearer * noise.cpu();
    set_cpu(one, std::min(cores, tier.capacity_cores));
    busy += *one.cpu_cores;
  }
  TierFacts& uwsgi = tier_of(facts, "uwsgi");
  const double capacity = stack.tiers[1].capacity_cores;
  if (stack.quota)
    uwsgi.quota = {.cores = capacity,
                   .used_cores = uwsgi.cpu_cores,
                   .throttled_ratio = *uwsgi.cpu_cores > 0.95 * capacity ? 0.9 : 0.0};
  else if (capacity < stack.processors)
    uwsgi.allowed_cpus = capacity;
  tier_of(facts, "nginx").worst_fds = {
      .pid = 9, .open = 20 + stack.fds_per_user * users, .limit = 1024};
  facts.host.busy_cores = std::min(busy, stack.processors);
  return facts;
}

void add_point(const SyntheticStack& stack, double second, double users, double rate,
               const Loaded& loaded, LoadSeries& load) {
  LoadPoint point{.begin = std::chrono::nanoseconds(std::int64_t(second * 1e9)),
                  .requests = std::round(rate),
                  .errors = std::round(rate * stack.errors_ratio),
                  .users = users};
  const double response = loaded.solution.response * (loaded.solution.rate / std::max(1.0, rate));
  point.mean_seconds = response;
  point.p50_seconds = 0.8 * response;
  point.p95_seconds = 2.2 * response;
  point.p99_seconds = 3.5 * response;
  load.totals.requests += point.requests;
  load.totals.errors += point.errors;
  load.totals.seconds += 1;
  load.points.push_back(point);
}

}  // namespace

double true_throughput(const SyntheticStack& stack, double users) {
  return solve(stack, users).solution.rate;
}

double true_ceiling(const SyntheticStack& stack) {
  double least = stack.mail_seconds > 0 ? stack.workers / stack.mail_seconds : 1e300;
  for (const SyntheticTier& tier : stack.tiers)
    least = std::min(least, tier.capacity_cores / tier.demand_seconds / (1 + stack.inflation));
  return least;
}

SyntheticRun synthetic_run(const SyntheticStack& stack) {
  SyntheticRun run;
  Noise noise(stack);
  SyntheticStack slower = stack;
  for (SyntheticTier& tier : slower.tiers) tier.demand_seconds *= noise.run();
  slower.mail_seconds *= noise.run();
  run.load.tool = "synthetic";
  run.load.source = "synthetic.csv";
  auto now = kBegin;
  const auto sample = [&](double users, double rate, const Loaded& loaded) {
    now += std::chrono::seconds(1);
    run.samples.push_back({.at = now, .facts = facts_of(slower, users, rate, loaded, noise)});
  };
  for (int i = 0; i < int(stack.before_seconds); ++i) sample(0, 0, {});
  run.load.start = now;
  double second = 0;
  for (const SyntheticLoad& step : stack.steps) {
    const Loaded loaded = solve(slower, step.users);
    for (int i = 0; i < int(step.seconds); ++i, ++second) {
      const double warm =
          stack.warm_up_seconds > 0 ? std::min(1.0, (i + 1) / (stack.warm_up_seconds + 1)) : 1;
      const double rate = loaded.solution.rate * warm * noise.second();
      sample(step.users, rate, loaded);
      add_point(slower, second, step.users, rate, loaded, run.load);
    }
  }
  for (int i = 0; i < int(stack.after_seconds); ++i) sample(0, 0, {});
  double weighted = 0;
  for (const LoadPoint& point : run.load.points)
    weighted += point.requests * point.mean_seconds.value_or(0);
  if (run.load.totals.requests > 0)
    run.load.totals.mean_seconds = weighted / run.load.totals.requests;
  return run;
}

}  // namespace tierwatch

// SPDX-License-Identifier: MIT
#include "analysis/facts/worker_pool.h"

#include <algorithm>
#include <charconv>
#include <string_view>

namespace tierwatch {
namespace {

constexpr double kClearlyMore = 1.2;
constexpr double kFarFewer = 0.75;  ///< connections than workers: the rest of these is free

/// The number after `option` (`--threads`), as one word or two.
std::optional<double> number_after(std::string_view title, const std::string& option) {
  const auto at = title.find(" " + option);
  if (at == std::string_view::npos) return std::nullopt;
  std::string_view rest = title.substr(at + 1 + option.size());
  if (rest.empty() || (rest.front() != ' ' && rest.front() != '=')) return std::nullopt;
  rest.remove_prefix(1);
  unsigned count = 0;
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), count);
  if (error != std::errc{} || count == 0) return std::nullopt;
  return count;
}

bool is_event_driven(const PoolSigns& signs) {
  const bool holds_more = signs.in_service >= kClearlyMore * signs.threads + 1;
  if (signs.threads <= signs.processes) return holds_more;
  return (holds_more || signs.traits.main_thread_only_accepts) && signs.main_threads_work == true;
}

/// Of processes with several threads the configuration alone says how many may serve.
double workers_on_demand(const PoolSigns& signs) {
  const bool has_helpers = signs.traits.helper_threads > 0 && signs.threads > signs.processes;
  if (!has_helpers) return std::max(signs.threads, signs.most.value_or(0));
  const double helpers = signs.traits.helper_threads * signs.processes;
  return signs.most.value_or(std::max(signs.threads - helpers, 0.0));
}

bool may_be_idle(const PoolSigns& signs, const WorkerPool& pool) {
  return signs.parks_connections && pool.busy >= kFarFewer * pool.workers;
}

}  // namespace

WorkerPool worker_pool(const PoolSigns& signs) {
  WorkerPool pool{.workers = signs.threads, .busy = signs.in_service};
  const char* option = signs.traits.threads_option;
  const auto configured = option ? number_after(signs.title, option) : std::nullopt;
  if (configured > 1.0) {
    pool.workers = signs.processes * *configured;
    return pool;
  }
  if (signs.traits.workers_started_on_demand) {
    pool.workers = workers_on_demand(signs);
    if (!signs.most || may_be_idle(signs, pool)) pool.busy.reset();
    return pool;
  }
  pool.event_driven = is_event_driven(signs);
  if (!signs.traits.main_thread_only_accepts || pool.event_driven ||
      signs.threads <= signs.processes)
    return pool;
  pool.workers = signs.threads - signs.processes;
  if (pool.busy <= pool.workers || may_be_idle(signs, pool)) pool.busy.reset();
  return pool;
}

}  // namespace tierwatch

// SPDX-License-Identifier: MIT
#include "analysis/worker_pool.h"

#include <algorithm>
#include <charconv>
#include <string_view>

namespace tierwatch {
namespace {

constexpr double kClearlyMore = 1.2;

/// The number after `--threads`, as one word or two.
std::optional<double> threads_option(std::string_view title) {
  constexpr std::string_view kOption = " --threads";
  const auto at = title.find(kOption);
  if (at == std::string_view::npos) return std::nullopt;
  std::string_view rest = title.substr(at + kOption.size());
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
  const bool main_only_accepts = signs.preset == "gunicorn";  // where other threads serve
  return (holds_more || main_only_accepts) && signs.main_threads_work == true;
}

}  // namespace

WorkerPool worker_pool(const PoolSigns& signs) {
  WorkerPool pool{.workers = signs.threads, .busy = signs.in_service};
  const bool gunicorn = signs.preset == "gunicorn";
  const auto configured = gunicorn ? threads_option(signs.title) : std::nullopt;
  if (configured > 1.0) {
    pool.workers = signs.processes * *configured;
    return pool;
  }
  if (signs.preset == "php-fpm") {
    if (!signs.most) pool.busy.reset();
    pool.workers = std::max(signs.threads, signs.most.value_or(0));
    return pool;
  }
  pool.event_driven = is_event_driven(signs);
  if (!gunicorn || pool.event_driven || signs.threads <= signs.processes) return pool;
  pool.workers = signs.threads - signs.processes;
  if (pool.busy <= pool.workers) pool.busy.reset();
  return pool;
}

}  // namespace tierwatch

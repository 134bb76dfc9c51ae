// SPDX-License-Identifier: MIT
#include "analysis/hosts/full_words.h"

#include <algorithm>

#include "analysis/judge/saturation.h"
#include "collectors/text/plain_words.h"

namespace tierwatch {
namespace {

constexpr double kWorthSaying = 0.05;  ///< of the time

std::string ratio_words(std::string_view what, std::optional<double> ratio) {
  return std::string(what) + (ratio ? " " + percent(*ratio) : "");
}

std::string of_words(std::string_view what, double used, double limit) {
  return std::string(what) + " " + few_digits(used) + " of " + few_digits(limit);
}

std::string lock_words(const TierFacts& tier) {
  const auto& backends = tier.backends;
  if (!backends || !backends->waiting || !backends->active) return "";
  return few_digits(*backends->waiting) + " of " + few_digits(*backends->active) +
         " active backends wait for a lock";
}

std::string worker_words(const TierFacts& tier) {
  if (!tier.workers || !tier.busy_workers) return "";
  return few_digits(*tier.busy_workers) + " of " + count_of(*tier.workers, "worker") + " busy";
}

std::string connection_words(const TierFacts& tier) {
  if (tier.backends && tier.backends->usable_connections)
    return of_words("connections", tier.backends->backends, *tier.backends->usable_connections);
  if (!tier.connection_table || tier.connection_table->limit <= 0) return "";
  return of_words("connections", tier.connection_table->used, tier.connection_table->limit);
}

/// Empty where its facts do not say.
std::string known_words(const TierFacts& tier, Resource resource) {
  switch (resource) {
    case Resource::kCpu:
      if (!tier.cpu_cores || !tier.allowed_cpus) return "";
      return "cpu " + two_digits(*tier.cpu_cores) + " of " + two_digits(*tier.allowed_cpus) +
             " cores";
    case Resource::kThread:
      if (!tier.hottest_process) return "";
      return "its busiest process uses " + two_digits(tier.hottest_process->cores) + " cores";
    case Resource::kLock:
      return lock_words(tier);
    case Resource::kWorkers:
      return worker_words(tier);
    case Resource::kConnections:
      return connection_words(tier);
    case Resource::kMemory:
      if (!tier.memory) return "";
      return "memory " + bytes_words(tier.memory->used_bytes) + " of " +
             bytes_words(tier.memory->limit_bytes);
    case Resource::kSpace:
      if (!tier.space) return "";
      return bytes_words(tier.space->left_bytes) + " left of " +
             bytes_words(tier.space->size_bytes) + " for its data";
    default:
      return "";
  }
}

}  // namespace

std::string full_words(const TierFacts* tier, Resource resource, std::optional<double> used_ratio) {
  std::string words = tier ? known_words(*tier, resource) : "";
  return words.empty() ? ratio_words(to_string(resource), used_ratio) : words;
}

std::vector<std::string> signs_of(const TierFacts& tier) {
  std::vector<std::string> signs;
  const ListenerFacts* fullest = nullptr;
  if (tier.listeners)
    for (const ListenerFacts& one : *tier.listeners)
      if (!fullest || one.queued_ratio > fullest->queued_ratio) fullest = &one;
  if (fullest && fullest->queued_ratio >= kWorthSaying)
    signs.push_back("connections waited in its accept queue (" + fullest->name + ") " +
                    percent(fullest->queued_ratio) + " of the time" +
                    (fullest->full_ratio > 0
                         ? ", and it was full " + percent(fullest->full_ratio) + " of the time"
                         : ""));
  if (const auto delay = run_delay_ratio(tier); delay && *delay >= kWorthSaying)
    signs.push_back("its threads waited for a cpu " + percent(*delay) +
                    " of the time they could run");
  if (tier.quota && tier.quota->throttled_ratio.value_or(0) >= kWorthSaying)
    signs.push_back("its CPU quota was used up in " + percent(*tier.quota->throttled_ratio) +
                    " of its periods");
  if (tier.cpu_cores && tier.allowed_cpus)
    signs.push_back("cpu " + two_digits(*tier.cpu_cores) + " of " + two_digits(*tier.allowed_cpus) +
                    " cores");
  return signs;
}

}  // namespace tierwatch

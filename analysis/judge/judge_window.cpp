// SPDX-License-Identifier: MIT
#include "analysis/judge/judge_window.h"

#include <algorithm>

namespace tierwatch {
namespace {

/// One thing at different times, each with how long it was so.
template <typename T>
struct Timed {
  const T* value;
  double seconds;
};
template <typename T>
using Series = std::vector<Timed<T>>;

/// Mean over the time in which it was known; absent when that is less than half of `all_seconds`.
template <typename T, typename Get>
std::optional<double> mean(const Series<T>& series, double all_seconds, Get get) {
  double sum = 0, seconds = 0;
  for (const auto& [value, weight] : series) {
    const std::optional<double> one = get(*value);
    if (!one) continue;
    sum += *one * weight;
    seconds += weight;
  }
  if (seconds <= 0 || seconds < all_seconds / 2) return std::nullopt;
  return sum / seconds;
}

template <typename T, typename Get>
std::optional<double> sum(const Series<T>& series, Get get) {
  std::optional<double> all;
  for (const auto& [value, weight] : series)
    if (const std::optional<double> one = get(*value)) all = all.value_or(0) + *one;
  return all;
}

/// The elements called `name` in a list that each element of `series` has.
template <typename Element, typename T, typename List, typename Same>
Series<Element> matching(const Series<T>& series, List list, Same same) {
  Series<Element> found;
  for (const auto& [value, weight] : series) {
    const std::vector<Element>* elements = list(*value);
    if (!elements) continue;
    for (const Element& element : *elements)
      if (same(element)) found.push_back({&element, weight});
  }
  return found;
}

template <typename T>
const std::vector<T>* if_known(const std::optional<std::vector<T>>& list) {
  return list ? &*list : nullptr;
}

using Tiers = Series<TierFacts>;

/// Sets `result.*field` to the mean of a member of an optional group of facts.
template <typename Group>
void average(const Tiers& series, double seconds, TierFacts& result,
             std::optional<Group> TierFacts::*group,
             std::initializer_list<double Group::*> fields) {
  if (!(result.*group)) return;
  for (const auto field : fields) {
    const auto value = mean(series, seconds, [&](const TierFacts& tier) {
      return tier.*group ? std::optional((*(tier.*group)).*field) : std::nullopt;
    });
    if (!value) {
      (result.*group).reset();
      return;
    }
    (*(result.*group)).*field = *value;
  }
}

/// Used / limit as a mean, told in terms of the newest limit: limits may change, ratios may be told
/// of different processes.
template <typename Group>
void average_ratio(const Tiers& series, double seconds, TierFacts& result,
                   std::optional<Group> TierFacts::*group, double Group::*used,
                   double Group::*limit) {
  if (!(result.*group)) return;
  const auto ratio = mean(series, seconds, [&](const TierFacts& tier) -> std::optional<double> {
    if (!(tier.*group) || (*(tier.*group)).*limit <= 0) return std::nullopt;
    return (*(tier.*group)).*used / ((*(tier.*group)).*limit);
  });
  if (ratio)
    (*(result.*group)).*used = *ratio * ((*(result.*group)).*limit);
  else
    (result.*group).reset();
}

void average_states(const Tiers& series, double seconds, TierFacts& result) {
  if (!result.backends) return;
  for (const auto field : {&BackendFacts::active, &BackendFacts::waiting,
                           &BackendFacts::idle_in_transaction, &BackendFacts::ended_cores})
    (*result.backends).*field = mean(series, seconds, [&](const TierFacts& tier) {
      return tier.backends ? (*tier.backends).*field : std::nullopt;
    });
}

/// Told before means are made of them.
bool is_steady(const Tiers& series) {
  return std::ranges::all_of(series, [&](const Timed<TierFacts>& one) {
    const auto& here = one.value->backends;
    return here && here->backends == series.back().value->backends->backends;
  });
}

constexpr std::optional<double> TierFacts::*kTierMeans[] = {
    &TierFacts::worker_processes,
    &TierFacts::workers,
    &TierFacts::busy_workers,
    &TierFacts::cpu_cores,
    &TierFacts::serving_cores,
    &TierFacts::thread_run_cores,
    &TierFacts::run_delay_cores,
    &TierFacts::allowed_cpus,
    &TierFacts::allowed_cpus_busy_cores,
    &TierFacts::own_memory_bytes,
    &TierFacts::disk_waiting,
    &TierFacts::connections,
    &TierFacts::owed,
    &TierFacts::owed_by_unix,
    &TierFacts::sending,
    &TierFacts::unsent,
    &TierFacts::unread,
    &TierFacts::unread_by_clients,
};

constexpr std::optional<double> HostFacts::*kHostMeans[] = {
    &HostFacts::busy_cores,
    &HostFacts::steal_cores,
    &HostFacts::cpu_pressure_ratio,
    &HostFacts::memory_pressure_ratio,
    &HostFacts::io_pressure_ratio,
    &HostFacts::memory_total_bytes,
    &HostFacts::memory_available_bytes,
};

void average_listeners(const Tiers& series, TierFacts& result) {
  if (!result.listeners) return;
  for (ListenerFacts& listener : *result.listeners) {
    const auto same = matching<ListenerFacts>(
        series, [](const TierFacts& tier) { return if_known(tier.listeners); },
        [&](const ListenerFacts& other) { return other.name == listener.name; });
    for (const auto field :
         {&ListenerFacts::queue_mean, &ListenerFacts::queued_ratio, &ListenerFacts::full_ratio})
      listener.*field = mean(same, 0, [&](const ListenerFacts& one) {
                          return std::optional(one.*field);
                        }).value_or(0);
    for (const auto& [other, weight] : same)
      listener.queue_peak = std::max(listener.queue_peak, other->queue_peak);
    listener.drops = sum(same, [](const ListenerFacts& one) { return one.drops; });
    listener.half_open = mean(same, 0, [](const ListenerFacts& one) { return one.half_open; });
  }
}

/// Peers of the whole time: a connection that comes and goes is there at some looks only.
void average_peers(const Tiers& series, TierFacts& result) {
  if (!result.peers) return;
  for (PeerFacts& peer : *result.peers) {
    const auto same = matching<PeerFacts>(
        series, [](const TierFacts& tier) { return if_known(tier.peers); },
        [&](const PeerFacts& other) { return other.name == peer.name; });
    double seconds = 0;
    for (const auto& [other, weight] : same) seconds += weight;
    peer.connections = mean(same, 0, [](const PeerFacts& one) {
                         return std::optional(one.connections);
                       }).value_or(peer.connections);
    peer.awaiting = mean(same, seconds, [](const PeerFacts& one) { return one.awaiting; });
    for (const auto field : {&PeerFacts::round_trip_seconds, &PeerFacts::resent_ratio})
      peer.*field = mean(same, 0, [&](const PeerFacts& one) { return one.*field; });
  }
}

/// Shares of the whole time: what was not waited for in some samples was waited for less.
void average_waits(const Tiers& series, double seconds, TierFacts& result) {
  std::vector<WaitFacts> waits;
  double known_seconds = 0;
  for (const auto& [tier, weight] : series) {
    if (!tier->waits) continue;
    known_seconds += weight;
    for (const WaitFacts& wait : *tier->waits) {
      auto same = std::ranges::find_if(waits, [&](const WaitFacts& other) {
        return other.kind == wait.kind && other.peer == wait.peer;
      });
      if (same == waits.end()) same = waits.insert(waits.end(), {wait.kind, wait.peer, 0});
      same->share += wait.share * weight;
    }
  }
  result.waits.reset();
  if (known_seconds <= 0 || known_seconds < seconds / 2) return;
  for (WaitFacts& wait : waits) wait.share /= known_seconds;
  result.waits = std::move(waits);
}

TierFacts tier_mean(const Tiers& series, double seconds) {
  TierFacts result = *series.back().value;
  for (const auto field : kTierMeans)
    result.*field = mean(series, seconds, [&](const TierFacts& tier) { return tier.*field; });
  average(series, seconds, result, &TierFacts::hottest_process, {&HottestFacts::cores});
  average(series, seconds, result, &TierFacts::hottest_thread, {&HottestFacts::cores});
  average(series, seconds, result, &TierFacts::hottest_router, {&HottestFacts::cores});
  average(series, seconds, result, &TierFacts::busiest_instance, {&InstanceFacts::cores});
  average(series, seconds, result, &TierFacts::backends, {&BackendFacts::backends});
  average_states(series, seconds, result);
  if (result.backends) result.backends->steady = is_steady(series);
  average_ratio(series, seconds, result, &TierFacts::worst_fds, &FdFacts::open, &FdFacts::limit);
  average_ratio(series, seconds, result, &TierFacts::memory, &MemoryFacts::used_bytes,
                &MemoryFacts::limit_bytes);
  average_ratio(series, seconds, result, &TierFacts::connection_table, &LimitFacts::used,
                &LimitFacts::limit);
  average(series, seconds, result, &TierFacts::possible_limit, {&LimitFacts::used});
  average(series, seconds, result, &TierFacts::data_memory, {&LimitFacts::used});
  average(series, seconds, result, &TierFacts::tasks, {&LimitFacts::used});
  average(series, seconds, result, &TierFacts::space, {&SpaceFacts::left_bytes});
  if (result.quota)
    for (const auto field :
         {&QuotaFacts::used_cores, &QuotaFacts::least_cores, &QuotaFacts::throttled_ratio})
      (*result.quota).*field = mean(series, seconds, [&](const TierFacts& tier) {
        return tier.quota ? (*tier.quota).*field : std::nullopt;
      });
  result.oom_kills = sum(series, [](const TierFacts& tier) { return tier.oom_kills; });
  average_listeners(series, result);
  average_waits(series, seconds, result);
  average_peers(series, result);
  if (result.memory)
    result.memory->limit_hits = sum(series, [](const TierFacts& tier) {
      return tier.memory ? tier.memory->limit_hits : std::nullopt;
    });
  return result;
}

/// Cores of foreign programs over the whole time: one that came late used less.
std::vector<ForeignProgram> foreign_mean(const Series<HostFacts>& series, double seconds) {
  std::vector<ForeignProgram> all;
  for (const auto& [host, weight] : series)
    for (const ForeignProgram& program : host->foreign) {
      auto same = std::ranges::find(all, program.comm, &ForeignProgram::comm);
      if (same == all.end()) same = all.insert(all.end(), {program.pid, program.comm, 0});
      same->pid = program.pid;
      same->cores += program.cores * weight / seconds;
    }
  std::ranges::stable_sort(all, std::ranges::greater{}, &ForeignProgram::cores);
  return all;
}

/// Over the whole time, as above.
std::vector<ListenerFacts> unowned_listeners_mean(const Series<HostFacts>& series, double seconds) {
  std::vector<ListenerFacts> all;
  for (const auto& [host, weight] : series)
    for (const ListenerFacts& one : host->unowned_listeners) {
      auto same = std::ranges::find(all, one.name, &ListenerFacts::name);
      if (same == all.end()) {
        same = all.insert(all.end(), one);
        same->queue_mean = same->queued_ratio = same->full_ratio = 0;
      }
      same->queue_mean += one.queue_mean * weight / seconds;
      same->queued_ratio += one.queued_ratio * weight / seconds;
      same->full_ratio += one.full_ratio * weight / seconds;
      same->queue_peak = std::max(same->queue_peak, one.queue_peak);
    }
  std::ranges::stable_sort(all, std::ranges::greater{}, &ListenerFacts::queued_ratio);
  return all;
}

/// Over the time in which it was known: connections that come and go leave times without any.
std::optional<LimitFacts> local_ports_mean(const Series<HostFacts>& series) {
  std::optional<LimitFacts> result;
  double used = 0, known = 0;
  for (const auto& [host, weight] : series) {
    if (!host->local_ports) continue;
    result = host->local_ports;
    used += host->local_ports->used * weight;
    known += weight;
  }
  if (result && known > 0) result->used = used / known;
  return result;
}

std::optional<ReclaimFacts> reclaim_mean(const Series<HostFacts>& series, double seconds) {
  ReclaimFacts result;
  for (const auto field :
       {&ReclaimFacts::direct_pages_per_second, &ReclaimFacts::background_pages_per_second,
        &ReclaimFacts::reread_pages_per_second}) {
    const auto value = mean(series, seconds, [&](const HostFacts& host) {
      return host.reclaim ? std::optional((*host.reclaim).*field) : std::nullopt;
    });
    if (!value) return std::nullopt;
    result.*field = *value;
  }
  return result;
}

HostFacts host_mean(const Series<HostFacts>& series, double seconds) {
  HostFacts result = *series.back().value;
  for (const auto field : kHostMeans)
    result.*field = mean(series, seconds, [&](const HostFacts& host) { return host.*field; });
  result.oom_kills = sum(series, [](const HostFacts& host) { return host.oom_kills; });
  result.syn_drops = sum(series, [](const HostFacts& host) { return host.syn_drops; });
  result.failed_connects = sum(series, [](const HostFacts& host) { return host.failed_connects; });
  result.reclaim = reclaim_mean(series, seconds);
  result.foreign = foreign_mean(series, seconds);
  result.local_ports = local_ports_mean(series);
  result.unowned_listeners = unowned_listeners_mean(series, seconds);
  for (LinkFacts& link : result.links) {
    const auto same = matching<LinkFacts>(
        series, [](const HostFacts& host) { return &host.links; },
        [&](const LinkFacts& other) { return other.name == link.name; });
    for (const auto field : {&LinkFacts::sent_ratio, &LinkFacts::received_ratio})
      link.*field = mean(same, 0, [&](const LinkFacts& one) {
                      return std::optional(one.*field);
                    }).value_or(0);
  }
  for (DiskFacts& disk : result.disks) {
    const auto same = matching<DiskFacts>(
        series, [](const HostFacts& host) { return &host.disks; },
        [&](const DiskFacts& other) { return other.name == disk.name; });
    for (const auto field : {&DiskFacts::busy_ratio, &DiskFacts::queue})
      disk.*field = mean(same, 0, [&](const DiskFacts& one) {
                      return std::optional(one.*field);
                    }).value_or(0);
  }
  return result;
}

}  // namespace

JudgeInput window_mean(std::span<const JudgeInput* const> samples) {
  JudgeInput result;
  if (samples.empty()) return result;
  Series<HostFacts> hosts;
  for (const JudgeInput* sample : samples) {
    result.seconds += sample->seconds;
    hosts.push_back({&sample->host, sample->seconds});
  }
  result.load = samples.back()->load;
  result.host = host_mean(hosts, result.seconds);
  for (const TierFacts& newest : samples.back()->tiers) {
    Tiers series;
    for (const JudgeInput* sample : samples)
      for (const TierFacts& tier : sample->tiers)
        if (tier.name == newest.name) series.push_back({&tier, sample->seconds});
    result.tiers.push_back(tier_mean(series, result.seconds));
  }
  return result;
}

}  // namespace tierwatch

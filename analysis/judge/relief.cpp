// SPDX-License-Identifier: MIT
#include "analysis/judge/relief.h"

#include <algorithm>

#include "analysis/judge/capacity.h"
#include "analysis/judge/judge_constants.h"
#include "analysis/judge/outer_limits.h"
#include "analysis/judge/saturation.h"
#include "analysis/judge/wanted.h"
#include "collectors/servers/servers.h"
#include "collectors/text/plain_words.h"

namespace tierwatch {
namespace {

using Ways = std::vector<std::string>;

/// What a way is made from.
struct Case {
  const Saturation& named;
  const std::optional<WaitingOn>& waiting;
  const JudgeInput& input;
  const Thresholds& thresholds;
  const TierFacts* tier;  ///< null: no watched one
};

bool is_here(const std::string& address) {
  return address.starts_with("127.") || address.starts_with("[::1]") || address.starts_with("/");
}

/// Which of its bounds is the one named; absent for a host that all fill together.
std::optional<CapacityBound> bound_of(const Case& one) {
  if (!one.tier) return std::nullopt;
  for (CapacityBound& bound : capacity_bounds(*one.tier, one.input.host))
    if (bound.words == one.named.bound) return std::move(bound);
  return std::nullopt;
}

/// A tier with a master may have more of what serves; a server that is one process may not.
bool has_many_processes(const TierFacts& tier) {
  return tier.serving == RoleKind::kSyncWorker ||
         tier.processes > tier.worker_processes.value_or(tier.processes);
}

void add_more_processes(const TierFacts& tier, Ways& ways) {
  ways.emplace_back(has_many_processes(tier) ? "more processes"
                                             : "several of it, with the load spread over them");
}

/// Programs of no tier that take a noticeable part of a host.
void add_foreign(const HostFacts& host, Ways& ways) {
  std::vector<std::string> names;
  for (const ForeignProgram& program : host.foreign)
    if (names.size() < kMostNamed && program.cores >= kWorthNaming * host.processors)
      names.push_back(program.comm);
  if (!names.empty()) ways.push_back("less of " + listed(names) + " on this host");
}

Ways more_cpu(const Case& one) {
  Ways ways;
  if (!one.tier) {
    add_foreign(one.input.host, ways);
    ways.emplace_back("more cores");
    return ways;
  }
  const auto bound = bound_of(one);
  const bool of_servers = bound && (bound->kind == CapacityBound::Kind::kServers ||
                                    bound->kind == CapacityBound::Kind::kInstance);
  if (of_servers && cores_are_idle(one.input.host, one.thresholds))
    ways.emplace_back("more workers");
  if (bound && bound->kind == CapacityBound::Kind::kAffinity)
    ways.push_back("let it use more cores (" + bound->words + ")");
  ways.emplace_back("cheaper requests");
  if (one.named.rule == Rule::kSharedCpu) add_foreign(one.input.host, ways);
  if (!bound || bound->kind == CapacityBound::Kind::kHost) ways.emplace_back("more cores");
  return ways;
}

Ways more_threads(const Case& one) {
  Ways ways;
  if (one.tier) add_more_processes(*one.tier, ways);
  ways.emplace_back("cheaper requests");
  return ways;
}

Ways more_quota(const Case& one) {
  return {"raise its CPU quota" + (one.named.bound.starts_with("quota ")
                                       ? " (" + one.named.bound.substr(6) + ")"
                                       : std::string()),
          "cheaper requests"};
}

/// What it waits for answers faster.
void add_faster_answers(const Case& one, Ways& ways) {
  if (!one.waiting) return;
  const std::string& peer = one.waiting->tier;
  if (peer == "disk") {
    ways.emplace_back("a faster disk");
  } else if (peer == "lock") {
    ways.emplace_back("shorter transactions");
  } else if (peer != kExternalTier) {
    ways.push_back("faster answers from " + peer);
  } else if (is_here(one.waiting->address)) {
    ways.push_back("faster answers from " + one.waiting->address);
  } else {
    ways.push_back("nothing else on this host: look at " + one.waiting->address);
  }
}

/// More of them may only wait for the same lock inside it.
bool waits_for_the_unseen(const Case& one) {
  const TierFacts* peer = one.waiting ? tier_named(one.input, one.waiting->tier) : nullptr;
  return peer && hides_its_waits(*peer);
}

Ways more_workers(const Case& one) {
  Ways ways;
  const bool loops = one.tier && one.tier->serving == RoleKind::kEventWorker;
  if (loops && one.named.rule == Rule::kStuck && one.named.used) {
    add_more_processes(*one.tier, ways);
    ways.emplace_back("no calls that block its event loop");
  } else if (one.waiting && one.waiting->tier == kItsClients) {
    return {"a proxy before it that takes its answers whole and sends them on to slow clients",
            "more workers"};
  } else if (waits_for_the_unseen(one)) {
    return {"faster answers from " + one.waiting->tier, "more workers"};
  } else {
    ways.emplace_back("more workers");
  }
  add_faster_answers(one, ways);
  return ways;
}

Ways larger_pool(const Case& one) {
  if (is_out_of_ports(one.named, one.input.host))
    return {"more local ports (net.ipv4.ip_local_port_range)", "connections that are kept open"};
  Ways ways{"a larger pool of connections to " + one.named.bound};
  add_faster_answers(one, ways);
  return ways;
}

Ways more_connections(const Case& one) {
  if (one.named.bound.starts_with(kHalfOpen))
    return {"a longer SYN backlog (its backlog, net.core.somaxconn)",
            "SYN cookies (net.ipv4.tcp_syncookies)"};
  const ServerTraits traits = one.tier ? traits_of(one.tier->preset) : ServerTraits{};
  Ways ways{"raise its limit of connections"};
  if (traits.connections_option)
    ways.front() += std::string(" (") + traits.connections_option + ")";
  if (!traits.connection_role.empty()) ways.emplace_back("a pool of connections before it");
  ways.emplace_back("fewer connections kept open");
  return ways;
}

Ways more_files(const Case&) { return {"raise its limit of open files"}; }

Ways more_memory(const Case& one) {
  if (one.named.bound == "of the host" || !one.tier)
    return {"more memory for the host", "fewer or smaller processes"};
  return {"raise its memory limit", "fewer or smaller processes"};
}

Ways faster_disk(const Case&) { return {"a faster disk", "fewer reads and writes"}; }

Ways more_space(const Case& one) {
  const std::string where = one.tier && one.tier->space ? " in " + one.tier->space->directory : "";
  return {"more room" + where, "less data" + where};
}

Ways faster_link(const Case&) { return {"a faster link", "fewer or smaller answers"}; }

Ways shorter_locks(const Case&) { return {"shorter transactions"}; }

/// What helps, by resource; each looks at the traits it depends on.
struct Row {
  Resource resource;
  Ways (*ways)(const Case&);
};
constexpr Row kTable[] = {
    {Resource::kCpu, more_cpu},     {Resource::kThread, more_threads},
    {Resource::kQuota, more_quota}, {Resource::kWorkers, more_workers},
    {Resource::kPool, larger_pool}, {Resource::kConnections, more_connections},
    {Resource::kFds, more_files},   {Resource::kMemory, more_memory},
    {Resource::kDisk, faster_disk}, {Resource::kLock, shorter_locks},
    {Resource::kSpace, more_space}, {Resource::kNetwork, faster_link},
};
static_assert(std::size(kTable) == kResources);

}  // namespace

std::vector<std::string> relief(const Saturation& named, const std::optional<WaitingOn>& waiting,
                                const JudgeInput& input, const Thresholds& thresholds) {
  const Case one{named, waiting, input, thresholds, tier_named(input, named.tier)};
  if (one.tier && one.tier->stopped) return {"let its processes go on (kill -CONT)"};
  for (const Row& row : kTable)
    if (row.resource == named.resource) return row.ways(one);
  return {};
}

}  // namespace tierwatch

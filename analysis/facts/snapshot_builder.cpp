// SPDX-License-Identifier: MIT
#include "analysis/facts/snapshot_builder.h"

#include <algorithm>

#include "analysis/facts/host_rates.h"
#include "analysis/facts/process_rates.h"
#include "analysis/facts/tier_totals.h"

namespace tierwatch {
namespace {

bool exists(const RoleSample& role) { return role.ever_seen || role.sums.processes > 0; }

/// Roles that serve are always shown; the many supporting ones a server may have, once they exist.
bool shown(const RoleSample& role) { return exists(role) || role.kind != RoleKind::kSupport; }

bool shown(const TierRule& rule, const TierSample& tier) {
  return !rule.implicit || std::any_of(tier.roles.begin(), tier.roles.end(), exists);
}

/// A newborn child may look like another role until it has set its title and signals: what such a
/// moment leaves behind is no role of the tier, unless it used something.
bool proves_its_role(const ProcessReading& process, const ProcessGrowth& growth, nanoseconds now) {
  constexpr nanoseconds kSettled = std::chrono::seconds(2);
  return now - process.id.started >= kSettled || growth.own != Amounts{};
}

/// Where memberships by the rules' indices point once tiers and roles that are not shown are left
/// out.
struct Places {
  std::vector<std::uint16_t> tiers;
  std::vector<std::vector<std::uint16_t>> roles;

  Membership of(Membership member) const {
    return {.tier = tiers[member.tier],
            .role = roles[member.tier][member.role],
            .instance = member.instance};
  }
};

/// Keeps the roles to be shown; tells where each one went.
std::vector<std::uint16_t> leave_out_roles(TierSample& tier) {
  std::vector<std::uint16_t> places;
  std::vector<RoleSample> kept;
  for (RoleSample& role : tier.roles) {
    places.push_back(static_cast<std::uint16_t>(kept.size()));
    if (shown(role)) kept.push_back(std::move(role));
  }
  tier.roles = std::move(kept);
  for (std::optional<Hottest>* hottest : {&tier.hottest_process, &tier.hottest_thread}) {
    if (*hottest) (*hottest)->role = places[(*hottest)->role];
  }
  return places;
}

/// Nobody there is a known figure: nothing is used.
void settle_empty(GaugeSums& sums) {
  if (sums.processes > 0) return;
  sums.memory.emplace();
  sums.open_fds = 0;
}

}  // namespace

void SnapshotBuilder::set_rules(TierRules rules) {
  rules_ = std::move(rules);
  std::erase_if(tiers_, [this](const auto& entry) {
    return std::none_of(rules_.tiers.begin(), rules_.tiers.end(),
                        [&](const TierRule& tier) { return tier.name == entry.first; });
  });
}

/// In the order of the tier's roles.
std::vector<SnapshotBuilder::RoleState*> SnapshotBuilder::role_states(const TierRule& rule) {
  auto& roles = tiers_[rule.name].roles;
  std::vector<RoleState*> states;
  for (const RoleRule& role : rule.roles) states.push_back(&roles[role.name]);
  return states;
}

void SnapshotBuilder::Known::add(const Known& other) {
  cpu = cpu || other.cpu;
  threads = threads || other.threads;
  io = io || other.io;
  alive = alive || other.alive;
}

/// What no process tells of is not known; it is not zero.
std::optional<Rates> SnapshotBuilder::Known::of(const std::optional<Rates>& rates) const {
  if (!rates || !alive) return rates;
  if (!cpu) return std::nullopt;
  Rates told = *rates;
  if (!threads) {
    told.run_delay_cores.reset();
    told.voluntary_switches_per_second.reset();
    told.involuntary_switches_per_second.reset();
  }
  if (!io) {
    told.read_bytes_per_second.reset();
    told.written_bytes_per_second.reset();
  }
  return told;
}

void SnapshotBuilder::count(const Reading& reading, const std::vector<ProcessGrowth>& growth) {
  for (auto& [name, tier] : tiers_) {
    for (auto& [role, state] : tier.roles) {
      state.before = state.totals;
      state.known = {};
    }
  }
  std::vector<std::vector<RoleState*>> states(rules_.tiers.size());  // found by name once a tick
  for (std::size_t i = 0; i < growth.size(); ++i) {
    const ProcessReading& process = reading.processes[i];
    if (!process.member) continue;
    const TierRule& rule = rules_.tiers.at(process.member->tier);
    auto& roles = states[process.member->tier];
    if (roles.empty()) roles = role_states(rule);
    RoleState& state = *roles.at(process.member->role);
    state.seen = state.seen || proves_its_role(process, growth[i], reading.at.boot);
    state.known.add({.cpu = growth[i].comparable,
                     .threads = growth[i].threads_known,
                     .io = growth[i].io_known,
                     .alive = process.state != 'Z'});
    add(state.totals, growth[i],
        {.threads = process.threads.has_value(), .io = process.io.has_value()});
    RoleState& unseen_children = *roles.at(rule.child_cpu_role);
    add(unseen_children.totals, growth[i].reaped);
    // They have existed although no reading met one: their role must not be left out.
    if (growth[i].reaped != Amounts{}) unseen_children.seen = true;
  }
}

RoleSample SnapshotBuilder::role_sample(const TierRule& tier, std::size_t index, TierState& state,
                                        nanoseconds elapsed) {
  const RoleRule& rule = tier.roles[index];
  const RoleState& role = state.roles[rule.name];
  RoleSample sample{.name = rule.name, .kind = rule.kind, .totals = role.totals};
  sample.ever_seen = role.seen;
  if (elapsed > nanoseconds{} && !state.fresh)
    sample.rates = role.known.of(rates_between(role.before, role.totals, elapsed));
  return sample;
}

TierSample SnapshotBuilder::tier_sample(std::size_t index, nanoseconds elapsed) {
  const TierRule& rule = rules_.tiers[index];
  TierState& state = tiers_[rule.name];
  TierSample sample{.name = rule.name, .preset = rule.preset};
  CounterTotals before;
  Known known;
  for (std::size_t role = 0; role < rule.roles.size(); ++role) {
    sample.roles.push_back(role_sample(rule, role, state, elapsed));
    add(sample.totals, sample.roles.back().totals);
    const RoleState& of_role = state.roles[rule.roles[role].name];
    add(before, of_role.before);
    known.add(of_role.known);
  }
  if (elapsed > nanoseconds{} && !state.fresh)
    sample.rates = known.of(rates_between(before, sample.totals, elapsed));
  state.fresh = false;
  return sample;
}

std::vector<TierSample> SnapshotBuilder::tier_samples(std::vector<ProcessSample>& processes,
                                                      nanoseconds elapsed) {
  std::vector<TierSample> all;
  for (std::size_t i = 0; i < rules_.tiers.size(); ++i) all.push_back(tier_sample(i, elapsed));
  for (const ProcessSample& process : processes) add_to_tier(all, process);

  std::vector<TierSample> kept;
  Places places;
  places_.clear();
  for (std::size_t i = 0; i < all.size(); ++i) {
    const bool keep = shown(rules_.tiers[i], all[i]);
    for (RoleSample& role : all[i].roles) {
      add(all[i].sums, role.sums);
      settle_empty(role.sums);
    }
    settle_empty(all[i].sums);
    const auto place = static_cast<std::uint16_t>(kept.size());
    places.tiers.push_back(place);
    places_.push_back(keep ? std::optional(place) : std::nullopt);
    places.roles.push_back(leave_out_roles(all[i]));
    if (keep) kept.push_back(std::move(all[i]));
  }
  for (ProcessSample& process : processes) {
    if (process.reading.member) process.reading.member = places.of(*process.reading.member);
  }
  return kept;
}

/// From indices of the rules to those of the snapshot.
void SnapshotBuilder::add_sockets(SocketReading sockets, nanoseconds elapsed, Snapshot& snapshot,
                                  FactSources& sources) {
  const auto move_owner = [this](std::optional<SocketOwner>& owner) {
    if (!owner) return;
    const auto place = places_[owner->tier];
    if (place)
      owner->tier = *place;
    else
      owner.reset();
  };
  for (ListenerReading& listener : sockets.listeners) move_owner(listener.owner);
  for (EdgeReading& edge : sockets.edges) {
    move_owner(edge.from);
    if (edge.to) edge.to = places_[*edge.to];
    std::vector<std::uint16_t> one_of;
    for (const std::uint16_t tier : edge.from_one_of)
      if (places_[tier]) one_of.push_back(*places_[tier]);
    edge.from_one_of = std::move(one_of);
  }
  snapshot.listeners = listeners_.advance(std::move(sockets.listeners), elapsed);
  snapshot.edges = std::move(sockets.edges);
  for (std::string& note : sockets.notes) snapshot.notes.push_back(std::move(note));
  sources.sockets_known = true;
  sources.process_sockets = std::move(sockets.processes);
}

Snapshot SnapshotBuilder::build(Reading reading) {
  const nanoseconds elapsed =
      previous_ ? reading.at.monotonic - previous_->monotonic : nanoseconds{};
  Snapshot snapshot{.sequence = ++sequence_, .at = reading.at, .interval = elapsed};
  const std::vector<ProcessGrowth> growth = ledger_.advance(reading);
  count(reading, growth);

  snapshot.processes = process_samples(std::move(reading.processes), growth, elapsed, outsiders_);
  snapshot.tiers = tier_samples(snapshot.processes, elapsed);
  const HostReading* before = previous_host_ ? &*previous_host_ : nullptr;
  snapshot.host = host_sample(before, std::move(reading.host), elapsed);
  if (snapshot.host.processors == 0) snapshot.host.processors = processors_;
  processors_ = snapshot.host.processors;
  snapshot.faults = std::move(reading.faults);
  snapshot.notes = std::move(reading.notes);

  FactSources sources{.cgroups = std::move(reading.cgroups),
                      .somaxconn = reading.somaxconn,
                      .local_ports = reading.local_ports,
                      .tcp_sockets = reading.tcp_sockets};
  for (std::size_t i = 0; i < places_.size(); ++i)
    if (places_[i]) sources.rules.push_back(&rules_.tiers[i]);
  const auto keep_known = [&](auto& read, auto& kept) {
    for (auto& one : read) {
      if (!places_[one.tier]) continue;
      one.tier = *places_[one.tier];
      kept.push_back(std::move(one));
    }
  };
  keep_known(reading.settings, sources.settings);
  keep_known(reading.data_space, sources.data_space);
  if (reading.sockets) add_sockets(*std::move(reading.sockets), elapsed, snapshot, sources);
  snapshot.facts = facts_.build(snapshot, sources);
  previous_host_ = snapshot.host.reading;
  previous_ = reading.at;
  return snapshot;
}

}  // namespace tierwatch

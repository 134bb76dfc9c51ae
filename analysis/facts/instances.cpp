// SPDX-License-Identifier: MIT
#include "analysis/facts/instances.h"

#include <algorithm>
#include <set>

#include "collectors/parse/cgroup_name.h"

namespace tierwatch {
namespace {

/// One may have none.
bool all_differ(const std::vector<std::string>& words) {
  return std::set<std::string>(words.begin(), words.end()).size() == words.size();
}

/// Below it is what a person's sessions and own services are put into (systemd.special(7)).
bool is_of_a_person(std::string_view cgroup) { return cgroup.starts_with("/user.slice/"); }

/// Started by whoever runs this machine: a service, a container, root or a system user.
bool is_of_the_system(std::optional<uid_t> user, const std::string& cgroup) {
  if (user == 0) return true;
  if (is_of_a_person(cgroup)) return false;
  return !unit_or_container(cgroup).empty() || (user && !is_login_user(*user));
}

}  // namespace

bool Instance::has(pid_t root) const { return std::ranges::binary_search(roots, root); }

bool Instance::holds(pid_t root, std::optional<uid_t> owner) const {
  return root != 0 ? has(root) : owner && owner == user;
}

Instances::Instances(const Snapshot& snapshot, std::span<const ProcessSocketsReading> sockets)
    : snapshot_(snapshot), sockets_(sockets) {
  for (std::uint16_t tier = 0; tier < snapshot.tiers.size(); ++tier) {
    const Servers servers = servers_of(tier);
    std::set<std::optional<uid_t>> users;
    for (const Server& one : servers)
      if (one.serves || one.user != 0) users.insert(one.user);  // else uWSGI's Emperor
    auto instances =
        users.size() < 2 ? of_one_user(tier, servers) : of_several_users(tier, servers);
    if (!instances.empty()) by_tier_.emplace(tier, std::move(instances));
  }
}

const std::vector<Instance>& Instances::of(std::uint16_t tier) const {
  static const std::vector<Instance> kNone;
  const auto found = by_tier_.find(tier);
  return found == by_tier_.end() ? kNone : found->second;
}

const std::string& Instances::name_of(std::uint16_t tier, pid_t root,
                                      std::optional<uid_t> user) const {
  for (const Instance& one : of(tier))
    if (one.holds(root, user)) return one.name;
  return snapshot_.tiers[tier].name;
}

bool Instances::has_listeners_of_nobody(std::uint16_t tier) const {
  if (of(tier).empty()) return false;
  return std::ranges::any_of(snapshot_.listeners, [&](const ListenerSample& listener) {
    const auto& owner = listener.reading.owner;
    return owner && owner->tier == tier && owner->instance == 0 && !owner->user;
  });
}

bool Instances::is_impostor(const Membership& member) const {
  return impostors_.contains({member.tier, member.instance});
}

/// By root.
Instances::Servers Instances::servers_of(std::uint16_t tier) const {
  std::map<pid_t, Server> by_root;
  const auto& roles = snapshot_.tiers[tier].roles;
  for (const ProcessSample& process : snapshot_.processes) {
    const ProcessReading& reading = process.reading;
    if (!reading.member || reading.member->tier != tier || reading.state == 'Z') continue;
    const auto [role, root] = std::pair(reading.member->role, reading.member->instance);
    Server& server = by_root[root];
    server.root = root;
    server.serves |= role < roles.size() && roles[role].kind != RoleKind::kSupport;
    if (reading.uid) server.users.insert(*reading.uid);
    if (reading.id.pid != root) continue;
    server.user = reading.uid;
    server.cgroup = reading.cgroup;
  }
  Servers servers;
  for (auto& [root, server] : by_root) servers.push_back(std::move(server));
  return servers;
}

std::vector<Instance> Instances::of_one_user(std::uint16_t tier, const Servers& servers) const {
  std::vector<Instance> instances;
  Instance all;
  for (const Server& one : servers) {
    if (!one.serves) continue;
    instances.push_back({.roots = {one.root}, .name = {}, .user = one.user, .users = one.users});
    all.users.insert(one.users.begin(), one.users.end());
  }
  if (instances.size() < 2 || !sockets_are_known(tier, all)) return {};
  const auto words = words_of(tier, instances, true);
  for (std::size_t i = 0; i < instances.size(); ++i)
    instances[i].name = snapshot_.tiers[tier].name + " (" + words[i] + ")";
  return instances;
}

/// Each user's servers apart where that can be, else together.
std::vector<Instance> Instances::of_several_users(std::uint16_t tier, const Servers& servers) {
  std::map<std::optional<uid_t>, std::vector<Instance>> by_user;
  std::vector<pid_t> of_the_system;
  for (const Server& one : servers) {
    if (is_impostor(tier, one, servers)) {
      impostors_.emplace(tier, one.root);
      continue;
    }
    if (!one.serves) continue;
    by_user[one.user].push_back(
        {.roots = {one.root}, .name = {}, .user = one.user, .users = one.users});
    if (is_of_the_system(one.user, one.cgroup)) of_the_system.push_back(one.root);
  }
  std::vector<Instance> all;
  for (auto& [user, some] : by_user) {
    Instance together{.roots = {}, .name = {}, .user = user, .users = {}};
    for (const Instance& one : some) {
      together.roots.push_back(one.roots.front());
      together.users.insert(one.users.begin(), one.users.end());
    }
    if (some.size() > 1 && !sockets_are_known(tier, together)) some = {together};
    const auto words = words_of(tier, some, some.size() > 1);
    for (std::size_t i = 0; i < some.size(); ++i) {
      const std::string which = words[i].empty() ? "" : words[i] + ", ";
      some[i].name = snapshot_.tiers[tier].name + " (" + which + "user " +
                     user_name(some[i].roots.front()) + ")";
      all.push_back(std::move(some[i]));
    }
  }
  std::vector<Instance*> own;
  for (Instance& one : all)
    if (std::ranges::any_of(of_the_system, [&](pid_t root) { return one.has(root); }))
      own.push_back(&one);
  if (own.size() == 1) own.front()->name = snapshot_.tiers[tier].name;
  return all;
}

/// Of `all`, which stands for several servers of one user, or of a tier that has one user only.
bool Instances::sockets_are_known(std::uint16_t tier, const Instance& all) const {
  const auto unclear = [&](pid_t instance, const std::optional<uid_t>& user) {
    return instance == 0 && (all.roots.empty() || !user || user == all.user);
  };
  const bool listeners = std::ranges::all_of(snapshot_.listeners, [&](const ListenerSample& one) {
    const auto& owner = one.reading.owner;
    return !owner || owner->tier != tier || !unclear(owner->instance, owner->user);
  });
  return listeners && std::ranges::all_of(snapshot_.edges, [&](const EdgeReading& edge) {
           if (edge.to == tier && unclear(edge.to_instance, edge.to_user)) return false;
           if (edge.from)
             return edge.from->tier != tier || !unclear(edge.from->instance, edge.from->user);
           if (std::ranges::find(edge.from_one_of, tier) == edge.from_one_of.end()) return true;
           return !all.roots.empty() && edge.from_user && !all.users.contains(*edge.from_user);
         });
}

bool Instances::listens(std::uint16_t tier, const Server& server) const {
  return std::ranges::any_of(snapshot_.listeners, [&](const ListenerSample& listener) {
    const auto& owner = listener.reading.owner;
    if (!owner || owner->tier != tier) return false;
    return owner->instance != 0 ? owner->instance == server.root : owner->user == server.user;
  });
}

/// The descriptors of all of its processes are seen, and none is a connection.
bool Instances::is_seen_without_sockets(std::uint16_t tier, const Server& server) const {
  return std::ranges::all_of(snapshot_.processes, [&](const ProcessSample& process) {
    const auto& member = process.reading.member;
    if (!member || member->tier != tier || member->instance != server.root) return true;
    const auto seen = std::ranges::find(sockets_, process.reading.id, &ProcessSocketsReading::id);
    return seen != sockets_.end() && seen->serving == 0 && seen->peers.empty();
  });
}

/// False where the kernel shows no socket that any of its users made, and where the descriptors
/// show that it holds none.
bool Instances::may_have_sockets(std::uint16_t tier, const Server& server) const {
  const bool may_hold = !is_seen_without_sockets(tier, server);
  const auto its = [&](const std::optional<uid_t>& user) {
    return !user || server.users.contains(*user);
  };
  for (const ListenerSample& listener : snapshot_.listeners) {
    const auto& owner = listener.reading.owner;
    if (owner && (owner->tier != tier || owner->instance != 0)) {
      if (owner->tier == tier && owner->instance == server.root) return true;
      continue;
    }
    if (may_hold && its(listener.reading.uid)) return true;
  }
  return may_hold && std::ranges::any_of(snapshot_.edges, [&](const EdgeReading& edge) {
           const auto& one_of = edge.from_one_of;
           if (edge.from && edge.from->tier == tier)
             return edge.from->instance != 0 ? edge.from->instance == server.root
                                             : !edge.from->user || edge.from->user == server.user;
           return std::ranges::find(one_of, tier) != one_of.end() && its(edge.from_user);
         });
}

bool Instances::is_impostor(std::uint16_t tier, const Server& server, const Servers& all) const {
  if (server.user == 0 ||
      (!is_of_a_person(server.cgroup) && !unit_or_container(server.cgroup).empty()))
    return false;
  return !may_have_sockets(tier, server) && std::ranges::any_of(all, [&](const Server& other) {
    return other.user != server.user && listens(tier, other);
  });
}

/// What tells each apart: its unit or container, else its address, else its pid; without `always`
/// only units.
std::vector<std::string> Instances::words_of(std::uint16_t tier, const std::vector<Instance>& some,
                                             bool always) const {
  std::vector<std::string> units, addresses;
  for (const Instance& one : some) {
    units.push_back(unit_of(one.roots.front()));
    addresses.push_back(address_of(tier, one));
  }
  if (!always) return units;
  std::vector<std::string> words =
      all_differ(units) ? units : std::vector<std::string>(some.size());
  for (std::size_t i = 0; i < some.size(); ++i) {
    if (words[i].empty() && all_differ(addresses)) words[i] = addresses[i];
    if (words[i].empty()) words[i] = "pid " + std::to_string(some[i].roots.front());
  }
  return words;
}

const ProcessSample* Instances::process(pid_t pid) const {
  const auto found = std::ranges::lower_bound(
      snapshot_.processes, pid, {}, [](const ProcessSample& one) { return one.reading.id.pid; });
  return found == snapshot_.processes.end() || found->reading.id.pid != pid ? nullptr : &*found;
}

std::string Instances::unit_of(pid_t root) const {
  const ProcessSample* found = process(root);
  return found ? unit_or_container(found->reading.cgroup) : "";
}

std::string Instances::user_name(pid_t root) const {
  const ProcessSample* found = process(root);
  return found ? found->reading.user : "unknown";
}

std::string Instances::address_of(std::uint16_t tier, const Instance& one) const {
  for (const ListenerSample& listener : snapshot_.listeners) {
    const ListenerReading& reading = listener.reading;
    if (!reading.owner || reading.owner->tier != tier) continue;
    if (!one.holds(reading.owner->instance, reading.owner->user)) continue;
    return reading.port != 0 ? "port " + std::to_string(reading.port) : reading.address;
  }
  return "";
}

}  // namespace tierwatch

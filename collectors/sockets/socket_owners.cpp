// SPDX-License-Identifier: MIT
#include "collectors/sockets/socket_owners.h"

#include <algorithm>

namespace tierwatch {

namespace {

constexpr nanoseconds kCgroupInterval = std::chrono::seconds(60);

/// The root and login sessions hold whatever somebody started, not one service.
bool is_shared_cgroup(std::string_view path) {
  const auto last = path.substr(path.rfind('/') + 1);
  return last.empty() || last.starts_with("session-");
}

/// Users of the first processes of servers, by instance.
std::map<pid_t, uid_t> users_of_masters(std::span<const ProcessReading> processes) {
  std::map<pid_t, uid_t> users;
  for (const ProcessReading& process : processes)
    if (process.member && process.uid && process.member->instance == process.id.pid &&
        process.state != 'Z')
      users[process.id.pid] = *process.uid;
  return users;
}

/// It serves with sockets that its master, under another uid, made.
bool serves_for_another(const ProcessReading& process, const TierRule& tier,
                        const std::map<pid_t, uid_t>& masters) {
  const Membership& member = *process.member;
  const auto master = masters.find(member.instance);
  if (master == masters.end() || master->second == process.uid) return false;
  return member.role < tier.roles.size() && tier.roles[member.role].kind != RoleKind::kSupport;
}

}  // namespace

SocketOwners::SocketOwners(const ProcFs& files, TierRules rules) : files_(files), links_(files) {
  set_rules(std::move(rules));
}

void SocketOwners::set_rules(TierRules rules) {
  rules_ = std::move(rules);
  patterns_.assign(rules_.tiers.size(), {});
  live_.clear();
  for (std::size_t tier = 0; tier < rules_.tiers.size(); ++tier)
    for (const std::string& text : rules_.tiers[tier].listen)
      if (auto pattern = ListenPattern::parse(text)) patterns_[tier].push_back(std::move(*pattern));
}

void SocketOwners::update(nanoseconds now, std::span<const ProcessReading> processes,
                          const NetworkBook& networks) {
  learn_users(processes, networks);
  learn_cgroups(now, processes, networks);
  titles_.learn(processes, networks.of_processes(), rules_);
  links_.update(now, processes, rules_);
}

void SocketOwners::learn_users(std::span<const ProcessReading> processes,
                               const NetworkBook& networks) {
  users_.clear();
  live_.clear();
  by_network_.clear();
  const auto of_processes = networks.of_processes();
  const auto masters = users_of_masters(processes);
  for (std::size_t i = 0; i < processes.size(); ++i) {
    const ProcessReading& process = processes[i];
    if (process.state == 'Z') continue;  // it has let its sockets go
    const bool in_tier = process.member && process.member->tier < rules_.tiers.size();
    if (in_tier) {
      auto& live = live_[of_processes[i]];
      live.resize(rules_.tiers.size());
      ++live[process.member->tier];
    }
    if (!process.uid) continue;
    UserTiers& user = users_[{of_processes[i], *process.uid}];
    user.others = user.others || !in_tier;
    if (!in_tier) continue;
    insert_sorted(user.tiers, process.member->tier);
    if (!serves_for_another(process, rules_.tiers[process.member->tier], masters))
      insert_sorted(user.makers, process.member->tier);
  }
  for (const auto& [id, network] : networks.others())
    if (network.tiers.size() == 1 && !network.others) by_network_[id] = network.tiers.front();
}

void SocketOwners::learn_cgroups(nanoseconds now, std::span<const ProcessReading> processes,
                                 const NetworkBook& networks) {
  for (auto& [path, cgroup] : cgroups_) cgroup.tiers.clear();
  for (const ProcessReading& process : processes)
    if (process.member && !is_shared_cgroup(process.cgroup))
      insert_sorted(cgroups_[process.cgroup].tiers, process.member->tier);
  std::erase_if(cgroups_, [](const auto& entry) { return entry.second.tiers.empty(); });
  by_cgroup_.clear();
  for (auto& [path, cgroup] : cgroups_) {
    if (!cgroup.id || now - cgroup.asked >= kCgroupInterval) {
      Fault why{};
      cgroup.asked = now;
      cgroup.id.reset();
      if (path.starts_with("/..")) continue;  // out of our cgroup namespace: no path of the tree
      // The v2 tree: all there is, or beside v1 (cgroups(7), "hybrid").
      for (const char* root : {"sys/fs/cgroup/unified", "sys/fs/cgroup"})
        if (const auto status = files_.status((root + path).c_str(), why); status && !cgroup.id)
          cgroup.id = status->inode;
    }
    if (cgroup.id && cgroup.tiers.size() == 1) by_cgroup_[*cgroup.id] = cgroup.tiers.front();
  }
  std::map<std::string, std::uint64_t> ids;
  for (const auto& [path, cgroup] : cgroups_)
    if (cgroup.id) ids.emplace(path, *cgroup.id);
  instances_.learn(processes, networks.of_processes(), ids);
}

bool SocketOwners::listens_as(std::uint16_t tier, NetworkId network, uid_t uid) const {
  const auto user = users_.find({network, uid});
  return user != users_.end() &&
         std::binary_search(user->second.makers.begin(), user->second.makers.end(), tier);
}

std::optional<SocketOwner> SocketOwners::by_descriptor(std::uint64_t inode) const {
  const auto holders = links_.holders(inode);
  if (holders.empty()) return std::nullopt;
  const Membership& member = links_.processes()[holders.front().process].member;
  return SocketOwner{member.tier, OwnerSource::kDescriptor, member.instance,
                     instances_.user_of(member.instance)};
}

std::vector<std::uint16_t> SocketOwners::claimants(const Listener& listener) const {
  const auto uid = listener.reading.uid;
  std::vector<std::uint16_t> tiers;
  const auto live = live_.find(listener.network);
  if (live == live_.end()) return tiers;
  for (std::uint16_t tier = 0; tier < patterns_.size(); ++tier) {
    if (live->second[tier] == 0) continue;
    if (uid && *uid != 0 && !listens_as(tier, listener.network, *uid)) continue;
    for (const ListenPattern& pattern : patterns_[tier])
      if (pattern.matches(listener.reading)) {
        tiers.push_back(tier);
        break;
      }
  }
  return tiers;
}

std::optional<SocketOwner> SocketOwners::by_cgroup(std::uint64_t cgroup_id) const {
  const auto found = by_cgroup_.find(cgroup_id);
  if (cgroup_id == 0 || found == by_cgroup_.end()) return std::nullopt;
  return SocketOwner{found->second, OwnerSource::kCgroup};
}

std::optional<SocketOwner> SocketOwners::by_user(NetworkId network,
                                                 std::optional<uid_t> uid) const {
  const auto user = uid.value_or(0) == 0 ? users_.end() : users_.find({network, *uid});
  if (user == users_.end() || user->second.others || user->second.makers.size() != 1)
    return std::nullopt;
  return SocketOwner{user->second.makers.front(), OwnerSource::kUser};
}

std::optional<SocketOwner> SocketOwners::by_network(NetworkId network) const {
  const auto tier = by_network_.find(network);
  if (tier == by_network_.end()) return std::nullopt;
  return SocketOwner{tier->second, OwnerSource::kNetwork};
}

std::optional<SocketOwner> SocketOwners::of_listener(const Listener& listener) const {
  auto owner = tier_of_listener(listener);
  if (!owner || owner->source == OwnerSource::kDescriptor || owner->source == OwnerSource::kTitle)
    return owner;
  const auto which = instances_.of_listener(
      owner->tier, {listener.network, listener.reading.uid, listener.cgroup_id});
  owner->instance = which.instance;
  owner->user = which.user;
  return owner;
}

std::optional<SocketOwner> SocketOwners::tier_of_listener(const Listener& listener) const {
  for (const std::uint64_t inode : listener.inodes)
    if (const auto owner = by_descriptor(inode)) return owner;
  if (const auto owner = titles_.remembered(listener)) return owner;
  auto owner = by_cgroup(listener.cgroup_id);
  if (!owner) owner = by_user(listener.network, listener.reading.uid);
  if (!owner) owner = by_network(listener.network);
  const auto claimed = claimants(listener);
  if (claimed.empty()) return owner;
  const bool agreed =
      owner && std::find(claimed.begin(), claimed.end(), owner->tier) != claimed.end();
  return SocketOwner{agreed ? owner->tier : claimed.front(), OwnerSource::kAddress};
}

ClientTier SocketOwners::of_client(std::uint64_t inode, const SocketOrigin& origin,
                                   std::optional<std::uint16_t> server) const {
  ClientTier client = tier_of_client(inode, origin, server);
  if (!client.owner || client.owner->source == OwnerSource::kDescriptor) return client;
  const auto which = instances_.of_client(client.owner->tier, origin);
  client.owner->instance = which.instance;
  client.owner->user = which.user;
  return client;
}

ClientTier SocketOwners::tier_of_client(std::uint64_t inode, const SocketOrigin& origin,
                                        std::optional<std::uint16_t> server) const {
  if (const auto owner = by_descriptor(inode)) return {owner};
  if (const auto owner = by_cgroup(origin.cgroup_id)) return {owner};
  if (const auto owner = by_network(origin.network)) return {owner};
  const auto user =
      origin.uid.value_or(0) != 0 ? users_.find({origin.network, *origin.uid}) : users_.end();
  if (user == users_.end() || user->second.tiers.empty()) return {};
  const auto& tiers = user->second.tiers;
  if (user->second.others) return {{}, &user->second};
  if (tiers.size() == 1) return {SocketOwner{tiers.front(), OwnerSource::kUser}};
  if (tiers.size() == 2 && server && (tiers[0] == *server || tiers[1] == *server))
    return {SocketOwner{tiers[tiers[0] == *server ? 1 : 0], OwnerSource::kElimination}};
  return {{}, &user->second};
}

}  // namespace tierwatch

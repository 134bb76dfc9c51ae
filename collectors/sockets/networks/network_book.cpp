// SPDX-License-Identifier: MIT
#include "collectors/sockets/networks/network_book.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "collectors/parse/cgroup_name.h"

namespace tierwatch {
namespace {

constexpr std::size_t kMostLeftOut = 4096;  ///< that are counted
constexpr nanoseconds kWorks = std::chrono::milliseconds(100);

/// Processes from which members of other namespaces descend: a shell, an init.
std::set<pid_t> ancestors_of_members(const std::map<NetworkId, Network>& networks,
                                     std::span<const ProcessReading> processes) {
  std::unordered_map<pid_t, pid_t> parents;
  for (const ProcessReading& process : processes)
    parents.emplace(process.id.pid, process.parent_pid);
  std::set<pid_t> ancestors;
  for (const auto& [id, network] : networks)
    for (const pid_t member : network.members)
      for (auto at = parents.find(member); at != parents.end(); at = parents.find(at->second))
        if (!ancestors.insert(at->second).second) break;
  return ancestors;
}

}  // namespace

void insert_sorted(std::vector<std::uint16_t>& tiers, std::uint16_t tier) {
  const auto place = std::ranges::lower_bound(tiers, tier);
  if (place == tiers.end() || *place != tier) tiers.insert(place, tier);
}

std::uint64_t NetworkBook::inode_of(pid_t pid) const {
  Fault why{};
  const auto status = files_.status(process_path(pid, "net/unix").c_str(), why);
  return status ? status->inode : 0;
}

/// By the namespace's own link, where it may be read.
bool NetworkBook::is_ours(pid_t pid) const {
  const auto ours = files_.link("proc/self/ns/net");
  return ours && files_.link(process_path(pid, "ns/net").c_str()) == ours;
}

/// Merges what is known with the processes of now: both ascend by pid.
std::vector<NetworkBook::Known> NetworkBook::looked_at(
    const Instant& now, std::span<const ProcessReading> processes) const {
  std::vector<Known> result;
  result.reserve(processes.size());
  auto before = known_.begin();
  for (const ProcessReading& process : processes) {
    while (before != known_.end() && before->id.pid < process.id.pid) ++before;
    const bool same = before != known_.end() && before->id == process.id;
    Known known = same ? *before : Known{.id = process.id};
    const bool young = now.boot - process.id.started < kYoung;
    // Those that were met together are not all asked again together.
    const nanoseconds wait = kLookAgain + std::chrono::milliseconds(process.id.pid % 16'000);
    if (!same || young || now.monotonic - known.looked >= wait) {
      const std::uint64_t inode = inode_of(process.id.pid);
      if (inode != 0) known.inode = inode;  // one that is dead stays where it was
      known.looked = now.monotonic;
    }
    result.push_back(known);
  }
  return result;
}

/// By its unit or container, else by its oldest process.
std::string NetworkBook::name_for(const ProcessReading& member) const {
  const auto is_taken = [&](const std::string& name) {
    return std::ranges::any_of(networks_, [&](const auto& one) { return one.second.name == name; });
  };
  const std::string of_pid = "the network of pid " + std::to_string(member.id.pid);
  std::string name = unit_or_container(member.cgroup);
  if (name.empty()) return of_pid;
  return is_taken(name) ? name + ", " + of_pid : name;
}

NetworkId NetworkBook::number_of(std::uint64_t inode, const ProcessReading& member) {
  if (const auto known = by_inode_.find(inode); known != by_inode_.end()) return known->second;
  if (is_ours(member.id.pid)) {
    no_identities_ = true;
    return kOwnNetwork;
  }
  if (networks_.size() >= kMostNetworks) {
    if (left_out_.size() < kMostLeftOut) left_out_.insert(inode);
    return kUnwatchedNetwork;
  }
  const NetworkId id = ++last_;
  networks_[id] = {.inode = inode, .name = name_for(member), .members = {}, .tiers = {}};
  by_inode_.emplace(inode, id);
  return id;
}

/// The oldest process names its namespace, and is the one by which it is looked into.
void NetworkBook::place_members(std::span<const ProcessReading> processes) {
  std::vector<std::pair<ProcessId, std::size_t>> members;
  for (std::size_t i = 0; i < processes.size(); ++i) {
    const bool here = known_[i].inode == 0 || known_[i].inode == own_inode_;
    if (processes[i].member && !here && processes[i].state != 'Z')
      members.emplace_back(processes[i].id, i);
  }
  std::ranges::sort(members, {},
                    [](const auto& one) { return std::pair(one.first.started, one.first.pid); });
  for (const auto& [process, i] : members) {
    ids_[i] = number_of(known_[i].inode, processes[i]);
    const auto network = networks_.find(ids_[i]);
    if (network == networks_.end()) continue;
    network->second.members.push_back(process.pid);
    insert_sorted(network->second.tiers, processes[i].member->tier);
  }
}

void NetworkBook::place_others(std::span<const ProcessReading> processes) {
  if (networks_.empty() && left_out_.empty()) return;
  const std::set<pid_t> ancestors = ancestors_of_members(networks_, processes);
  for (std::size_t i = 0; i < processes.size(); ++i) {
    if (known_[i].inode == 0 || known_[i].inode == own_inode_) continue;
    const auto id = by_inode_.find(known_[i].inode);
    if (ids_[i] == kOwnNetwork) ids_[i] = id == by_inode_.end() ? kUnwatchedNetwork : id->second;
    const auto network = networks_.find(ids_[i]);
    const ProcessReading& process = processes[i];
    const bool works = process.user_cpu + process.system_cpu >= kWorks;
    const bool stranger = !process.member && works && !ancestors.contains(process.id.pid);
    if (network != networks_.end() && stranger) network->second.others = true;
  }
}

void NetworkBook::update(const Instant& now, std::span<const ProcessReading> processes) {
  Fault why{};
  if (own_inode_ == 0)
    if (const auto own = files_.status("proc/self/net/unix", why)) own_inode_ = own->inode;
  ids_.assign(processes.size(), kOwnNetwork);
  left_out_.clear();
  for (auto& [id, network] : networks_) {
    network.members.clear();
    network.tiers.clear();
    network.others = false;
  }
  if (own_inode_ != 0 && !no_identities_) {
    known_ = looked_at(now, processes);
    place_members(processes);
    place_others(processes);
  }
  if (no_identities_) ids_.assign(processes.size(), kOwnNetwork);
  std::erase_if(networks_, [&](const auto& entry) {
    const bool gone = no_identities_ || entry.second.members.empty();
    if (gone) by_inode_.erase(entry.second.inode);
    return gone;
  });
}

}  // namespace tierwatch

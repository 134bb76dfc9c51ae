// SPDX-License-Identifier: MIT
#include "collectors/sockets/instance_book.h"

#include <algorithm>
#include <vector>

namespace tierwatch {
namespace {

/// Leaves those that `holds`, if there are any.
template <typename Holds>
void narrow(std::vector<pid_t>& some, Holds holds) {
  std::vector<pid_t> fitting;
  for (const pid_t one : some)
    if (holds(one)) fitting.push_back(one);
  if (!fitting.empty()) some = std::move(fitting);
}

}  // namespace

void InstanceBook::learn(std::span<const ProcessReading> processes,
                         std::span<const NetworkId> networks,
                         const std::map<std::string, std::uint64_t>& cgroup_ids) {
  servers_.clear();
  living_.clear();
  for (std::size_t i = 0; i < processes.size(); ++i) {
    const ProcessReading& process = processes[i];
    if (!process.member || process.state == 'Z') continue;
    const pid_t root = process.member->instance;
    Server& server = servers_[root];
    auto& living = living_[{process.member->tier, networks[i]}];
    const auto place = std::ranges::lower_bound(living, root);
    if (place == living.end() || *place != root) living.insert(place, root);
    if (process.uid) server.users.insert(*process.uid);
    if (process.id.pid == process.member->instance) server.user = process.uid;
    const auto id = cgroup_ids.find(process.cgroup);
    if (id != cgroup_ids.end()) server.cgroups.insert(id->second);
  }
}

/// Those in its namespace, and in its cgroup, if there are any.
std::vector<pid_t> InstanceBook::possible(std::uint16_t tier, const SocketOrigin& origin) const {
  const auto living = living_.find({tier, origin.network});
  if (living == living_.end()) return {};
  std::vector<pid_t> some = living->second;
  if (origin.cgroup_id != 0)
    narrow(some, [&](pid_t one) { return servers_.at(one).cgroups.contains(origin.cgroup_id); });
  return some;
}

InstanceBook::Which InstanceBook::one_of(const std::vector<pid_t>& possible) const {
  if (possible.empty()) return {};
  Which which{.instance = possible.size() == 1 ? possible.front() : 0,
              .user = servers_.at(possible.front()).user};
  for (const pid_t one : possible)
    if (servers_.at(one).user != which.user) which.user.reset();
  return which;
}

InstanceBook::Which InstanceBook::of_listener(std::uint16_t tier,
                                              const SocketOrigin& origin) const {
  std::vector<pid_t> some = possible(tier, origin);
  if (const auto uid = origin.uid) {
    narrow(some, [&](pid_t one) { return servers_.at(one).users.contains(*uid); });
    narrow(some, [&](pid_t one) { return servers_.at(one).user == *uid; });
    if (*uid == 0)
      narrow(some, [&](pid_t one) { return !is_login_user(servers_.at(one).user.value_or(0)); });
  }
  return one_of(some);
}

InstanceBook::Which InstanceBook::of_client(std::uint16_t tier, const SocketOrigin& origin) const {
  std::vector<pid_t> some = possible(tier, origin);
  if (origin.uid.value_or(0) != 0)
    narrow(some, [&](pid_t one) { return servers_.at(one).users.contains(*origin.uid); });
  return one_of(some);
}

std::optional<uid_t> InstanceBook::user_of(pid_t instance) const {
  const auto server = servers_.find(instance);
  return server == servers_.end() ? std::nullopt : server->second.user;
}

}  // namespace tierwatch

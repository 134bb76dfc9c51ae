// SPDX-License-Identifier: MIT
#include "collectors/sockets/title_clients.h"

#include <set>

#include "collectors/servers/servers.h"

namespace tierwatch {

void TitleClients::learn(std::span<const ProcessReading> processes,
                         std::span<const NetworkId> networks, const TierRules& rules) {
  clients_.clear();
  for (auto& [pid, title] : titles_) title.there = false;
  std::set<std::pair<uid_t, pid_t>> alive;
  for (std::size_t i = 0; i < processes.size(); ++i) {
    const ProcessReading& process = processes[i];
    if (!process.member || !process.uid || process.member->tier >= rules.tiers.size()) continue;
    const auto client_of = traits_of(rules.tiers[process.member->tier].preset).client_in_title;
    if (!client_of) continue;
    alive.insert({*process.uid, process.member->instance});
    const auto& client = client_in(process, client_of);
    if (!client) continue;
    clients_[{networks[i], *process.uid, *client}] = {.tier = process.member->tier,
                                                      .source = OwnerSource::kTitle,
                                                      .instance = process.member->instance,
                                                      .user = process.uid};
  }
  std::erase_if(titles_, [](const auto& entry) { return !entry.second.there; });
  std::erase_if(told_, [&](const auto& entry) {
    return !alive.contains({std::get<1>(entry.first), entry.second.instance});
  });
}

const std::optional<Endpoint>& TitleClients::client_in(const ProcessReading& process,
                                                       ClientInTitle client_of) {
  Title& title = titles_[process.id.pid];
  title.there = true;
  if (title.read_by == client_of && title.text == process.title) return title.client;
  const auto client = client_of(process.title);
  const auto address = client ? parse_ip_address(client->host) : std::nullopt;
  title.text = process.title;
  title.read_by = client_of;
  title.client = address ? std::optional(Endpoint{*address, client->port}) : std::nullopt;
  return title.client;
}

std::optional<SocketOwner> TitleClients::owner_of(const Listener& listener,
                                                  const Endpoint& client) const {
  if (!listener.reading.uid) return std::nullopt;
  const auto found = clients_.find({listener.network, *listener.reading.uid, client});
  return found == clients_.end() ? std::nullopt : std::optional(found->second);
}

std::optional<SocketOwner> TitleClients::remembered(const Listener& listener) const {
  if (!listener.reading.uid || told_.empty()) return std::nullopt;
  const auto found = told_.find({listener.network, *listener.reading.uid, listener.local});
  return found == told_.end() ? std::nullopt : std::optional(found->second);
}

void TitleClients::remember(const Listener& listener) {
  const auto& owner = listener.reading.owner;
  if (owner && owner->source == OwnerSource::kTitle && listener.reading.uid)
    told_[{listener.network, *listener.reading.uid, listener.local}] = *owner;
}

}  // namespace tierwatch

// SPDX-License-Identifier: MIT
#include "exporters/http/client_places.h"

#include <algorithm>
#include <new>

namespace tierwatch {
namespace {

/// Dropped ones hold a descriptor until the HTTP library sees that they are gone.
constexpr std::size_t kMostDropped = 48;

}  // namespace

void ClientPlaces::move(Client* client, Phase to, Time now) {
  clients_[to].splice(clients_[to].end(), clients_[client->phase], client->self);
  client->phase = to;
  client->since = now;
}

/// False when there is none in this phase since before that time.
bool ClientPlaces::drop_first(Phase phase, const std::function<void(int)>& drop, Time before) {
  if (clients_[phase].empty() || clients_[phase].front().since > before) return false;
  this->drop(clients_[phase].front(), drop);
  return true;
}

bool ClientPlaces::drop_first_of(const std::string& host, Phase phase,
                                 const std::function<void(int)>& drop, Time before) {
  const auto first = std::ranges::find(clients_[phase], host, &Client::host);
  if (first == clients_[phase].end() || first->since > before) return false;
  this->drop(*first, drop);
  return true;
}

void ClientPlaces::drop(Client& client, const std::function<void(int)>& drop) {
  drop(client.descriptor);
  count_down(client);
  move(&client, kDropped, client.since);
}

void ClientPlaces::count_down(const Client& client) {
  const auto held = held_.find(client.host);
  if (held != held_.end() && --held->second == 0) held_.erase(held);
}

bool ClientPlaces::may_drop() const { return clients_[kDropped].size() < kMostDropped; }

void ClientPlaces::drop_late(Time now, const std::function<void(int)>& drop) {
  for (const Phase phase : {kNew, kIdle})
    while (may_drop() && drop_first(phase, drop, now - patience_)) {
    }
}

bool ClientPlaces::admit(Time now, const std::string& host, const std::function<void(int)>& drop) {
  drop_late(now, drop);
  const auto of_host = host.empty() ? held_.end() : held_.find(host);
  if (of_host != held_.end() && of_host->second >= most_of_one_) {
    return may_drop() &&
           (drop_first_of(host, kNew, drop, now) || drop_first_of(host, kIdle, drop, now) ||
            drop_first_of(host, kAnswering, drop, now - patience_));
  }
  const std::size_t held =
      clients_[kNew].size() + clients_[kIdle].size() + clients_[kAnswering].size();
  if (held < most_) return true;
  return may_drop() && (drop_first(kNew, drop, now) || drop_first(kIdle, drop, now) ||
                        drop_first(kAnswering, drop, now - patience_));
}

ClientPlaces::Client* ClientPlaces::opened(int descriptor, const std::string& host, Time now) {
  try {
    std::size_t& held = held_[host];
    Client& client = clients_[kNew].emplace_back();
    ++held;
    client.descriptor = descriptor;
    client.host = host;  // short: takes no memory
    client.since = now;
    client.self = std::prev(clients_[kNew].end());
    return &client;
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

void ClientPlaces::asked(Client* client, Time now) {
  if (!client) return;
  if (client->phase == kNew || client->phase == kIdle) move(client, kAnswering, now);
}

void ClientPlaces::answered(Client* client, Time now) {
  if (client && client->phase == kAnswering) move(client, kIdle, now);
}

void ClientPlaces::closed(Client* client) {
  if (!client) return;
  if (client->phase != kDropped) count_down(*client);
  clients_[client->phase].erase(client->self);
}

}  // namespace tierwatch

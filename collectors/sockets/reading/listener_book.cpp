// SPDX-License-Identifier: MIT
#include "collectors/sockets/reading/listener_book.h"

#include <algorithm>
#include <utility>

#include "collectors/seconds.h"

namespace tierwatch {

namespace {

/// Half the time for each end of the gap at which the state held.
nanoseconds time_in_state(nanoseconds gap, bool before, bool after) {
  return gap * (int{before} + int{after}) / 2;
}

bool is_person(const std::optional<uid_t>& user) { return user && is_login_user(*user); }

}  // namespace

ListenerBook::Room ListenerBook::make_room(const User& newcomer) {
  if (addresses_.size() < kMostAddresses) return Room::kYes;
  const auto most = std::ranges::max_element(by_user_, {}, [](const auto& entry) {
    return std::pair(is_person(entry.first), entry.second);
  });
  const auto own = by_user_.find(newcomer);
  const std::size_t has = own == by_user_.end() ? 0 : own->second;
  const bool goes_first = is_person(most->first) && !is_person(newcomer);
  if (!goes_first && most->second <= has + 1) return Room::kNone;
  if (evictions_ >= kMostEvictions) return Room::kLater;
  ++evictions_;
  evict_latest_of(most->first);
  return Room::kYes;
}

void ListenerBook::evict_latest_of(const User& user) {
  auto latest = addresses_.end();
  for (auto entry = addresses_.begin(); entry != addresses_.end(); ++entry)
    if (entry->second.user == user &&
        (latest == addresses_.end() || entry->second.number > latest->second.number))
      latest = entry;
  if (latest == addresses_.end()) return;
  const Address* gone = &latest->second;
  std::erase(touched_, gone);
  for (auto& [network, sockets] : sockets_)
    std::erase_if(sockets, [&](const auto& entry) { return entry.second.address == gone; });
  addresses_.erase(latest);
  if (--by_user_[user] == 0) by_user_.erase(user);
}

ListenerBook::Socket* ListenerBook::socket_of(SocketFamily family, const ListenerSocket& socket,
                                              NetworkName network) {
  // Cookies of UNIX and TCP come from one counter; where inodes stand in for them, they are unique
  // as well.
  auto& sockets = sockets_[network.id];
  if (const auto known = sockets.find(socket.cookie); known != sockets.end()) return &known->second;
  auto& strangers = strangers_[network.id];
  if (strangers.contains(socket.cookie)) return nullptr;
  Key key{family, network.name,
          family == SocketFamily::kUnix ? socket.name : to_string(socket.local, family)};
  auto entry = addresses_.find(key);
  if (entry == addresses_.end()) {
    const Room room = make_room(socket.uid);
    if (room == Room::kNone) strangers.insert(socket.cookie);
    if (room != Room::kYes) return nullptr;
    entry = addresses_.try_emplace(std::move(key)).first;
    entry->second.user = socket.uid;
    entry->second.number = ++numbers_;
    ++by_user_[socket.uid];
  }
  Listener& listener = entry->second.listener;
  listener.local = socket.local;
  listener.network = network.id;
  listener.reading.family = family;
  listener.reading.network = std::get<1>(entry->first);
  listener.reading.address = std::get<2>(entry->first);
  listener.reading.port = socket.local.port;
  Socket& added = sockets[socket.cookie];
  added.address = &entry->second;
  return &added;
}

void ListenerBook::start_sample(Address& address) {
  if (address.sample == samples_) return;
  address.sample = samples_;
  address.length = address.limit = address.drops = 0;
  address.sockets = 0;
  address.full = address.has_limit = false;
  address.listener.inodes.clear();
  touched_.push_back(&address);
}

void ListenerBook::finish_sample(Address& address, nanoseconds now) {
  ListenerReading& reading = address.listener.reading;
  const nanoseconds gap = now - address.sampled;
  if (address.seen && gap > nanoseconds::zero() && gap <= kLongestGap) {
    reading.observed += gap;
    reading.queue_seconds +=
        seconds_of(gap) * static_cast<double>(reading.queue_length + address.length) / 2;
    reading.queued_time += time_in_state(gap, reading.queue_length > 0, address.length > 0);
    reading.full_time += time_in_state(gap, address.was_full, address.full);
  }
  address.seen = true;
  address.sampled = now;
  address.was_full = address.full;
  reading.queue_length = address.length;
  reading.queue_limit =
      address.has_limit ? std::optional<std::uint64_t>(address.limit) : std::nullopt;
  reading.queue_peak = std::max(reading.queue_peak, address.length);
  reading.sockets = address.sockets;
  ++reading.samples;
  if (address.length > 0) ++reading.samples_with_queue;
  if (address.full) ++reading.samples_full;
  std::sort(address.listener.inodes.begin(), address.listener.inodes.end());
}

/// A 32-bit counter that may wrap.
void ListenerBook::count_drops(Socket& known, std::uint32_t drops, NetworkName network) {
  const std::uint32_t growth = drops - known.drops;
  known.drops = drops;
  auto& total = known.address->listener.reading.drops;
  total = total.value_or(0) + (network.id == kOwnNetwork ? growth : 0);
  known.address->own_drops += growth;
  known.address->counts_drops = true;
}

template <typename Visit>
void ListenerBook::for_each_of(SocketFamily family, NetworkName network, Visit visit) {
  for (auto entry = addresses_.lower_bound({family, std::string(network.name), {}});
       entry != addresses_.end() && std::get<0>(entry->first) == family &&
       std::get<1>(entry->first) == network.name;
       ++entry)
    visit(entry->second);
}

void ListenerBook::add(nanoseconds now, SocketFamily family,
                       std::span<const ListenerSocket> sockets, NetworkName network) {
  ++samples_;
  touched_.clear();
  evictions_ = 0;
  bool& overflows = overflows_[static_cast<std::size_t>(family)];
  if (network.id == kOwnNetwork) overflows = false;
  for (const ListenerSocket& socket : sockets) {
    Socket* known = socket_of(family, socket, network);
    if (known == nullptr) {
      overflows = true;
      continue;
    }
    Address& address = *known->address;
    Listener& listener = address.listener;
    start_sample(address);
    if (address.sockets++ == 0) {
      listener.reading.uid = socket.uid;
      listener.cgroup_id = socket.cgroup_id;
    }
    listener.inodes.push_back(socket.inode);
    address.length += socket.queue_length;
    if (socket.queue_limit) {
      address.has_limit = true;
      address.limit += *socket.queue_limit;
      address.full = address.full || socket.queue_length > *socket.queue_limit;
    }
    if (socket.drops) count_drops(*known, *socket.drops, network);
    known->seen = now;
  }
  for (Address* address : touched_) finish_sample(*address, now);
  for_each_of(family, network, [&](Address& address) {
    address.listener.listening = address.sample == samples_;
    if (!address.listener.listening) address.seen = false;
  });
}

void ListenerBook::count_lost(NetworkName network, std::uint64_t lost) {
  std::uint64_t& known = lost_.try_emplace(std::string(network.name), lost).first->second;
  const std::uint64_t growth = lost - std::min(lost, std::exchange(known, lost));
  std::vector<Address*> all;
  for (const SocketFamily family : {SocketFamily::kTcp4, SocketFamily::kTcp6})
    for_each_of(family, network, [&](Address& address) {
      if (address.listener.listening) all.push_back(&address);
    });
  for (Address* address : all) {
    auto& drops = address->listener.reading.drops;
    const std::uint64_t own =
        address->own_drops - std::exchange(address->settled_drops, address->own_drops);
    if (address->counts_drops)
      drops = drops.value_or(0) + std::min(own, growth);
    else if (all.size() == 1)
      drops = drops.value_or(0) + growth;
  }
}

void ListenerBook::close(NetworkName network) {
  for (const SocketFamily family : {SocketFamily::kTcp4, SocketFamily::kTcp6, SocketFamily::kUnix})
    for_each_of(family, network, [](Address& address) {
      address.listener.listening = false;
      address.seen = false;
    });
  sockets_.erase(network.id);
  strangers_.erase(network.id);
  if (const auto lost = lost_.find(network.name); lost != lost_.end()) lost_.erase(lost);
}

void ListenerBook::forget(nanoseconds now) {
  const nanoseconds memory = addresses_.size() > kManyAddresses ? kShortMemory : kMemory;
  for (auto& [network, sockets] : sockets_)
    std::erase_if(sockets, [&](const auto& entry) {
      const Socket& socket = entry.second;
      const bool closed =
          !socket.address->listener.listening || socket.seen < socket.address->sampled;
      const nanoseconds age = now - socket.seen;
      return age > memory || (closed && age > kShortMemory);
    });
  // A socket is never seen later than its address: no Socket::address is left dangling.
  std::erase_if(addresses_, [&](const auto& entry) {
    if (now - entry.second.sampled <= memory) return false;
    if (--by_user_[entry.second.user] == 0) by_user_.erase(entry.second.user);
    return true;
  });
  std::erase_if(strangers_, [&](const auto& entry) {
    return addresses_.size() < kMostAddresses || entry.second.size() > kMostStrangers;
  });
}

std::vector<Listener> ListenerBook::take(nanoseconds now) {
  forget(now);
  std::vector<Listener> listeners;
  listeners.reserve(addresses_.size());
  for (auto& [key, address] : addresses_) {
    if (!address.listener.listening) {
      address.listener.reading.queue_length = 0;
      address.listener.reading.sockets = 0;
      address.was_full = false;
    }
    listeners.push_back(address.listener);
    address.listener.reading.queue_peak = address.listener.reading.queue_length;
  }
  return listeners;
}

}  // namespace tierwatch

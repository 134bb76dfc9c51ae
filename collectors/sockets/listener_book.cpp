// SPDX-License-Identifier: MIT
#include "collectors/sockets/listener_book.h"

#include <algorithm>

namespace tierwatch {

namespace {

/// Half the time for each end of the gap at which the state held.
nanoseconds time_in_state(nanoseconds gap, bool before, bool after) {
  return gap * (int{before} + int{after}) / 2;
}

}  // namespace

ListenerBook::Socket* ListenerBook::socket_of(SocketFamily family, const ListenerSocket& socket) {
  // UNIX and TCP cookies come from one counter per network namespace (net/core/sock_diag.c); where
  // inodes stand in for them, they are unique as well.
  if (const auto known = sockets_.find(socket.cookie); known != sockets_.end())
    return &known->second;
  if (strangers_.contains(socket.cookie)) return nullptr;
  Key key{family, family == SocketFamily::kUnix ? socket.name : to_string(socket.local, family)};
  if (addresses_.size() >= kMostAddresses && !addresses_.contains(key)) {
    strangers_.insert(socket.cookie);
    return nullptr;
  }
  const auto entry = addresses_.try_emplace(std::move(key)).first;
  Listener& listener = entry->second.listener;
  listener.local = socket.local;
  listener.reading.family = family;
  listener.reading.address = entry->first.second;
  listener.reading.port = socket.local.port;
  Socket& added = sockets_[socket.cookie];
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
    reading.queue_seconds += std::chrono::duration<double>(gap).count() *
                             static_cast<double>(reading.queue_length + address.length) / 2;
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

void ListenerBook::add(nanoseconds now, SocketFamily family,
                       std::span<const ListenerSocket> sockets) {
  ++samples_;
  touched_.clear();
  bool& overflows = overflows_[static_cast<std::size_t>(family)];
  overflows = false;
  for (const ListenerSocket& socket : sockets) {
    Socket* known = socket_of(family, socket);
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
    if (socket.drops) {  // a 32-bit counter that may wrap
      listener.reading.drops = listener.reading.drops.value_or(0) + (*socket.drops - known->drops);
      known->drops = *socket.drops;
    }
    known->seen = now;
  }
  for (Address* address : touched_) finish_sample(*address, now);
  for (auto entry = addresses_.lower_bound({family, {}});
       entry != addresses_.end() && entry->first.first == family; ++entry) {
    Address& address = entry->second;
    address.listener.listening = address.sample == samples_;
    if (!address.listener.listening) address.seen = false;
  }
}

void ListenerBook::forget(nanoseconds now) {
  const nanoseconds memory = addresses_.size() > kManyAddresses ? kShortMemory : kMemory;
  std::erase_if(sockets_, [&](const auto& entry) {
    const Socket& socket = entry.second;
    const bool closed =
        !socket.address->listener.listening || socket.seen < socket.address->sampled;
    const nanoseconds age = now - socket.seen;
    return age > memory || (closed && age > kShortMemory);
  });
  // A socket is never seen later than its address: no Socket::address is left dangling.
  std::erase_if(addresses_, [&](const auto& entry) { return now - entry.second.sampled > memory; });
  if (addresses_.size() < kMostAddresses || strangers_.size() > kMostStrangers) strangers_.clear();
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

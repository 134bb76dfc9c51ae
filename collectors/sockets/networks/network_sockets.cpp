// SPDX-License-Identifier: MIT
#include "collectors/sockets/networks/network_sockets.h"

#include <algorithm>
#include <utility>

#include "collectors/parse/proc_text_host.h"
#include "collectors/sockets/reading/proc_net.h"
#include "collectors/text/text_scan.h"

namespace tierwatch {

namespace {

/// "TCP: inuse 7 orphan 0 …" or "TCP6: inuse 3" of /proc/net/sockstat and sockstat6.
std::optional<std::uint64_t> tcp_sockets_in_use(std::string_view text) {
  while (!text.empty()) {
    std::string_view line = take_until(text, '\n');
    const std::string_view name = take_field(line);
    if ((name == "TCP:" || name == "TCP6:") && take_field(line) == "inuse")
      return take_number<std::uint64_t>(line);
  }
  return std::nullopt;
}

nanoseconds pause_for(nanoseconds cost, double share) {
  const auto pause = std::chrono::duration<double, std::nano>(cost) / share;
  return std::chrono::duration_cast<nanoseconds>(
      std::min<std::chrono::duration<double, std::nano>>(pause, std::chrono::hours(1)));
}

}  // namespace

NetworkSockets::NetworkSockets(NetworkId id, std::string name, std::string folder,
                               const ProcFs& files, FaultLog& faults)
    : id_(id),
      name_(std::move(name)),
      folder_(std::move(folder)),
      files_(files),
      faults_(faults),
      proc_table_(make_proc_net_table(files, faults, folder_)) {}

template <typename Found>
DumpStatus NetworkSockets::read(SocketFamily family, nanoseconds now,
                                DumpStatus (SocketTable::*what)(SocketFamily, Found&),
                                Found& found) {
  FamilyState& state = families_[static_cast<std::size_t>(family)];
  if (!state.from_proc || now >= state.retry_at) {
    const DumpStatus status = (table_.get()->*what)(family, found);
    state.from_proc = status == DumpStatus::kUnavailable;
    if (!state.from_proc) {
      if (status == DumpStatus::kFailed)
        faults_.count("sock_diag/" + std::string(to_string(family)), Fault::kOther);
      return status;
    }
    state.retry_at = now + kRetryInterval;
  }
  return (proc_table_.get()->*what)(family, found);
}

/// Where no connection is there, no listener has a queue: then the text, for which the kernel walks
/// through all connections of the machine, is only read now and then, for listeners that are new.
DumpStatus NetworkSockets::read_listeners(SocketFamily family, nanoseconds now) {
  FamilyState& state = families_[static_cast<std::size_t>(family)];
  const bool from_proc = state.from_proc && now < state.retry_at && family != SocketFamily::kUnix;
  if (from_proc && now - state.listed_at < kListAgain &&
      sockets_in_use(family) == state.listed.size()) {
    found_ = state.listed;
    for (ListenerSocket& listener : found_) listener.queue_length = 0;
    return DumpStatus::kComplete;
  }
  const DumpStatus status = read(family, now, &SocketTable::listeners, found_);
  if (state.from_proc && status == DumpStatus::kComplete) {
    state.listed = found_;
    state.listed_at = now;
  }
  return status;
}

void NetworkSockets::sample(SocketFamily family, nanoseconds now, const SocketBudget& budget,
                            ListenerBook& book) {
  FamilyState& state = families_[static_cast<std::size_t>(family)];
  state.sampled_at = now;
  found_.clear();
  const nanoseconds before = table_->cpu_time();
  const bool complete = read_listeners(family, now) == DumpStatus::kComplete;
  state.cost = table_->cpu_time() - before;
  state.queues_due = now + pause_after(state, state.cost, budget);
  if (!complete) return;
  state.empty = found_.empty();
  state.queued =
      std::ranges::any_of(found_, [](const ListenerSocket& one) { return one.queue_length > 0; });
  std::uint64_t drops = 0;
  for (const ListenerSocket& one : found_) drops += one.drops.value_or(0);
  if (family != SocketFamily::kUnix)
    may_have_lost_ = may_have_lost_ || (state.from_proc ? state.queued : drops != state.drops);
  state.drops = drops;
  book.add(now, family, found_, {id_, name_});
}

/// How long the queues of a family are left alone between ticks.
nanoseconds NetworkSockets::pause_after(const FamilyState& state, nanoseconds cost,
                                        const SocketBudget& budget) const {
  const nanoseconds least = state.from_proc ? kFallbackInterval : nanoseconds{};
  if (cost <= budget.free_queues) return least;
  return std::max(least, std::min(pause_for(cost, budget.queues), kOldestConnections));
}

void NetworkSockets::sample_queues(nanoseconds now, const SocketBudget& budget,
                                   ListenerBook& book) {
  for (const SocketFamily family : kFamilies) {
    const FamilyState& one = state(family);
    if (one.watched() && now >= one.queues_due) sample(family, now, budget, book);
  }
}

void NetworkSockets::sample_at_tick(nanoseconds now, const SocketBudget& budget,
                                    ListenerBook& book) {
  for (const SocketFamily family : kFamilies) {
    const FamilyState& one = state(family);
    if (is_due_at_tick(one, now, budget) && now != one.sampled_at)
      sample(family, now, budget, book);
  }
}

bool NetworkSockets::is_due_at_tick(const FamilyState& state, nanoseconds now,
                                    const SocketBudget& budget) {
  const nanoseconds rest = state.watched() || state.cost <= budget.free_queues
                               ? nanoseconds{}
                               : std::min(pause_for(state.cost, kUnwatchedShare), kDearPause);
  if (now - state.sampled_at < rest) return false;
  if (now >= state.queues_due) return true;
  return !budget.ticks_can_wait && (state.cost <= kDear || now - state.sampled_at >= kDearPause);
}

bool NetworkSockets::queued() const { return std::ranges::any_of(families_, &FamilyState::queued); }

void NetworkSockets::list_connections(nanoseconds now, const SocketBudget& budget,
                                      std::span<const Listener> listeners) {
  if (now < connections_due_) return;
  const nanoseconds before = table_->cpu_time();
  connections_.clear();
  for (const SocketFamily family : kFamilies) {
    FamilyState& state = families_[static_cast<std::size_t>(family)];
    const bool none = !has_connections(family, listeners);
    state.connections_listed = !none && read(family, now, &SocketTable::connections,
                                             connections_) == DumpStatus::kComplete;
    state.connections_known = none || state.connections_listed;
  }
  list_lookups(now, listeners);
  const nanoseconds pause = pause_for(table_->cpu_time() - before, budget.connections);
  connections_due_ = now + std::min(pause, budget.oldest_connections);
}

/// Lookups of names that are under way, as connections. Of those that were there before us it is
/// not known since when. A port of UDP may be that of a listener: then it is none of its
/// connections.
void NetworkSockets::list_lookups(nanoseconds now, std::span<const Listener> listeners) {
  lookups_.clear();
  for (const SocketFamily family : {SocketFamily::kTcp4, SocketFamily::kTcp6}) {
    const char* name = family == SocketFamily::kTcp4 ? "net/udp" : "net/udp6";
    const FileText file = files_.read(folder_ + "/" + name, buffer_);
    if (file && !parse_name_lookups(file.text, family, lookups_))
      faults_.count(name, Fault::kMalformed);
  }
  const nanoseconds fresh = lookups_listed_ ? now : now - kLongestLookup;
  std::map<std::uint64_t, nanoseconds> since;
  for (const TcpConnection& lookup : lookups_) {
    const auto known = lookups_since_.find(lookup.inode);
    const nanoseconds first = known == lookups_since_.end() ? fresh : known->second;
    since[lookup.inode] = first;
    const bool is_listened_on = std::ranges::any_of(listeners, [&](const Listener& listener) {
      return listener.network == id_ && listener.local.port == lookup.local.port;
    });
    if (now - first < kLongestLookup && !is_listened_on) connections_.tcp.push_back(lookup);
  }
  lookups_since_ = std::move(since);
  lookups_listed_ = true;
}

std::optional<std::uint64_t> NetworkSockets::sockets_in_use(SocketFamily family) {
  const bool v4 = family == SocketFamily::kTcp4;
  const FileText file = files_.read(folder_ + (v4 ? "/net/sockstat" : "/net/sockstat6"), buffer_);
  return tcp_sockets_in_use(file ? file.text : std::string_view{});
}

/// False when the kernel's own count of TCP sockets leaves none beside the listeners: then the walk
/// is spared, most often that of IPv6. So is that of UNIX sockets where none listens: pairs that a
/// process made for itself lead nowhere.
bool NetworkSockets::has_connections(SocketFamily family, std::span<const Listener> listeners) {
  if (family == SocketFamily::kUnix) {
    return std::ranges::any_of(listeners, [](const Listener& listener) {
      return listener.reading.family == SocketFamily::kUnix;
    });
  }
  std::uint64_t listening = 0;
  for (const Listener& listener : listeners)
    if (listener.listening && listener.reading.family == family && listener.network == id_)
      listening += listener.reading.sockets;
  const auto in_use = sockets_in_use(family);
  return !in_use || *in_use > listening;
}

void NetworkSockets::note_owners(std::span<const Listener> listeners) {
  for (FamilyState& one : families_) one.foreign = true;
  for (const Listener& listener : listeners)
    if (listener.network == id_ && listener.reading.owner)
      families_[static_cast<std::size_t>(listener.reading.family)].foreign = false;
}

std::optional<std::uint64_t> NetworkSockets::lost_connections() {
  if (!may_have_lost_) return std::nullopt;
  may_have_lost_ = false;
  const FileText file = files_.read(folder_ + "/net/netstat", buffer_);
  const auto counts = file ? parse_netstat(file.text) : std::nullopt;
  return counts ? counts->listen_drops : std::nullopt;
}

}  // namespace tierwatch

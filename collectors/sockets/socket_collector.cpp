// SPDX-License-Identifier: MIT
#include "collectors/sockets/socket_collector.h"

#include <signal.h>

#include <algorithm>
#include <cerrno>

#include "collectors/sockets/networks/sock_diag_door.h"

namespace tierwatch {

namespace {

constexpr std::size_t kMostAddressText = 1u << 16;  ///< a router's table is longer

bool is_gone(pid_t pid) { return kill(pid, 0) != 0 && errno == ESRCH; }

NetworkTables real_tables(const ProcFs& files) {
  return [&files](const std::string& folder, std::uint64_t inode) {
    return make_sock_diag_table(
        [&files, &folder, inode] { return open_sock_diag_in(files, folder, inode); });
  };
}

}  // namespace

SocketCollector::SocketCollector(std::unique_ptr<SocketTable> table, const ProcFs& files,
                                 FaultLog& faults, TierRules rules, NetworkTables tables)
    : files_(files),
      faults_(faults),
      tables_(tables ? std::move(tables) : real_tables(files)),
      networks_(files),
      own_(kOwnNetwork, "", "proc", files, faults),
      owners_(files, std::move(rules)) {
  own_.use(std::move(table));
}

template <typename Visit>
void SocketCollector::for_each_network(Visit visit) {
  visit(own_);
  for (auto& [id, network] : others_) visit(*network);
}

SocketBudget SocketCollector::budget_of(const NetworkSockets& network) const {
  if (network.id() == kOwnNetwork)
    return {.queues = kQueuesShare,
            .free_queues = kFreeQueuesTime,
            .connections = kConnectionsShare,
            .oldest_connections = NetworkSockets::kOldestConnections,
            .ticks_can_wait = false};
  const double part = kElsewhere / static_cast<double>(others_.size());
  return {.queues = kQueuesShare * part,
          .free_queues = std::chrono::duration_cast<nanoseconds>(kFreeQueuesTime * part),
          .connections = kConnectionsShare * part,
          .oldest_connections = kOldestElsewhere,
          .ticks_can_wait = true};
}

void SocketCollector::sub_sample(const Instant& at) {
  std::vector<NetworkId> gone;
  for (const auto& [id, network] : others_)
    if (network->holds_network() && std::ranges::all_of(networks_.others().at(id).members, is_gone))
      gone.push_back(id);
  for (const NetworkId id : gone) leave(id);
  bool queued = false;
  for_each_network([&](NetworkSockets& network) {
    network.sample_queues(at.monotonic, budget_of(network), book_);
    queued = queued || network.queued();
  });
  calm_looks_ = queued ? 0 : std::min(calm_looks_ + 1, kCalmLooks);
}

void SocketCollector::leave(NetworkId id) {
  const auto network = others_.find(id);
  book_.close({id, network->second->name()});
  others_.erase(network);
}

/// Looks into namespaces that have come, and lets go of those that went.
void SocketCollector::enter_and_leave() {
  std::vector<NetworkId> gone;
  for (const auto& [id, network] : others_)
    if (!networks_.others().contains(id)) gone.push_back(id);
  for (const NetworkId id : gone) leave(id);
  for (const auto& [id, network] : networks_.others()) {
    auto& sockets = others_[id];
    const std::string folder = process_path(network.members.front());
    if (sockets) {
      sockets->set_folder(folder);
      continue;
    }
    sockets = std::make_unique<NetworkSockets>(id, network.name, folder, files_, faults_);
    sockets->use(tables_(sockets->folder(), network.inode));
  }
}

/// What listeners of other namespaces have lost is bounded by what these count. See ListenerBook.
void SocketCollector::settle_drops() {
  for (auto& [id, network] : others_)
    if (const auto lost = network->lost_connections())
      book_.count_lost({id, network->name()}, *lost);
}

/// Of all namespaces, where there are several.
void SocketCollector::learn_addresses(nanoseconds now) {
  if (addresses_of_ == others_.size() && now - addresses_at_ < kAddressesInterval) return;
  addresses_at_ = now;
  addresses_of_ = others_.size();
  addresses_ = {};
  if (others_.empty()) return;
  for_each_network([&](NetworkSockets& network) {
    const std::string folder = network.folder() + "/net/";
    if (const FileText v4 = files_.read(folder + "fib_trie", buffer_, kMostAddressText))
      for (const IpAddress& one : parse_fib_trie(v4.text)) addresses_.add(network.id(), one);
    if (const FileText v6 = files_.read(folder + "if_inet6", buffer_, kMostAddressText))
      for (const IpAddress& one : parse_if_inet6(v6.text)) addresses_.add(network.id(), one);
  });
}

SocketReading SocketCollector::collect(const Instant& at,
                                       std::span<const ProcessReading> processes) {
  networks_.update(at, processes);
  enter_and_leave();
  for_each_network([&](NetworkSockets& network) {
    network.sample_at_tick(at.monotonic, budget_of(network), book_);
  });
  settle_drops();
  learn_addresses(at.monotonic);

  owners_.update(at.monotonic, processes, networks_);
  std::vector<Listener> listeners = book_.take(at.monotonic);
  std::vector<NetworkConnections> connections;
  for_each_network([&](NetworkSockets& network) {
    network.list_connections(at.monotonic, budget_of(network), listeners);
    connections.push_back(network.connections());
    for (Listener& listener : listeners) {
      ListenerReading& reading = listener.reading;
      if (listener.network != network.id() || !network.connections_known(reading.family)) continue;
      reading.in_service = reading.unread = 0;
      if (reading.family != SocketFamily::kUnix && network.connections_listed(reading.family))
        reading.half_open = 0;
    }
  });
  for (Listener& listener : listeners) listener.reading.owner = owners_.of_listener(listener);
  for_each_network([&](NetworkSockets& network) { network.note_owners(listeners); });

  const auto relays = port_relays(processes, networks_.of_processes());
  SocketReading reading = tally_connections(listeners, {connections, addresses_, relays}, owners_);
  for (const Listener& listener : listeners) owners_.remember(listener);
  for (Listener& listener : listeners)
    if (listener.listening) reading.listeners.push_back(std::move(listener.reading));
  add_notes(reading.notes);
  return reading;
}

void SocketCollector::add_notes(std::vector<std::string>& notes) const {
  const auto from_proc = [&](SocketFamily family) { return own_.from_proc(family); };
  if (from_proc(SocketFamily::kTcp4) || from_proc(SocketFamily::kTcp6))
    notes.emplace_back(
        "the kernel does not answer sock_diag for TCP: accept queues come from /proc/net/tcp, "
        "without limits and drops; fix: modprobe tcp_diag, and name it in /etc/modules-load.d");
  if (from_proc(SocketFamily::kUnix))
    notes.emplace_back(
        "the kernel does not answer sock_diag for UNIX sockets: accept queues come from "
        "/proc/net/unix, without limits and peers; fix: modprobe unix_diag, and name it in "
        "/etc/modules-load.d");
  if (std::ranges::any_of(kFamilies, [&](SocketFamily family) { return book_.overflows(family); }))
    notes.emplace_back(
        "more than " + std::to_string(ListenerBook::kMostAddresses) +
        " addresses are listened on: of the users that have most of them, those that came "
        "last are not watched");
  if (const std::size_t denied = owners_.links().denied(); denied > 0)
    notes.emplace_back(
        "sockets of " + std::to_string(denied) +
        " tier processes cannot be tied to them (their descriptors may not be read): whose a "
        "socket is follows from addresses, cgroups and users; fix: CAP_SYS_PTRACE and "
        "CAP_DAC_READ_SEARCH");
  add_notes_of_others(notes);
}

void SocketCollector::add_notes_of_others(std::vector<std::string>& notes) const {
  const auto from_proc = std::ranges::count_if(others_, [](const auto& one) {
    return std::ranges::any_of(kFamilies,
                               [&](SocketFamily family) { return one.second->from_proc(family); });
  });
  if (from_proc > 0)
    notes.emplace_back(
        "sockets of " + std::to_string(from_proc) +
        " other network namespaces (containers) come from /proc: without limits of accept queues, "
        "and without which requests wait for whom; fix: CAP_SYS_ADMIN and CAP_SYS_PTRACE "
        "(the drop-in containers.conf)");
  if (const std::size_t left_out = networks_.left_out(); left_out > 0)
    notes.emplace_back("sockets of " + std::to_string(left_out) +
                       " network namespaces (containers) are not seen: " +
                       std::to_string(NetworkBook::kMostNetworks) + " others were there before");
}

}  // namespace tierwatch

// SPDX-License-Identifier: MIT
#include "collectors/python/peer_book.h"

#include <algorithm>
#include <array>

#include "collectors/sockets/reading/descriptor_links.h"
#include "collectors/sockets/reading/proc_net.h"
#include "collectors/text/text_scan.h"

namespace tierwatch {
namespace {

using Kind = DescriptorEnd::Kind;

constexpr nanoseconds kSoonest = std::chrono::milliseconds(10);
constexpr int kShareOfTime = 20;

DescriptorEnd end_of_link(const std::string& link) {
  if (link.starts_with('/')) return {Kind::kFile, link};
  if (link.starts_with("pipe:")) return {Kind::kPipe, ""};
  if (link.starts_with("anon_inode:")) return {Kind::kEvents, ""};
  return {};
}

}  // namespace

std::unordered_map<std::uint64_t, DescriptorEnd> connection_ends(
    const std::vector<ListenerSocket>& listeners, const ConnectionTable& connections) {
  std::unordered_map<std::uint64_t, DescriptorEnd> ends;
  std::set<Endpoint> listening;
  std::set<std::uint16_t> any_address;
  for (const ListenerSocket& listener : listeners) {
    ends[listener.inode] = {Kind::kListening, ""};
    if (!listener.name.empty()) continue;
    if (listener.local.address.is_any()) any_address.insert(listener.local.port);
    listening.insert(listener.local);
  }
  for (const TcpConnection& one : connections.tcp) {
    const bool accepted = listening.contains(one.local) || any_address.contains(one.local.port);
    ends[one.inode] = {accepted ? Kind::kClient : Kind::kPeer, to_string(one.remote)};
  }
  std::unordered_map<std::uint64_t, std::string_view> names;
  for (const UnixConnection& one : connections.unix_sockets)
    names[one.inode] = connections.name_of(one);
  for (const UnixConnection& one : connections.unix_sockets) {
    const auto peer = names.find(one.peer_inode);
    const std::string_view name = peer == names.end() ? std::string_view{} : peer->second;
    const bool accepted = !names[one.inode].empty();  // its listener's name
    ends[one.inode] = {accepted ? Kind::kClient : Kind::kPeer, std::string(name)};
  }
  return ends;
}

PeerBook::PeerBook(const ProcFs& files, FaultLog& faults, std::function<nanoseconds()> clock)
    : files_(files),
      faults_(faults),
      clock_(std::move(clock)),
      own_network_(files.link("proc/self/ns/net").value_or("")) {}

PeerBook::Network* PeerBook::network_of(pid_t pid) {
  const std::string folder = process_path(pid);
  const auto name = files_.link((folder + "/ns/net").c_str());
  if (!name) return nullptr;
  const auto known = networks_.find(*name);
  if (known != networks_.end()) {
    known->second.folder = folder;  // the one before may have ended
    return &known->second;
  }
  if (networks_.size() >= kMostNetworks) networks_.clear();
  Network& network = networks_[*name];
  network.folder = folder;
  if (*name == own_network_) network.table = make_sock_diag_table();
  network.fallback = make_proc_net_table(files_, faults_, network.folder);
  return &network;
}

void PeerBook::read(Network& network) {
  const nanoseconds begin = clock_();
  if (begin < network.next_read) return;
  std::vector<ListenerSocket> listeners;
  ConnectionTable connections;
  for (const SocketFamily family :
       {SocketFamily::kTcp4, SocketFamily::kTcp6, SocketFamily::kUnix}) {
    const auto ask = [&](SocketTable* table) {
      return table && table->listeners(family, listeners) == DumpStatus::kComplete &&
             table->connections(family, connections) == DumpStatus::kComplete;
    };
    if (!ask(network.table.get())) ask(network.fallback.get());
  }
  network.ends = connection_ends(listeners, connections);
  const nanoseconds end = clock_();
  network.next_read = end + std::max(kSoonest, kShareOfTime * (end - begin));
}

DescriptorEnd PeerBook::socket_end(Network& network, std::uint64_t inode) {
  auto known = network.ends.find(inode);
  if (known == network.ends.end()) {
    read(network);
    known = network.ends.find(inode);
  }
  return known == network.ends.end() ? DescriptorEnd{} : known->second;
}

DescriptorEnd PeerBook::end_of(pid_t pid, int descriptor) {
  const std::string path = process_path(pid, "fd/" + std::to_string(descriptor));
  const auto link = files_.link(path.c_str());
  if (!link) return {};
  const auto inode = socket_inode(*link);
  if (!inode) return end_of_link(*link);
  Network* network = network_of(pid);
  return network ? socket_end(*network, *inode) : DescriptorEnd{};
}

}  // namespace tierwatch

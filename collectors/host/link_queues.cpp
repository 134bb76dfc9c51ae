// SPDX-License-Identifier: MIT
#include "collectors/host/link_queues.h"

#include <libmnl/libmnl.h>
#include <linux/gen_stats.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <ctime>
#include <memory>
#include <string_view>

namespace tierwatch {
namespace {

/// Packets wait there for their turn, however little is sent.
bool keeps_on_purpose(std::string_view kind) {
  return kind == "netem" || kind == "fq" || kind == "noqueue";
}

template <typename Value>
Value payload_of(const nlattr* attribute) {
  Value value{};
  std::memcpy(&value, mnl_attr_get_payload(attribute),
              std::min<std::size_t>(sizeof value, mnl_attr_get_payload_len(attribute)));
  return value;
}

int take_stat(const nlattr* one, void* found) {
  auto& queue = *static_cast<LinkQueueReading*>(found);
  if (mnl_attr_get_type(one) == TCA_STATS_QUEUE)
    queue.packets = payload_of<gnet_stats_queue>(one).qlen;
  else if (mnl_attr_get_type(one) == TCA_STATS_BASIC)
    queue.sent_bytes = payload_of<gnet_stats_basic>(one).bytes;
  return MNL_CB_OK;
}

struct KindOfQueue {
  std::string_view kind;
  LinkQueueReading queue;
};

int take_attribute(const nlattr* attribute, void* found) {
  auto& one = *static_cast<KindOfQueue*>(found);
  if (mnl_attr_get_type(attribute) == TCA_KIND)
    one.kind = mnl_attr_get_str(attribute);
  else if (mnl_attr_get_type(attribute) == TCA_STATS2)
    return mnl_attr_parse_nested(attribute, take_stat, &one.queue);
  return MNL_CB_OK;
}

using Socket = std::unique_ptr<mnl_socket, decltype(&mnl_socket_close)>;

Socket ask_for_queues() {
  Socket socket(mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC), mnl_socket_close);
  if (!socket || mnl_socket_bind(socket.get(), 0, MNL_SOCKET_AUTOPID) < 0)
    return {nullptr, mnl_socket_close};
  constexpr timeval kPatience{.tv_sec = 0, .tv_usec = 200'000};
  setsockopt(mnl_socket_get_fd(socket.get()), SOL_SOCKET, SO_RCVTIMEO, &kPatience,
             sizeof kPatience);
  std::array<char, NLMSG_LENGTH(sizeof(tcmsg))> request{};
  nlmsghdr* header = mnl_nlmsg_put_header(request.data());
  header->nlmsg_type = RTM_GETQDISC;
  header->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  mnl_nlmsg_put_extra_header(header, sizeof(tcmsg));
  if (mnl_socket_sendto(socket.get(), header, header->nlmsg_len) < 0)
    return {nullptr, mnl_socket_close};
  return socket;
}

int take_queue(const nlmsghdr* message, void* found) {
  const auto queue = parse_link_queue(
      std::as_bytes(std::span(reinterpret_cast<const char*>(message), message->nlmsg_len)));
  std::array<char, IF_NAMESIZE> name{};
  if (!queue || if_indextoname(static_cast<unsigned>(queue->link), name.data()) == nullptr)
    return MNL_CB_OK;
  auto& queues = *static_cast<std::vector<LinkQueueReading>*>(found);
  queues.push_back(queue->queue);
  queues.back().name = name.data();
  return MNL_CB_OK;
}

}  // namespace

std::optional<NumberedQueue> parse_link_queue(std::span<const std::byte> message) {
  const auto* header = reinterpret_cast<const nlmsghdr*>(message.data());
  if (message.size() < NLMSG_LENGTH(sizeof(tcmsg)) || header->nlmsg_type != RTM_NEWQDISC)
    return std::nullopt;
  const auto* queue = static_cast<const tcmsg*>(mnl_nlmsg_get_payload(header));
  if (queue->tcm_parent != TC_H_ROOT) return std::nullopt;
  KindOfQueue found;
  mnl_attr_parse(header, sizeof *queue, take_attribute, &found);
  if (found.kind.empty() || keeps_on_purpose(found.kind)) return std::nullopt;
  return NumberedQueue{.link = queue->tcm_ifindex, .queue = std::move(found.queue)};
}

std::vector<LinkQueueReading> read_link_queues() {
  std::vector<LinkQueueReading> queues;
  const Socket socket = ask_for_queues();
  if (!socket) return queues;
  std::array<char, 32768> buffer;  // NOLINT: MNL_SOCKET_DUMP_SIZE
  for (int next = MNL_CB_OK; next > MNL_CB_STOP;) {
    const ssize_t got = mnl_socket_recvfrom(socket.get(), buffer.data(), buffer.size());
    if (got <= 0) return {};
    next = mnl_cb_run(buffer.data(), static_cast<std::size_t>(got), 0,
                      mnl_socket_get_portid(socket.get()), take_queue, &queues);
    if (next < 0) return {};
  }
  std::ranges::sort(queues, {}, &LinkQueueReading::name);
  return queues;
}

}  // namespace tierwatch

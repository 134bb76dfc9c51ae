// SPDX-License-Identifier: MIT
#include "collectors/host/link_queues.h"

#include <gtest/gtest.h>
#include <libmnl/libmnl.h>
#include <linux/gen_stats.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>

#include <array>

namespace tierwatch {
namespace {

std::optional<NumberedQueue> parsed(const char* kind, std::uint32_t parent, std::uint32_t packets,
                                    std::uint16_t type = RTM_NEWQDISC) {
  std::array<char, 512> buffer{};
  nlmsghdr* header = mnl_nlmsg_put_header(buffer.data());
  header->nlmsg_type = type;
  auto* queue = static_cast<tcmsg*>(mnl_nlmsg_put_extra_header(header, sizeof(tcmsg)));
  queue->tcm_ifindex = 3;
  queue->tcm_parent = parent;
  mnl_attr_put_strz(header, TCA_KIND, kind);
  nlattr* stats = mnl_attr_nest_start(header, TCA_STATS2);
  const gnet_stats_queue waiting{.qlen = packets, .backlog = 9000, .drops = 1};
  gnet_stats_basic sent{};
  sent.bytes = 70000;
  mnl_attr_put(header, TCA_STATS_QUEUE, sizeof waiting, &waiting);
  mnl_attr_put(header, TCA_STATS_BASIC, sizeof sent, &sent);
  mnl_attr_nest_end(header, stats);
  return parse_link_queue(std::as_bytes(std::span(buffer.data(), header->nlmsg_len)));
}

TEST(LinkQueues, ALinksQueueIsThatOfItsRoot) {
  const auto queue = parsed("tbf", TC_H_ROOT, 12);
  ASSERT_TRUE(queue);
  EXPECT_EQ(queue->link, 3);
  EXPECT_EQ(queue->queue.packets, 12u);
  EXPECT_EQ(queue->queue.sent_bytes, 70000u);
  EXPECT_FALSE(parsed("fq_codel", 0x10001, 12)) << "below another";
  EXPECT_FALSE(parsed("tbf", TC_H_ROOT, 12, RTM_DELQDISC));
}

TEST(LinkQueues, WhatKeepsPacketsOnPurposeIsNoQueue) {
  for (const char* kind : {"netem", "fq", "noqueue"}) EXPECT_FALSE(parsed(kind, TC_H_ROOT, 12));
}

TEST(LinkQueues, TheKernelAnswers) { EXPECT_NO_THROW(read_link_queues()); }

}  // namespace
}  // namespace tierwatch

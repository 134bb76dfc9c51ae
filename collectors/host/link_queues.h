// SPDX-License-Identifier: MIT
//
// Queues of our own namespace's network links, as the kernel's traffic control shows them
// (rtnetlink(7), RTM_GETQDISC): to anyone. Whatever limits a link, its own speed or a shaper (tc),
// what comes faster waits there.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "collectors/host_reading.h"

namespace tierwatch {

/// One message of the kernel's answer: the number of the link and its queue, without a name. Absent
/// for one below another, and for disciplines that keep packets on purpose (netem, fq). Pure.
struct NumberedQueue {
  int link = 0;
  LinkQueueReading queue;
};
std::optional<NumberedQueue> parse_link_queue(std::span<const std::byte> message);

/// By name; empty where the kernel does not answer. Any thread.
std::vector<LinkQueueReading> read_link_queues();

}  // namespace tierwatch

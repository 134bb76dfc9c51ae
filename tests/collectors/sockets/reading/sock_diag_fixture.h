// SPDX-License-Identifier: MIT
//
// What the running kernel says of a test's own sockets.
#pragma once

#include <gtest/gtest.h>
#include <sched.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "collectors/sockets/reading/sock_diag.h"
#include "tests/support/loopback.h"

namespace tierwatch {

/// Looks again and again until `holds`, for at most two seconds: TCP handshakes take a moment.
inline bool soon(const std::function<bool()>& holds) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(2);
  while (!holds()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    sched_yield();
  }
  return true;
}

class SockDiag : public testing::Test {
 protected:
  std::optional<ListenerSocket> listener(SocketFamily family, const FileDescriptor& socket) {
    std::vector<ListenerSocket> all;
    EXPECT_EQ(table_->listeners(family, all), DumpStatus::kComplete);
    const auto found = std::find_if(all.begin(), all.end(), [&](const ListenerSocket& one) {
      return one.inode == inode_of(socket);
    });
    return found == all.end() ? std::nullopt : std::optional(*found);
  }

  bool queue_becomes(SocketFamily family, const FileDescriptor& socket, std::uint32_t length) {
    return soon([&] {
      const auto now = listener(family, socket);
      return now && now->queue_length == length;
    });
  }

  ConnectionTable connections(SocketFamily family) {
    ConnectionTable all;
    EXPECT_EQ(table_->connections(family, all), DumpStatus::kComplete);
    return all;
  }

  /// Server ends at `port`: those accepted and those not.
  std::pair<int, int> accepted_and_waiting(SocketFamily family, std::uint16_t port) {
    std::pair<int, int> counts;
    for (const TcpConnection& one : connections(family).tcp)
      if (one.local.port == port) ++(one.inode != 0 ? counts.first : counts.second);
    return counts;
  }

  std::unique_ptr<SocketTable> table_ = make_sock_diag_table();
};

}  // namespace tierwatch

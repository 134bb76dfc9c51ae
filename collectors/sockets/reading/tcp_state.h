// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace tierwatch {

/// States of include/net/tcp_states.h that matter here; UNIX sockets use the same numbers.
enum TcpState : std::uint8_t {
  kEstablished = 1,
  kSynSent = 2,
  kSynReceived = 3,
  kFinWait1 = 4,
  kFinWait2 = 5,
  kCloseWait = 8,
  kListen = 10,
};

/// By the bytes in its receive queue: its peer's end of the connection counts as one.
inline bool has_unread(std::uint32_t receive_queue, unsigned state) {
  return receive_queue > (state == kCloseWait ? 1u : 0u);
}

}  // namespace tierwatch

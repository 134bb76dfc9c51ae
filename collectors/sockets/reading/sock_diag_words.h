// SPDX-License-Identifier: MIT
//
// Who owes whom the next word on a TCP connection, as the kernel's tcp_info tells it at either end.
// Pure.
#pragma once

#include <linux/inet_diag.h>
#include <linux/tcp.h>

#include <algorithm>
#include <cstdint>

#include "collectors/sockets/reading/sock_diag.h"
#include "collectors/sockets/reading/tcp_state.h"

namespace tierwatch {

/// A log or metrics stream: many segments out, next to none in.
inline bool is_one_way(const tcp_info& info) {
  constexpr std::uint32_t kFew = 16, kNextToNone = 8;
  return info.tcpi_data_segs_out > kFew &&
         info.tcpi_data_segs_out / kNextToNone > info.tcpi_data_segs_in;
}

/// By the ages, in milliseconds, of the last data each way (net/ipv4/tcp.c, tcp_get_info). Both
/// begin with the connection and are told in whole jiffies. Within the same one the answer to the
/// last question and the next question may lie: then ours is not acknowledged yet, or was alone
/// later, by no data (an answer would have carried that), or there was one more of ours than of
/// theirs: each word takes a segment at least, and ours hardly ever more.
inline bool awaits_answer(const tcp_info& info) {
  if (info.tcpi_state == kSynSent) return true;
  if (is_one_way(info)) return false;
  const bool silent = info.tcpi_data_segs_out == 0 && info.tcpi_data_segs_in == 0;
  const bool without_answer = info.tcpi_unacked > 0 ||
                              info.tcpi_last_ack_recv < info.tcpi_last_data_recv ||
                              info.tcpi_data_segs_out == info.tcpi_data_segs_in + 1;
  return silent || info.tcpi_last_data_sent < info.tcpi_last_data_recv ||
         (info.tcpi_last_data_sent == info.tcpi_last_data_recv && without_answer);
}

/// The server's side of the same. Within one tick: an acknowledgement without data after the last
/// question is that of its answer, for a further question would have carried it. Without one, and
/// with a client that hardly ever sent one (it asks again at once), a further question came.
inline Owes owes_answer(const tcp_info& info, const inet_diag_msg& socket) {
  if (socket.idiag_rqueue > 0 || socket.idiag_wqueue > 0) return Owes::kYes;
  if (info.tcpi_data_segs_in == 0) return Owes::kNo;
  if (info.tcpi_last_data_recv != info.tcpi_last_data_sent)
    return info.tcpi_last_data_recv < info.tcpi_last_data_sent ? Owes::kYes : Owes::kNo;
  if (info.tcpi_last_ack_recv < info.tcpi_last_data_recv) return Owes::kNo;
  if (info.tcpi_data_segs_in == info.tcpi_data_segs_out + 1) return Owes::kYes;  // as above
  if (info.tcpi_data_segs_out == 0) return Owes::kYes;
  constexpr std::uint32_t kHandshake = 1;  // at least: some kernels count the SYN, too
  const std::uint32_t others = info.tcpi_segs_in - info.tcpi_data_segs_in;
  const std::uint32_t acknowledgements = others - std::min(others, kHandshake);
  return 2 * acknowledgements < info.tcpi_data_segs_in ? Owes::kYes : Owes::kMaybe;
}

/// How far the peer is, what was lost on the way, and whether data wait to be sent.
inline void add_way(const tcp_info& info, TcpConnection& connection) {
  connection.round_trip = std::chrono::microseconds(info.tcpi_rtt);
  connection.segments_sent = info.tcpi_segs_out;
  connection.segments_resent = info.tcpi_total_retrans;
  connection.unsent = info.tcpi_notsent_bytes > 0;
}

}  // namespace tierwatch

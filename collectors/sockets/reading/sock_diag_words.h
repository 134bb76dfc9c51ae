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

enum class Turn : std::uint8_t { kUnclear, kAsked, kAnswered };

/// What went one way since the connection began, as often as it was sent first.
struct Said {
  std::uint64_t segments = 0, bytes = 0;
};
inline Said said_by_us(const tcp_info& info) {
  const std::uint64_t sent = info.tcpi_data_segs_out;
  return {sent - std::min<std::uint64_t>(sent, info.tcpi_total_retrans),
          info.tcpi_bytes_sent - std::min(info.tcpi_bytes_sent, info.tcpi_bytes_retrans)};
}
inline Said said_by_them(const tcp_info& info) {
  return {info.tcpi_data_segs_in, info.tcpi_bytes_received};
}

/// Of a client that asks the same again and again: each question is one segment of one size, each
/// answer of one number of segments and bytes. Then n questions and as many answers, or one less,
/// can be told apart: what was answered is a multiple of n, or of n - 1. Who asks for different
/// things, or shook hands first (TLS, databases), fits neither.
inline Turn turn_of(const Said& questions, const Said& answers) {
  constexpr std::uint64_t kFew = 4;  // of so few anything is a multiple
  const std::uint64_t asked = questions.segments;
  if (asked < kFew || questions.bytes < asked || questions.bytes % asked != 0)
    return Turn::kUnclear;
  const auto is_multiple_of = [&](std::uint64_t n) {
    return answers.segments % n == 0 && answers.bytes % n == 0;
  };
  const bool all = is_multiple_of(asked), all_but_one = is_multiple_of(asked - 1);
  if (all == all_but_one) return Turn::kUnclear;
  return all ? Turn::kAnswered : Turn::kAsked;
}

inline bool is_tie(const tcp_info& info) {
  return info.tcpi_last_data_sent == info.tcpi_last_data_recv;
}

/// By the ages, in milliseconds, of the last data each way (net/ipv4/tcp.c, tcp_get_info). Both
/// begin with the connection and are told in whole jiffies. Within the same one the answer to the
/// last question and the next question may lie: then it is told by what was said until now, or ours
/// is not acknowledged yet, or was alone
/// later, by no data (an answer would have carried that), or there was one more of ours than of
/// theirs: each word takes a segment at least, and ours hardly ever more.
inline bool awaits_answer(const tcp_info& info) {
  if (info.tcpi_state == kSynSent) return true;
  if (is_one_way(info)) return false;
  const bool silent = info.tcpi_data_segs_out == 0 && info.tcpi_data_segs_in == 0;
  const bool without_answer = info.tcpi_unacked > 0 ||
                              info.tcpi_last_ack_recv < info.tcpi_last_data_recv ||
                              info.tcpi_data_segs_out == info.tcpi_data_segs_in + 1;
  if (silent || !is_tie(info)) return silent || info.tcpi_last_data_sent < info.tcpi_last_data_recv;
  const Turn turn = turn_of(said_by_us(info), said_by_them(info));
  return turn == Turn::kUnclear ? without_answer : turn == Turn::kAsked;
}

/// The server's side of the same. Within one tick: an acknowledgement without data after the last
/// question is that of its answer, for a further question would have carried it. Without one, and
/// with a client that hardly ever sent one (it asks again at once), a further question came.
inline Owes owes_answer(const tcp_info& info, const inet_diag_msg& socket) {
  if (socket.idiag_rqueue > 0 || socket.idiag_wqueue > 0) return Owes::kYes;
  if (info.tcpi_data_segs_in == 0) return Owes::kNo;
  if (!is_tie(info))
    return info.tcpi_last_data_recv < info.tcpi_last_data_sent ? Owes::kYes : Owes::kNo;
  if (const Turn turn = turn_of(said_by_them(info), said_by_us(info)); turn != Turn::kUnclear)
    return turn == Turn::kAsked ? Owes::kYes : Owes::kNo;
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

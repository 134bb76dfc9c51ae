// SPDX-License-Identifier: MIT
//
// The kernel's socket tables as text, for kernels and sandboxes without sock_diag: /proc/net/tcp,
// tcp6 and unix. Poorer (no limits, no drops, no UNIX peers and uids) and dearer: every socket of
// the family is printed each time.
#pragma once

#include <memory>
#include <string_view>

#include "collectors/parse/proc_fs.h"
#include "collectors/sockets/sock_diag.h"

namespace tierwatch {

/// /proc/net/tcp (kTcp4) or tcp6 (kTcp6), see proc_net(5): rx_queue of a listener is its accept
/// queue's length (net/ipv4/tcp_ipv4.c). Adds to `listeners` and `connections`, either may be null.
/// False when a line makes no sense; the lines before it stay.
bool parse_proc_net_tcp(std::string_view text, SocketFamily family,
                        std::vector<ListenerSocket>* listeners, ConnectionTable* connections);

/// /proc/net/unix. The queue of a listener is the number of sockets of its name that are connected
/// but have no inode yet (net/unix/af_unix.c).
bool parse_proc_net_unix(std::string_view text, std::vector<ListenerSocket>* listeners,
                         ConnectionTable* connections);

/// `files` and `faults` must outlive the table.
std::unique_ptr<SocketTable> make_proc_net_table(const ProcFs& files, FaultLog& faults);

}  // namespace tierwatch

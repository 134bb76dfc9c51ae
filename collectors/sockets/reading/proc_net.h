// SPDX-License-Identifier: MIT
//
// The kernel's socket tables as text, for kernels and sandboxes without sock_diag, and for other
// network namespaces that may not be entered: /proc/net/tcp, tcp6 and unix, or those below
// /proc/PID of a process there, which anybody may read. Poorer (no limits, no drops, no last words,
// no UNIX peers and uids) and dearer: every socket of the family is printed.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "collectors/parse/proc_fs.h"
#include "collectors/sockets/reading/sock_diag.h"

namespace tierwatch {

/// /proc/net/tcp (kTcp4) or tcp6 (kTcp6), see proc_net(5): rx_queue of a listener is its accept
/// queue's length (net/ipv4/tcp_ipv4.c). Of connections it tells that an answer is owed only where
/// bytes wait to be read or acknowledged. Adds to `listeners` and `connections`, either may be
/// null. False when a line makes no sense; the lines before it stay.
bool parse_proc_net_tcp(std::string_view text, SocketFamily family,
                        std::vector<ListenerSocket>* listeners, ConnectionTable* connections);

/// /proc/net/unix. The queue of a listener is the number of sockets of its name that are connected
/// but have no inode yet (net/unix/af_unix.c).
bool parse_proc_net_unix(std::string_view text, std::vector<ListenerSocket>* listeners,
                         ConnectionTable* connections);

/// /proc/net/udp (kTcp4) or udp6 (kTcp6): sockets that are connected to a port 53. Who looks up a
/// name opens one, and closes it with the answer (glibc, Go, c-ares): it awaits that. Adds them to
/// `found`. False as above.
bool parse_name_lookups(std::string_view text, SocketFamily family,
                        std::vector<TcpConnection>& found);

/// `folder` ("proc/812") may change between two calls. All must outlive the table. A list of TCP
/// listeners ends with the first connection: the kernel prints listeners first, and to go on would
/// make it walk through all connections of the machine.
std::unique_ptr<SocketTable> make_proc_net_table(const ProcFs& files, FaultLog& faults,
                                                 const std::string& folder);

/// Of our own namespace.
std::unique_ptr<SocketTable> make_proc_net_table(const ProcFs& files, FaultLog& faults);

}  // namespace tierwatch

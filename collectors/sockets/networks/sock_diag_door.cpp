// SPDX-License-Identifier: MIT
#include "collectors/sockets/networks/sock_diag_door.h"

#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <sched.h>
#include <sys/socket.h>

#include <cerrno>
#include <csignal>
#include <system_error>
#include <thread>

namespace tierwatch {
namespace {

/// On a thread of its own, which never comes back. 0 or errno.
int enter_and_open(const ProcFs& files, const FileDescriptor& network, std::uint64_t inode,
                   int& socket_in_it) {
  if (setns(network.get(), CLONE_NEWNET) != 0) return errno;
  Fault why{};
  const auto here = files.status("proc/thread-self/net/unix", why);
  if (!here || here->inode != inode) return ENOENT;  // the pid is another process' by now
  socket_in_it = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
  return socket_in_it < 0 ? errno : 0;
}

}  // namespace

int open_sock_diag_in(const ProcFs& files, const std::string& folder, std::uint64_t inode) {
  const FileDescriptor network = files.open((folder + "/ns/net").c_str());
  if (!network) return -1;
  int found = -1, error = EAGAIN;
  // Signals are the main thread's: a new thread inherits what is blocked.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  try {
    std::thread([&] { error = enter_and_open(files, network, inode, found); }).join();
  } catch (const std::system_error&) {  // no more threads for us
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  errno = error;
  return found;
}

}  // namespace tierwatch

// SPDX-License-Identifier: MIT
//
// A process in a network namespace of its own, with sockets there.
#pragma once

#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <functional>
#include <stdexcept>
#include <vector>

#include "collectors/sockets/socket_collector.h"
#include "tests/support/loopback.h"

namespace tierwatch {

/// No other namespace may be entered, as without privilege.
inline NetworkTables no_entry() {
  return [](const std::string&, std::uint64_t) {
    return make_sock_diag_table([] {
      errno = EPERM;
      return -1;
    });
  };
}

inline void raise_loopback() {
  const FileDescriptor any(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq request{};
  std::strcpy(request.ifr_name, "lo");
  ioctl(any.get(), SIOCGIFFLAGS, &request);
  request.ifr_flags = static_cast<short>(request.ifr_flags | IFF_UP);
  ioctl(any.get(), SIOCSIFFLAGS, &request);
}

/// Lives as long as the object.
class NetworkChild {
 public:
  /// `make` opens sockets, in the child: they stay open. Whether the kernel let it: entered().
  explicit NetworkChild(const std::function<std::vector<FileDescriptor>()>& make) {
    int ready[2];
    if (pipe(ready) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
    pid_ = fork();
    if (pid_ == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      if (unshare(CLONE_NEWNET) != 0) _exit(1);
      raise_loopback();
      std::vector<FileDescriptor> sockets;
      try {
        sockets = make();
      } catch (const std::exception&) {
        _exit(2);
      }
      (void)!write(ready[1], "", 1);
      while (true) pause();
    }
    ::close(ready[1]);
    char byte = 0;
    entered_ = ::read(ready[0], &byte, 1) == 1;
    ::close(ready[0]);
  }
  NetworkChild(const NetworkChild&) = delete;
  NetworkChild& operator=(const NetworkChild&) = delete;
  ~NetworkChild() { end(); }

  void end() {
    if (pid_ <= 0) return;
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }
  bool entered() const { return entered_; }
  pid_t pid() const { return pid_; }

 private:
  pid_t pid_ = 0;
  bool entered_ = false;
};

}  // namespace tierwatch

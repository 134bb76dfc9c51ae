// SPDX-License-Identifier: MIT
#include "daemon/service/send_signal.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <optional>
#include <system_error>

#include "daemon/service/process_start.h"

namespace tierwatch {
namespace {

std::string why_not_sent(int error, pid_t pid) {
  const std::string process = "process " + std::to_string(pid);
  if (error == ESRCH) return process + " has ended";
  if (error == EPERM)
    return "only root and the user of " + process + " may signal it: sudo tierwatch top";
  if (error == ENOSYS) return "this kernel is older than Linux 5.3, which can tell a reused pid";
  return std::generic_category().message(error);
}

}  // namespace

std::string send_signal(const ProcFs& files, const ProcessId& process, int number) {
  // The descriptor first: whoever has the pid then is the one that is asked and signalled.
  const FileDescriptor target(static_cast<int>(syscall(SYS_pidfd_open, process.pid, 0)));
  if (!target) return why_not_sent(errno, process.pid);
  const auto started = start_of(files, process.pid);
  if (!started) return why_not_sent(ESRCH, process.pid);
  if (*started != process.started)
    return "pid " + std::to_string(process.pid) +
           " is another process by now: the one that was chosen has ended";
  if (syscall(SYS_pidfd_send_signal, target.get(), number, nullptr, 0) == 0) return "";
  return why_not_sent(errno, process.pid);
}

}  // namespace tierwatch

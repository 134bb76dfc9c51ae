// SPDX-License-Identifier: MIT
#include "daemon/inside/inside_rights.h"

#include <unistd.h>

#include "collectors/text/text_scan.h"
#include "daemon/doctor/machine_access.h"
#include "daemon/service/login_name.h"

namespace tierwatch {

ReadingRights reading_rights(const ProcFs& files) {
  ReadingRights rights{.uid = geteuid()};
  rights.user = login_name(rights.uid);
  const auto bit = static_cast<unsigned>(Capability::kSysPtrace);
  rights.may_trace = effective_capabilities(files) >> bit & 1;
  rights.may_sample = holds(effective_capabilities(files), Capability::kPerfmon) ||
                      holds(effective_capabilities(files), Capability::kSysAdmin);
  std::string buffer;
  if (const FileText level = files.read("proc/sys/kernel/perf_event_paranoid", buffer))
    rights.perf_paranoid = to_number<int>(trim_blanks(level.text));
  if (const FileText scope = files.read("proc/sys/kernel/yama/ptrace_scope", buffer))
    rights.yama_scope = to_number<int>(trim_blanks(scope.text));
  return rights;
}

std::string missing_right(const ReadingRights& ours, const std::string& tier,
                          std::optional<uid_t> owner, const std::string& owner_name,
                          const std::string& command) {
  const std::string begin = "the memory of " + tier + "'s processes may not be read: ";
  const int scope = ours.yama_scope.value_or(0);
  if (scope >= 3)
    return begin +
           "kernel.yama.ptrace_scope is 3, which forbids it to everybody until the machine is "
           "started anew with another value";
  if (ours.may_trace)
    return begin + ours.user +
           " has CAP_SYS_PTRACE, but not over them: they are in a user namespace of others, or a "
           "security module forbids it. Run it outside of the container: sudo " +
           command;
  if (ours.uid == 0)
    return begin +
           "this root has no CAP_SYS_PTRACE. In a container it is given by docker run "
           "--cap-add SYS_PTRACE; or run it outside of it: sudo " +
           command;
  if (scope == 2)
    return begin + "kernel.yama.ptrace_scope is 2, which asks for CAP_SYS_PTRACE: sudo " + command;
  if (owner && *owner != ours.uid) {
    const std::string as =
        scope == 0 ? ", or as that user: sudo -u " + owner_name + " " + command : "";
    return begin + "they run as " + owner_name + ", you are " + ours.user +
           "; that takes CAP_SYS_PTRACE: sudo " + command + as;
  }
  if (scope == 1)
    return begin +
           "kernel.yama.ptrace_scope is 1, so that a process may read its own children only; "
           "else it takes CAP_SYS_PTRACE: sudo " +
           command;
  return begin +
         "they have changed their user since they began, or forbid it (PR_SET_DUMPABLE); "
         "that takes CAP_SYS_PTRACE: sudo " +
         command;
}

std::string missing_sampling_right(const ReadingRights& ours, const std::string& tier,
                                   std::optional<uid_t> owner, const std::string& owner_name,
                                   const std::string& command) {
  const std::string begin = "what " + tier + "'s processes do on a cpu may not be sampled: ";
  constexpr int kOwnOnly = 2;  // Documentation/admin-guide/sysctl/kernel.rst; Debian's 3: nobody's
  const bool own_allowed = ours.perf_paranoid.value_or(kOwnOnly) <= kOwnOnly;
  if (ours.may_sample)
    return begin + ours.user +
           " has CAP_PERFMON, but not over them, or something forbids perf_event_open here, as "
           "the rules of a container do. Run it outside of the container: sudo " +
           command;
  if (ours.uid == 0)
    return begin +
           "this root has no CAP_PERFMON. In a container it is given by docker run --cap-add "
           "PERFMON --cap-add SYS_PTRACE; or run it outside of it: sudo " +
           command;
  if (owner && *owner != ours.uid) {
    const std::string as =
        own_allowed ? ", or as that user: sudo -u " + owner_name + " " + command : "";
    return begin + "they run as " + owner_name + ", you are " + ours.user +
           "; that takes CAP_PERFMON and CAP_SYS_PTRACE: sudo " + command + as;
  }
  if (!own_allowed)
    return begin + "kernel.perf_event_paranoid is " + std::to_string(*ours.perf_paranoid) +
           ", so that one's own processes are not enough; that takes CAP_PERFMON: sudo " + command;
  return begin +
         "they have changed their user since they began, or forbid it (PR_SET_DUMPABLE); "
         "that takes CAP_PERFMON and CAP_SYS_PTRACE: sudo " +
         command;
}

}  // namespace tierwatch

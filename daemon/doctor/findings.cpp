// SPDX-License-Identifier: MIT
#include "daemon/doctor/findings.h"

#include <algorithm>
#include <array>
#include <utility>

#include "collectors/text/plain_words.h"

namespace tierwatch {
namespace {

constexpr const char* kReload = "systemctl daemon-reload && systemctl restart tierwatch";

Finding well(std::string name, std::string text) {
  return {.name = std::move(name), .text = std::move(text)};
}

/// The command that gives the service the rights of one of its drop-ins.
std::string link_drop_in(const MachineAccess& machine, const std::string& name) {
  const std::string folder = "/etc/systemd/system/tierwatch.service.d";
  return "mkdir -p " + folder + " && ln -sf " + (machine.drop_ins / name).string() + " " + folder +
         "/ && " + kReload;
}

/// " FILE", where it is not the usual one.
std::string file_argument(const Examination& examined) {
  return examined.configuration_file.empty() ? "" : " " + examined.configuration_file;
}

/// What to do with a daemon: `service` where systemd runs it, else `by_hand`.
std::string advice(const Examination& examined, std::string service, std::string by_hand) {
  return examined.by_systemd ? std::move(service) : std::move(by_hand);
}

/// A reload of one that was started by hand.
std::string hang_up(const Examination& examined) {
  return "kill -HUP " + std::to_string(examined.daemon_pid);
}

Finding configuration(const Examination& examined) {
  const std::string& problem = examined.configuration_problem;
  if (!examined.other_configuration.empty())
    return {"configuration", Standing::kLimited,
            "the daemon was started with another one (" + examined.other_configuration +
                "), so what is said of its history may not hold",
            "tierwatch doctor -c " + examined.other_configuration};
  if (problem.empty() && examined.configured_by_daemon)
    return well("configuration",
                examined.configuration_file + ", with which the daemon was started, can be used");
  if (problem.empty()) return well("configuration", "it can be used");
  if (examined.configuration_denied)
    return {"configuration", Standing::kLimited,
            "this user may not read it, so the built-in tiers are looked at: " + problem,
            "sudo tierwatch doctor"};
  return {"configuration", Standing::kMissing, problem,
          "tierwatch check-config" + file_argument(examined)};
}

Finding hidden_processes(const MachineAccess& machine) {
  const std::string name = "proc.hidepid";
  if (machine.hidepid.empty()) return well(name, "processes of other users can be seen");
  const std::string mounted = "/proc is mounted with hidepid=" + machine.hidepid;
  const std::string fix = "mount -o remount,hidepid=" + machine.hidepid +
                          ",gid=$(id -g tierwatch) /proc   # and the same options in /etc/fstab";
  if (machine.others_hidden)
    return {name, Standing::kMissing, mounted + ": processes of other users cannot be seen", fix};
  if (!machine.hidepid_gid.empty() || machine.uid != 0)
    return well(name, mounted + ", and yet this user sees the processes of others");
  return {name, Standing::kMissing,
          mounted + ": root sees all processes, the service's user only its own", fix};
}

Finding control_groups(const MachineAccess& machine) {
  if (machine.cgroups.empty())
    return {"cgroups", Standing::kLimited,
            "no control groups are mounted: quotas and memory limits are not known",
            "mount -t cgroup2 cgroup2 /sys/fs/cgroup"};
  return well("cgroups", "control groups " + machine.cgroups);
}

void add_kernel(const MachineAccess& machine, std::vector<Finding>& found) {
  found.push_back(machine.tcp_diag && machine.unix_diag
                      ? well("kernel.sock_diag", "accept queues, their limits and drops")
                      : Finding{"kernel.sock_diag", Standing::kMissing,
                                "the kernel does not answer sock_diag: accept queues have no "
                                "limits and drops, connections no waits",
                                "modprobe -a tcp_diag unix_diag"});
  found.push_back(machine.run_delay
                      ? well("kernel.schedstat", "how long processes wait for a CPU")
                      : Finding{"kernel.schedstat", Standing::kLimited,
                                "this kernel does not count how long processes wait for a CPU",
                                "run a kernel with CONFIG_SCHED_INFO"});
  found.push_back(machine.pressure
                      ? well("kernel.pressure", "pressure (PSI) of CPU, memory and disks")
                      : Finding{"kernel.pressure", Standing::kLimited,
                                "pressure (PSI) is disabled in this kernel",
                                "add psi=1 to GRUB_CMDLINE_LINUX in /etc/default/grub, run "
                                "update-grub, reboot"});
  found.push_back(
      machine.descriptor_counts
          ? well("kernel.descriptor_counts", "open descriptors of every process are counted")
          : Finding{"kernel.descriptor_counts", Standing::kLimited,
                    "before Linux 6.2 descriptors of other users' processes are counted only "
                    "with CAP_DAC_READ_SEARCH",
                    link_drop_in(machine, "full.conf")});
}

/// "all", or "3 of 5 processes of nginx, uwsgi" with something denied.
std::string denied_text(const MachineAccess& machine, Access access) {
  std::size_t denied = 0, tried = 0;
  std::vector<std::string> names;
  for (const TierAccess& tier : machine.tiers) {
    tried += tier.tried;
    if (tier.of(access) >= tier.tried) continue;
    denied += tier.tried - tier.of(access);
    names.push_back(tier.tier);
  }
  if (denied == 0) return "";
  return std::to_string(denied) + " of " + std::to_string(tried) + " processes (" + joined(names) +
         ")";
}

struct AccessWords {
  Access access;
  const char* what;
  const char* needs;
};
constexpr std::array<AccessWords, kAccesses> kAccessWords = {{
    {Access::kCpu, "CPU time", "hidepid=0, or the group of gid="},
    {Access::kMemory, "memory", "hidepid=0, or the group of gid="},
    {Access::kDescriptors, "open descriptors", "CAP_DAC_READ_SEARCH, or Linux 6.2"},
    {Access::kIo, "bytes read and written", "CAP_SYS_PTRACE with CAP_DAC_READ_SEARCH"},
    {Access::kProportional, "proportional memory", "CAP_PERFMON, or CAP_SYS_PTRACE"},
    {Access::kSockets, "which process a socket belongs to",
     "CAP_SYS_PTRACE with CAP_DAC_READ_SEARCH"},
}};

Standing weight(Access access, bool proportional_wanted) {
  if (access == Access::kCpu || access == Access::kMemory) return Standing::kMissing;
  if (access == Access::kProportional && proportional_wanted) return Standing::kMissing;
  return Standing::kLimited;
}

/// CAP_PERFMON is tried first; where it is there and does not help, the kernel does not take it.
std::string drop_in_for(const MachineAccess& machine, Access access) {
  const bool perfmon = access == Access::kProportional && !machine.may(Capability::kPerfmon);
  return perfmon ? "pss.conf" : "full.conf";
}

void add_tiers(const Examination& examined, std::vector<Finding>& found) {
  const MachineAccess& machine = examined.machine;
  if (machine.tiers.empty()) {
    found.push_back(
        {"tiers", Standing::kLimited, "no process of any tier runs here", "tierwatch match --all"});
    return;
  }
  for (const AccessWords& words : kAccessWords) {
    const std::string name = "tiers." + std::string(to_string(words.access));
    const std::string denied = denied_text(machine, words.access);
    if (denied.empty()) {
      found.push_back(well(name, std::string(words.what) + ", of every process"));
      continue;
    }
    const bool by_drop_in = words.access != Access::kCpu && words.access != Access::kMemory;
    found.push_back(
        {name, weight(words.access, examined.proportional_wanted),
         std::string(words.what) + " cannot be read of " + denied + ": needs " + words.needs,
         by_drop_in ? link_drop_in(machine, drop_in_for(machine, words.access))
                    : "mount -o remount,hidepid=0 /proc"});
  }
}

Finding history(const Examination& examined) {
  const DaemonState& daemon = examined.daemon;
  const HistoryState& history = daemon.history;
  const std::string name = "daemon.history", file = history.file.string();
  switch (history.kept) {
    case HistoryState::Kept::kFresh:
      return well(name, file + ", written " + std::to_string(history.age.count()) + " s ago");
    case HistoryState::Kept::kStale:
      return {
          name, Standing::kMissing,
          file + " was written " + std::to_string(history.age.count()) + " s ago: it does not grow",
          advice(examined, "journalctl -u tierwatch -n 50", "look at what it printed")};
    case HistoryState::Kept::kNowhere:
      return well(name, "none is kept: [history] path = \"none\"");
    case HistoryState::Kept::kDenied:
      return {name, Standing::kLimited, file + " may not be looked at by this user",
              "adduser $USER tierwatch   # then log in again"};
    case HistoryState::Kept::kUnknown:
      return {name, Standing::kLimited,
              "where it keeps history is not known: its configuration cannot be read",
              "sudo tierwatch doctor"};
    case HistoryState::Kept::kMissing:
      break;
  }
  if (daemon.keeps_history)
    return {name, Standing::kLimited, "it keeps history, but not in " + file,
            advice(examined, "journalctl -u tierwatch -g 'history is kept in'",
                   "look for \"history is kept in\" in what it printed")};
  if (!examined.by_systemd)
    return {name, Standing::kLimited,
            "it keeps none: it was started by hand, and no [history] path is set",
            "set [history] path in " +
                (examined.configuration_file.empty() ? std::string("/etc/tierwatch/tierwatch.toml")
                                                     : examined.configuration_file) +
                " and " + hang_up(examined)};
  return {name, Standing::kMissing, file + " does not exist: no history is kept",
          "systemctl restart tierwatch && journalctl -u tierwatch -n 50"};
}

/// Why /proc is asked, by the word of SourceReason.
std::string why_proc(const std::string& reason) {
  constexpr std::array<std::pair<std::string_view, const char*>, 6> kWhy = {{
      {"configured", "[sampling] source says so"},
      {"not_built", "this program was built without BPF"},
      {"not_permitted", "BPF wants CAP_BPF with CAP_PERFMON (drop-in bpf.conf), and costs less"},
      {"other_namespace", "/proc shows other process numbers than the kernel tells the daemon"},
      {"refused", "the kernel does not take the BPF program"},
      {"failed", "BPF has failed since the daemon started"},
  }};
  for (const auto& [word, text] : kWhy)
    if (word == reason) return text;
  return reason;
}

/// Both sources tell the same: what is amiss is a wish that was not met, or a fault.
Finding process_source(const Examination& examined) {
  const std::string name = "daemon.process_source";
  if (examined.daemon.process_source == "bpf") return well(name, "processes are read by BPF");
  const std::string& reason = examined.daemon.process_source_reason;
  const std::string text = "processes are read from /proc: " + why_proc(reason);
  if (reason == "not_permitted" && examined.bpf_wanted)
    return {name, Standing::kLimited, text, link_drop_in(examined.machine, "bpf.conf")};
  if (reason == "refused" || reason == "failed")
    return {name, Standing::kLimited, text,
            advice(examined,
                   "journalctl -u tierwatch | grep 'processes are read'   # why; a reload tries "
                   "again",
                   "look for \"processes are read\" in what it printed; " + hang_up(examined) +
                       " tries again")};
  if (examined.bpf_wanted && reason != "configured")
    return {name, Standing::kLimited, text, "set [sampling] source = \"auto\""};
  return well(name, text);
}

/// A daemon cannot tell Prometheus from who else reads its metrics, this command among them.
Finding scraped(const DaemonState& daemon) {
  const std::string name = "daemon.scraped";
  if (daemon.pushes) return well(name, "it pushes its samples ([otlp])");
  if (*daemon.scrapes == 0)
    return {name, Standing::kLimited, "nobody has asked for its metrics since it started",
            "add a job to prometheus.yml: /usr/share/tierwatch/prometheus/scrape.yml has some"};
  return well(name, "its metrics were asked for " + std::to_string(*daemon.scrapes) +
                        " times since it started");
}

void add_daemon(const Examination& examined, std::vector<Finding>& found) {
  const DaemonState& daemon = examined.daemon;
  if (!daemon.runs) {
    found.push_back({"daemon.runs", Standing::kMissing, "no daemon answers: " + daemon.trouble,
                     "systemctl enable --now tierwatch"});
    return;
  }
  found.push_back(well("daemon.runs", "it answers at " + daemon.where));
  if (daemon.locked) {
    found.push_back({"daemon.fresh", Standing::kLimited,
                     "it wants a password there, so nothing more is known",
                     "sudo tierwatch doctor   # its Unix socket wants none"});
  } else if (!daemon.unwell.empty()) {
    found.push_back({"daemon.fresh", Standing::kMissing, daemon.unwell,
                     advice(examined, "journalctl -u tierwatch -n 50; systemctl restart tierwatch",
                            "look at what it printed, end it and start it again")});
  } else {
    found.push_back(well("daemon.fresh", "its newest sample is fresh"));
  }
  if (daemon.reload_refused)
    found.push_back({"daemon.configuration", Standing::kMissing,
                     "its last reload was refused: the running configuration is an older one",
                     "tierwatch check-config" + file_argument(examined) + " && " +
                         advice(examined, "systemctl reload tierwatch", hang_up(examined))});
  if (daemon.sockets_passed && examined.listen_configured)
    found.push_back({"daemon.listen", Standing::kLimited,
                     "[web] listen is ignored: systemd passes the sockets (tierwatch.socket)",
                     "systemctl edit tierwatch.socket   # ListenStream=; or: systemctl disable "
                     "--now tierwatch.socket && systemctl restart tierwatch"});
  if (daemon.pushes || daemon.scrapes) found.push_back(scraped(daemon));
  if (!daemon.process_source.empty()) found.push_back(process_source(examined));
  found.push_back(history(examined));
  for (const std::string& note : daemon.notes)
    found.push_back({"daemon.note", Standing::kLimited, "it says: " + note, {}});
}

}  // namespace

std::string_view to_string(Standing standing) {
  constexpr std::array<std::string_view, 3> kNames = {"ok", "limited", "missing"};
  return kNames[static_cast<std::size_t>(standing)];
}

std::vector<Finding> findings(const Examination& examined) {
  std::vector<Finding> found;
  found.push_back(configuration(examined));
  found.push_back(hidden_processes(examined.machine));
  add_kernel(examined.machine, found);
  found.push_back(control_groups(examined.machine));
  add_tiers(examined, found);
  add_daemon(examined, found);
  return found;
}

int exit_status_of(const std::vector<Finding>& findings) {
  return std::ranges::any_of(
      findings, [](const Finding& finding) { return finding.standing == Standing::kMissing; });
}

}  // namespace tierwatch

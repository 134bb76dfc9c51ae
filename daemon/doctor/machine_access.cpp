// SPDX-License-Identifier: MIT
#include "daemon/doctor/machine_access.h"

#include <sys/utsname.h>
#include <unistd.h>

#include <stdexcept>

#include "collectors/process/visibility.h"
#include "collectors/text/text_scan.h"

namespace tierwatch {
namespace {

/// The links of a few descriptors are enough: they stand under one permission.
bool sockets_can_be_tied(const ProcFs& files, const std::string& process) {
  Fault why{};
  const auto names = files.list((process + "/fd").c_str(), why);
  if (!names) return false;
  return names->empty() || files.link((process + "/fd/" + names->front()).c_str()).has_value();
}

bool can_read(const ProcFs& files, const std::string& process, Access access,
              bool descriptor_counts) {
  std::string buffer;
  Fault why{};
  switch (access) {
    case Access::kCpu:
      return bool(files.read(process + "/stat", buffer));
    case Access::kMemory:
      return bool(files.read(process + "/status", buffer));
    case Access::kDescriptors:
      return descriptor_counts || files.list((process + "/fd").c_str(), why).has_value();
    case Access::kIo:
      return bool(files.read(process + "/io", buffer));
    case Access::kProportional:  // allowed or not at its open; reading it stalls the process
      return bool(files.open((process + "/smaps_rollup").c_str()));
    case Access::kSockets:
      return sockets_can_be_tied(files, process);
  }
  return false;
}

/// A zombie has nothing left to be read, by whoever it is.
bool has_ended(std::string_view stat) {
  const auto name_end = stat.rfind(')');
  return name_end != stat.npos && stat.substr(name_end).starts_with(") Z");
}

void count(const ProcFs& files, pid_t pid, bool descriptor_counts, TierAccess& tier) {
  ++tier.processes;
  if (tier.tried == kMostTried) return;
  const std::string process = process_path(pid);
  std::string buffer;
  const FileText stat = files.read(process + "/stat", buffer);
  if (!stat || has_ended(stat.text)) return;
  ++tier.tried;
  for (std::size_t i = 0; i < kAccesses; ++i)
    if (can_read(files, process, static_cast<Access>(i), descriptor_counts)) ++tier.readable[i];
}

bool counts_descriptors(const ProcFs& files) {
  Fault why{};
  const auto status = files.status("proc/self/fd", why);
  return status && status->size > 0;
}

bool answers(SocketTable& sockets, SocketFamily family) {
  std::vector<ListenerSocket> found;
  return sockets.listeners(family, found) != DumpStatus::kUnavailable;
}

std::string control_groups(const ProcFs& files) {
  std::string buffer;
  Fault why{};
  if (files.read("sys/fs/cgroup/cgroup.controllers", buffer)) return "v2";
  const auto mounted = files.list("sys/fs/cgroup", why);
  return mounted && !mounted->empty() ? "v1" : "";
}

/// Beside the program as it was installed, PREFIX/bin and PREFIX/share.
std::filesystem::path installed_drop_ins(const ProcFs& files) {
  const std::filesystem::path usual = "/usr/share/tierwatch/systemd";
  const auto program = files.link("proc/self/exe");
  if (!program) return usual;
  const auto beside =
      std::filesystem::path(*program).parent_path().parent_path() / "share/tierwatch/systemd";
  std::error_code error;
  return std::filesystem::is_directory(beside, error) ? beside : usual;
}

void look_at_kernel(const ProcFs& files, SocketTable& sockets, MachineAccess& machine) {
  std::string buffer;
  machine.pressure = bool(files.read("proc/pressure/cpu", buffer));
  machine.run_delay = bool(files.read("proc/self/schedstat", buffer));
  machine.descriptor_counts = counts_descriptors(files);
  machine.tcp_diag = answers(sockets, SocketFamily::kTcp4);
  machine.unix_diag = answers(sockets, SocketFamily::kUnix);
  machine.cgroups = control_groups(files);
  const FileText mounts = files.read("proc/self/mountinfo", buffer);
  if (!mounts) return;
  machine.hidepid = parse_hidepid(mounts.text);
  machine.hidepid_gid = proc_mount_option(mounts.text, "gid");
  machine.others_hidden = !visibility_notes(files).empty();
}

}  // namespace

std::string_view to_string(Access access) {
  constexpr std::array<std::string_view, kAccesses> kNames = {
      "cpu", "memory", "descriptors", "io", "proportional_memory", "sockets"};
  return kNames[static_cast<std::size_t>(access)];
}

std::vector<TierAccess> tier_access(const ProcFs& files, const TierRules& rules,
                                    const std::vector<CandidateFacts>& facts) {
  const std::vector<Candidate> candidates = views(facts);
  const auto placed = match_processes(rules, candidates);
  const bool descriptor_counts = counts_descriptors(files);
  std::vector<TierAccess> tiers(rules.tiers.size());
  for (std::size_t i = 0; i < tiers.size(); ++i) tiers[i].tier = rules.tiers[i].name;
  for (std::size_t i = 0; i < placed.size(); ++i)
    if (placed[i])
      count(files, candidates[i].id.pid, descriptor_counts, tiers[placed[i]->member.tier]);
  std::erase_if(tiers, [](const TierAccess& tier) { return tier.processes == 0; });
  return tiers;
}

MachineAccess look_at_machine(const ProcFs& files, SocketTable& sockets, ProcessTable& processes,
                              const TierRules& rules) {
  std::string buffer;
  if (!files.read("proc/self/stat", buffer))
    throw std::runtime_error("/proc cannot be read: nothing can be said of this machine");
  MachineAccess machine;
  UserNames users;
  machine.uid = geteuid();
  machine.user = users.name(machine.uid);
  utsname system{};
  if (uname(&system) == 0) {
    machine.hostname = static_cast<const char*>(system.nodename);
    machine.kernel = static_cast<const char*>(system.release);
  }
  machine.capabilities = effective_capabilities(files);
  machine.drop_ins = installed_drop_ins(files);
  look_at_kernel(files, sockets, machine);
  machine.tiers = tier_access(files, rules, read_candidates(files, processes));
  return machine;
}

}  // namespace tierwatch

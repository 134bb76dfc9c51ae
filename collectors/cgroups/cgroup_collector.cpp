// SPDX-License-Identifier: MIT
#include "collectors/cgroups/cgroup_collector.h"

#include <algorithm>
#include <map>
#include <utility>

#include "collectors/cgroups/cgroup_tree.h"

namespace tierwatch {
namespace {

/// What a cgroup's files gave. `known` is false when one of them exists but could not be read.
template <typename Value>
struct Found {
  bool known = true;
  std::optional<Value> value;
};

/// One walk over the cgroups of a tick, remembering those already seen.
class CgroupWalk {
 public:
  /// `inside`: we are in a cgroup namespace, whose root is not the tree's.
  CgroupWalk(const ProcFs& files, FaultLog& faults, std::span<const CgroupMount> mounts,
             bool inside)
      : files_(files), faults_(faults), mounts_(mounts), inside_(inside) {}

  CgroupReading read(const std::string& membership) {
    CgroupReading reading;
    const auto lines = parse_cgroup_lines(membership);
    if (!lines) {
      faults_.count("cgroup", Fault::kMalformed);
      return reading;
    }
    // Empty where there is no such controller: nothing limits it.
    if (may_be_limited(*lines, "cpu"))
      reading.quotas = limits_up(existing(*lines, "cpu"), quotas_, &CgroupWalk::quota);
    else
      reading.quotas.emplace();
    reading.cpus = cpus(existing(*lines, "cpuset"));
    if (may_be_limited(*lines, "memory"))
      reading.memory = memory(existing(*lines, "memory"));
    else
      reading.memory.emplace();
    reading.cpu_above_hidden = inside_ || shows_a_part(*lines, mounts_, "cpu");
    reading.memory_above_hidden = inside_ || shows_a_part(*lines, mounts_, "memory");
    reading.tasks = limits_up(existing(*lines, "pids"), tasks_, &CgroupWalk::tasks_of);
    return reading;
  }

 private:
  using Directories = std::vector<CgroupDirectory>;

  /// The cgroup of a controller and those above; empty when it is not to be seen or gone.
  Directories existing(std::span<const CgroupLine> lines, std::string_view controller) const {
    Directories directories = cgroup_directories(lines, mounts_, controller);
    Fault why{};
    if (directories.empty() || files_.status(directories.front().directory.c_str(), why))
      return directories;
    return {};
  }

  template <typename Parser>
  auto read_parsed(const CgroupDirectory& at, const char* file, bool& known, Parser parse) {
    const FileText text = files_.read(at.directory + "/" + file, buffer_);
    decltype(parse(text.text)) parsed;
    std::optional<Fault> fault = text.fault;
    if (text) {
      parsed = parse(text.text);
      if (!parsed) fault = Fault::kMalformed;
    }
    if (fault && *fault != Fault::kGone) {
      faults_.count(std::string("cgroup/") + file, *fault);
      known = false;
    }
    return parsed;
  }

  std::optional<Limit<double>> cores(const CgroupDirectory& at, bool& known) {
    if (at.unified) return read_parsed(at, "cpu.max", known, parse_cpu_max);
    std::string period_buffer;
    const FileText period = files_.read(at.directory + "/cpu.cfs_period_us", period_buffer);
    return read_parsed(at, "cpu.cfs_quota_us", known, [&period](std::string_view quota) {
      return parse_cfs_quota(quota, period.text);
    });
  }

  Found<CpuQuota> quota(const CgroupDirectory& at) {
    Found<CpuQuota> found;
    const auto limit = cores(at, found.known);
    if (!limit || !limit->value) return found;
    found.value = CpuQuota{.cgroup = at.cgroup, .cores = *limit->value};
    bool ignored = true;  // the quota stands without its counts
    if (const auto stat = read_parsed(at, "cpu.stat", ignored, parse_cpu_stat)) {
      found.value->periods = stat->periods;
      found.value->throttled_periods = stat->throttled_periods;
      found.value->usage = stat->usage;
    }
    if (!at.unified) {
      found.value->usage = accounted_usage(at);
      found.value->used_up = used_up(at, *found.value);
    }
    return found;
  }

  /// What limits each cgroup on the way up; absent when one of them could not be read.
  template <typename Value>
  std::optional<std::vector<Value>> limits_up(
      const Directories& directories, std::map<std::string, Found<Value>>& seen,
      Found<Value> (CgroupWalk::*of)(const CgroupDirectory&)) {
    if (directories.empty()) return std::nullopt;
    std::vector<Value> all;
    for (const CgroupDirectory& at : directories) {
      const auto& found = once(seen, at, [&] { return (this->*of)(at); });
      if (!found.known) return std::nullopt;
      if (found.value) all.push_back(*found.value);
    }
    return all;
  }

  /// The nearest cgroup that tells: its effective set has all above it taken into account.
  std::optional<CpuSet> cpus(const Directories& directories) {
    for (const CgroupDirectory& at : directories) {
      const auto& found = once(cpus_, at, [&] {
        Found<CpuSet> set;
        const char* file = at.unified ? "cpuset.cpus.effective" : "cpuset.effective_cpus";
        set.value = read_parsed(at, file, set.known, [](std::string_view text) {
          return text.ends_with('\n') ? parse_cpu_list(text) : std::nullopt;
        });
        return set;
      });
      if (found.value || !found.known) return found.value;
    }
    return std::nullopt;
  }

  /// Limits and use; nothing where the controller is off, as at the root of v2.
  Found<CgroupMemory> memory_of(const CgroupDirectory& at) {
    Found<CgroupMemory> found;
    CgroupMemory memory{.cgroup = at.cgroup};
    const auto limit = read_parsed(at, at.unified ? "memory.max" : "memory.limit_in_bytes",
                                   found.known, parse_memory_limit);
    if (limit) memory.limit_bytes = limit->value;
    memory.used_bytes = read_parsed(at, at.unified ? "memory.current" : "memory.usage_in_bytes",
                                    found.known, parse_single_number);
    if (limit || memory.used_bytes) found.value = std::move(memory);
    return found;
  }

  void read_memory_details(const CgroupDirectory& at, CgroupMemory& memory) {
    bool ignored = true;  // a limit stands without them
    if (const auto stat = read_parsed(at, "memory.stat", ignored, [&at](std::string_view text) {
          return parse_memory_stat(text, at.unified);
        })) {
      memory.active_file_bytes = stat->active_file_bytes;
      memory.inactive_file_bytes = stat->inactive_file_bytes;
      memory.reclaimable_slab_bytes = stat->reclaimable_slab_bytes;
    }
    if (at.unified) {
      if (const auto events = read_parsed(at, "memory.events", ignored, parse_memory_events)) {
        memory.limit_hits = events->limit_hits;
        memory.oom_kills = events->oom_kills;
      }
      return;
    }
    memory.limit_hits = read_parsed(at, "memory.failcnt", ignored, parse_single_number);
    memory.oom_kills = read_parsed(at, "memory.oom_control", ignored, parse_oom_control_kills)
                           .value_or(std::nullopt);
  }

  /// v1 before Linux 5.11 could be told not to count what is below (memory.use_hierarchy).
  bool counts_those_below(const CgroupDirectory& at) {
    if (at.unified) return true;
    bool ignored = true;
    return read_parsed(at, "memory.use_hierarchy", ignored, parse_single_number) != 0;
  }

  std::optional<std::vector<CgroupMemory>> memory(const Directories& directories) {
    if (directories.empty()) return std::nullopt;
    std::vector<CgroupMemory> all;
    for (const CgroupDirectory& at : directories) {
      const auto& found = once(memory_, at, [&] { return memory_of(at); });
      if (!found.known) return std::nullopt;
      if (!found.value) continue;
      if (!all.empty() && (!found.value->limit_bytes || !counts_those_below(at))) continue;
      all.push_back(once(detailed_memory_, at, [&] {
        CgroupMemory memory = *found.value;
        read_memory_details(at, memory);
        return memory;
      }));
    }
    return all;
  }

  Found<CgroupTasks> tasks_of(const CgroupDirectory& at) {
    Found<CgroupTasks> found;
    const auto limit = read_parsed(at, "pids.max", found.known, parse_task_limit);
    if (!limit || !limit->value) return found;
    if (const auto count = read_parsed(at, "pids.current", found.known, parse_single_number))
      found.value = CgroupTasks{.cgroup = at.cgroup, .count = *count, .limit = *limit->value};
    return found;
  }

  /// v1's, where the cpuacct controller is mounted here.
  std::optional<nanoseconds> accounted_usage(const CgroupDirectory& at) {
    bool ignored = true;
    const auto usage = read_parsed(at, "cpuacct.usage", ignored, parse_single_number);
    return usage ? std::optional(nanoseconds(*usage)) : std::nullopt;
  }

  /// v1 without cpuacct beside cpu: who uses the quota up, of all that share it, is not told, but
  /// how often that happens.
  std::optional<nanoseconds> used_up(const CgroupDirectory& at, const CpuQuota& quota) {
    if (quota.usage || !quota.throttled_periods) return std::nullopt;
    bool ignored = true;
    const auto each = read_parsed(at, "cpu.cfs_quota_us", ignored, parse_single_number);
    if (!each) return std::nullopt;
    return nanoseconds(std::chrono::microseconds(*each * *quota.throttled_periods));
  }

  template <typename Value, typename Read>
  static const Value& once(std::map<std::string, Value>& seen, const CgroupDirectory& at,
                           Read read) {
    const auto known = seen.find(at.directory);
    return known != seen.end() ? known->second : seen.emplace(at.directory, read()).first->second;
  }

  const ProcFs& files_;
  FaultLog& faults_;
  std::span<const CgroupMount> mounts_;
  bool inside_;
  std::string buffer_;
  std::map<std::string, Found<CpuQuota>> quotas_;
  std::map<std::string, Found<CpuSet>> cpus_;
  std::map<std::string, Found<CgroupTasks>> tasks_;
  std::map<std::string, Found<CgroupMemory>> memory_;
  std::map<std::string, CgroupMemory> detailed_memory_;
};

}  // namespace

const CpuQuota* tightest_quota(const CgroupReading& reading) {
  if (!reading.quotas || reading.quotas->empty()) return nullptr;
  return &*std::min_element(reading.quotas->begin(), reading.quotas->end(),
                            [](const auto& a, const auto& b) { return a.cores < b.cores; });
}

std::optional<std::uint64_t> needed_bytes(const CgroupMemory& memory) {
  if (!memory.used_bytes || !memory.active_file_bytes || !memory.inactive_file_bytes)
    return std::nullopt;
  const std::uint64_t droppable =
      *memory.active_file_bytes + *memory.inactive_file_bytes + memory.reclaimable_slab_bytes;
  // The parts are counted in batches per CPU and may be ahead of the sum (mm/memcontrol.c).
  return *memory.used_bytes - std::min(*memory.used_bytes, droppable);
}

const CgroupMemory* nearest_memory_limit(const CgroupReading& reading) {
  const CgroupMemory* nearest = nullptr;
  double nearest_ratio = -1;
  if (!reading.memory) return nullptr;
  for (const CgroupMemory& memory : *reading.memory) {
    const auto needed = needed_bytes(memory);
    if (!memory.limit_bytes || !needed) continue;
    const double ratio = static_cast<double>(*needed) / static_cast<double>(*memory.limit_bytes);
    if (ratio > nearest_ratio) {
      nearest = &memory;
      nearest_ratio = ratio;
    }
  }
  return nearest;
}

void CgroupCollector::refresh_mounts(std::span<const std::string> memberships) {
  std::vector<std::string> now(memberships.begin(), memberships.end());
  std::sort(now.begin(), now.end());
  const bool all_known =
      std::includes(known_memberships_.begin(), known_memberships_.end(), now.begin(), now.end());
  known_memberships_ = std::move(now);
  if (all_known) return;
  std::string buffer;
  const FileText text = files_.read("proc/self/mountinfo", buffer);
  auto mounts = text ? parse_cgroup_mounts(text.text) : std::nullopt;
  if (mounts)
    mounts_ = std::move(*mounts);
  else if (text.fault != Fault::kGone)
    faults_.count("mountinfo", text.fault.value_or(Fault::kMalformed));
}

std::vector<CgroupReading> CgroupCollector::collect(std::span<const std::string> memberships) {
  refresh_mounts(memberships);
  // PROC_CGROUP_INIT_INO, include/linux/proc_ns.h: the number of the first one on any machine.
  constexpr std::string_view kFirstNamespace = "cgroup:[4026531835]";
  const auto own = files_.link("proc/self/ns/cgroup");
  CgroupWalk walk(files_, faults_, mounts_, own && *own != kFirstNamespace);
  std::vector<CgroupReading> readings;
  for (const std::string& membership : memberships) readings.push_back(walk.read(membership));
  return readings;
}

}  // namespace tierwatch

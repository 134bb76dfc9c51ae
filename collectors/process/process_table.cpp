// SPDX-License-Identifier: MIT
#include "collectors/process/process_table.h"

#include <libproc2/pids.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <stdexcept>

#include "collectors/parse/directory_entries.h"
#include "collectors/parse/proc_fs.h"
#include "collectors/text/text_scan.h"

namespace tierwatch {
namespace {

/// What is asked of libproc2, and where it stands in an answer. All but kUid come from
/// /proc/PID/stat; kUid is the owner of the directory /proc/PID, which libproc2 asks for anyway.
enum Column : std::size_t {
  kPid,
  kParentPid,
  kComm,
  kUid,
  kState,
  kUserTicks,
  kSystemTicks,
  kUserTicksWithChildren,
  kSystemTicksWithChildren,
  kMajorFaults,
  kMajorFaultsWithChildren,
  kThreads,
  kFlags,
  kBegan,
  kColumns
};

constexpr std::array<pids_item, kColumns> kItems = {
    PIDS_ID_PID,    PIDS_ID_PPID,     PIDS_CMD,         PIDS_ID_EUID,       PIDS_STATE,
    PIDS_TICS_USER, PIDS_TICS_SYSTEM, PIDS_TICS_USER_C, PIDS_TICS_SYSTEM_C, PIDS_FLT_MAJ,
    PIDS_FLT_MAJ_C, PIDS_NLWP,        PIDS_FLAGS,       PIDS_TICS_BEGAN};

constexpr std::size_t kMaxSelected = 255;  // more is EINVAL (libproc2 4.0, FILL_ID_MAX)

/// The answer of one column. Not libproc2's PIDS_VAL: it takes four arguments in 4.0.2 (Debian 12)
/// and three in 4.0.4 (Debian 13); what it stands for is the same expression in both.
const auto& result(const pids_stack& stack, Column column) { return stack.head[column].result; }

class TickClock {
 public:
  nanoseconds time(unsigned long long ticks) const {
    return nanoseconds(static_cast<nanoseconds::rep>(ticks) * tick_.count());
  }

 private:
  nanoseconds tick_ = clock_tick();
};

ProcessStat to_process_stat(const pids_stack& stack, const TickClock& clock) {
  const auto user = result(stack, kUserTicks).ull_int;
  const auto system = result(stack, kSystemTicks).ull_int;
  const auto major_faults = result(stack, kMajorFaults).ul_int;
  return {
      .id = {.pid = result(stack, kPid).s_int,
             .started = clock.time(result(stack, kBegan).ull_int)},
      .parent_pid = result(stack, kParentPid).s_int,
      .comm = result(stack, kComm).str,
      .uid = result(stack, kUid).u_int,
      .state = static_cast<char>(result(stack, kState).s_ch),
      .user_cpu = clock.time(user),
      .system_cpu = clock.time(system),
      .children_user_cpu = clock.time(result(stack, kUserTicksWithChildren).ull_int - user),
      .children_system_cpu = clock.time(result(stack, kSystemTicksWithChildren).ull_int - system),
      .major_faults = major_faults,
      .children_major_faults = result(stack, kMajorFaultsWithChildren).ul_int - major_faults,
      .thread_count = static_cast<std::uint32_t>(std::max(0, result(stack, kThreads).s_int)),
      .kernel_thread = (result(stack, kFlags).ul_int & kKernelThread) != 0,
  };
}

std::string errno_words(int error) { return std::strerror(error); }

/// /proc, held open: listing it must work even when no descriptor is left, or every process would
/// look gone.
class ProcDirectory {
 public:
  ProcDirectory() : directory_(opendir("/proc")) {
    if (directory_ == nullptr) throw std::runtime_error("cannot open /proc: " + errno_words(errno));
  }
  ~ProcDirectory() { closedir(directory_); }
  ProcDirectory(const ProcDirectory&) = delete;
  ProcDirectory& operator=(const ProcDirectory&) = delete;

  std::optional<std::vector<pid_t>> pids() const {
    std::vector<pid_t> pids;
    rewinddir(directory_);
    const auto failed = for_each_entry(directory_, [&](const dirent& entry) {
      if (const auto pid = to_number<pid_t>(entry.d_name)) pids.push_back(*pid);
    });
    if (failed) return std::nullopt;
    std::sort(pids.begin(), pids.end());
    return pids;
  }

 private:
  DIR* directory_;
};

/// CPU clocks of processes, as clock_gettime(2) knows them by their pids.
class CpuClocks {
 public:
  std::optional<nanoseconds> time(pid_t pid) const {
    timespec time{};
    if (!usable_ || clock_gettime(id(pid), &time) != 0) return std::nullopt;
    return std::chrono::seconds(time.tv_sec) + nanoseconds(time.tv_nsec);
  }

 private:
  /// What clock_getcpuclockid(3) answers, without its system call: the pid's complement, and
  /// CPUCLOCK_SCHED in the three bits below (include/linux/posix-timers.h).
  static clockid_t id(pid_t pid) {
    return static_cast<clockid_t>((~static_cast<unsigned>(pid) << 3) | 2u);
  }

  static bool ids_are_ours() {
    clockid_t own{};
    return clock_getcpuclockid(getpid(), &own) == 0 && own == id(getpid());
  }

  /// Whether /proc numbers processes as our system calls do. It may be mounted for another pid
  /// namespace, as where a container watches its host: then status tells more than one number of
  /// us, from the namespace of the mount down to our own (NSpid, proc_pid_status(5)).
  static bool pids_are_ours() {
    std::string buffer;
    const FileText status = ProcFs().read("proc/self/status", buffer);
    std::string_view rest = status ? status.text : std::string_view{};
    while (!rest.empty()) {
      std::string_view line = take_until(rest, '\n');
      if (take_until(line, ':') != "NSpid") continue;
      return to_number<pid_t>(trim_blanks(line)) == getpid();
    }
    return false;
  }

  const bool usable_ = ids_are_ours() && pids_are_ours();
};

class Libproc2Table : public ProcessTable {
 public:
  Libproc2Table() {
    auto items = kItems;
    // Returns the negative of an errno.
    const int error = procps_pids_new(&info_, items.data(), kColumns);
    if (error < 0) throw std::runtime_error("cannot set up libproc2: " + errno_words(-error));
  }
  ~Libproc2Table() override { procps_pids_unref(&info_); }
  Libproc2Table(const Libproc2Table&) = delete;
  Libproc2Table& operator=(const Libproc2Table&) = delete;

  std::optional<std::vector<pid_t>> list() override {
    auto pids = directory_.pids();
    if (pids) listed_ = pids->size();
    return pids;
  }

  std::vector<ProcessStat> read(std::span<const pid_t> pids) override {
    std::vector<ProcessStat> stats;
    stats.reserve(pids.size());
    // Selecting costs almost twice as much per process as walking: for each pid libproc2 reads
    // status first, to learn whether it is a thread's.
    if (pids.size() > listed_ / 2)
      walk(pids, stats);
    else
      select(pids, stats);
    return stats;
  }

  std::optional<nanoseconds> run_time(pid_t pid) const override { return clocks_.time(pid); }

 private:
  void select(std::span<const pid_t> pids, std::vector<ProcessStat>& stats) {
    while (!pids.empty()) {
      const auto batch = pids.first(std::min(pids.size(), kMaxSelected));
      std::array<unsigned, kMaxSelected + 1> ids{};  // ends with a zero
      std::copy(batch.begin(), batch.end(), ids.begin());
      append(procps_pids_select(info_, ids.data(), static_cast<int>(batch.size()), PIDS_SELECT_PID),
             stats);
      pids = pids.subspan(batch.size());
    }
  }

  void walk(std::span<const pid_t> pids, std::vector<ProcessStat>& stats) {
    std::vector<pid_t> wanted(pids.begin(), pids.end());
    std::sort(wanted.begin(), wanted.end());
    append(procps_pids_reap(info_, PIDS_FETCH_TASKS_ONLY), stats);
    std::erase_if(stats, [&](const ProcessStat& stat) {
      return !std::binary_search(wanted.begin(), wanted.end(), stat.id.pid);
    });
  }

  void append(const pids_fetch* fetch, std::vector<ProcessStat>& stats) const {
    if (fetch == nullptr) return;
    for (int i = 0; i < fetch->counts->total; ++i)
      stats.push_back(to_process_stat(*fetch->stacks[i], clock_));
  }

  ProcDirectory directory_;
  TickClock clock_;
  CpuClocks clocks_;
  pids_info* info_ = nullptr;
  std::size_t listed_ = 0;  // before the first list(): none, so that everything is walked
};

}  // namespace

nanoseconds clock_tick() { return nanoseconds(std::chrono::seconds(1)) / sysconf(_SC_CLK_TCK); }

std::unique_ptr<ProcessTable> make_process_table() { return std::make_unique<Libproc2Table>(); }

}  // namespace tierwatch

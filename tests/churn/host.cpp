// SPDX-License-Identifier: MIT
#include "tests/churn/host.h"

namespace tierwatch {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::uint64_t kMemory = std::uint64_t{8} << 30;

}  // namespace

ChurnHost::ChurnHost(Dice& dice, bool exact) : dice_(dice), exact_(exact), cpus_(1 + dice.upto(8)) {
  for (unsigned cpu = 0; cpu < cpus_.size(); ++cpu) online_.insert(cpu);
  now_ = {.wall = std::chrono::system_clock::time_point(hours(480000)),
          .monotonic = seconds(1000),
          .boot = seconds(1000) + dice.time(hours(24))};
}

/// What a processor has idled for is lost on some kernels while it is away (proc_stat(5)).
void ChurnHost::forget_idle(unsigned cpu) { cpus_[cpu].idle = cpus_[cpu].iowait = {}; }

void ChurnHost::churn() {
  if (dice_.once_in(60)) {
    const unsigned cpu = static_cast<unsigned>(dice_.upto(cpus_.size()));
    if (!online_.contains(cpu)) {
      online_.insert(cpu);
      if (dice_.once_in(2)) forget_idle(cpu);
    } else if (online_.size() > 1) {
      online_.erase(cpu);
    }
  }
  if (dice_.once_in(100))  // NTP, or somebody who sets the clock
    now_.wall += seconds(static_cast<std::int64_t>(dice_.upto(7201)) - 3600);
  if (dice_.once_in(300)) {  // suspend and resume
    const nanoseconds slept = dice_.time(hours(12));
    now_.boot += slept;
    now_.wall += std::chrono::duration_cast<std::chrono::system_clock::duration>(slept);
  }
}

void ChurnHost::pass(nanoseconds time) {
  now_.monotonic += time;
  now_.boot += time;
  now_.wall += std::chrono::duration_cast<std::chrono::system_clock::duration>(time);
  elapsed_ += time;
  waited_ += dice_.time(time);
  disk_busy_ += dice_.time(time);
  scanned_ += dice_.upto(2000);
  drops_ += dice_.upto(3);
  link_bytes_ += dice_.upto(static_cast<std::uint64_t>(time.count()) / 8 + 1);
}

nanoseconds ChurnHost::begin_slice(unsigned cpu, nanoseconds slice) {
  budget_ += slice;
  if (!dice_.once_in(4)) return slice;
  const nanoseconds irq = dice_.time(slice / 10), steal = dice_.time(slice / 2);
  cpus_[cpu].irq += irq;
  cpus_[cpu].steal += steal;
  return slice - irq - steal;
}

void ChurnHost::run(unsigned cpu, nanoseconds user, nanoseconds system) {
  cpus_[cpu].user += user;
  cpus_[cpu].system += system;
}

void ChurnHost::idle(unsigned cpu, nanoseconds time) {
  (dice_.once_in(3) ? cpus_[cpu].iowait : cpus_[cpu].idle) += time;
}

CpuTimes ChurnHost::shown(const Cpu& cpu) const {
  const auto told = [this](nanoseconds time) {
    if (!exact_) time -= time % milliseconds(10);
    return std::chrono::floor<CpuTimes::Time>(time);
  };
  return {.user = told(cpu.user),
          .system = told(cpu.system),
          .idle = told(cpu.idle),
          .iowait = told(cpu.iowait),
          .irq = told(cpu.irq),
          .steal = told(cpu.steal)};
}

void ChurnHost::read_counters(HostReading& host) {
  host.load1 = host.load5 = host.load15 = static_cast<double>(dice_.upto(9));
  host.runnable = dice_.upto(9);
  host.blocked = dice_.upto(3);
  host.memory = HostMemoryReading{.total_bytes = kMemory, .available_bytes = dice_.upto(kMemory)};
  host.open_files = dice_.upto(9000);
  host.max_files = 9000;
  host.listen_overflows = host.listen_drops = host.syn_drops = host.failed_connects = drops_;
  host.oom_kills = oom_kills_;
  host.swap_in_pages = host.swap_out_pages = scanned_ / 3;
  host.direct_scanned_pages = host.background_scanned_pages = host.refaulted_pages = scanned_;
  host.disks = {{.name = "sda",
                 .reads = scanned_,
                 .writes = scanned_,
                 .busy = std::chrono::floor<milliseconds>(disk_busy_),
                 .queued = std::chrono::floor<milliseconds>(3 * disk_busy_)}};
  host.links = {{.name = "eth0",
                 .bits_per_second = 1000000000,
                 .received_bytes = link_bytes_ / 2,
                 .sent_bytes = link_bytes_}};
  host.link_queues = {
      {.name = "eth0", .packets = dice_.upto(3), .sent_bytes = link_bytes_ / (1 + dice_.upto(2))}};
}

/// Now and then one of the files cannot be read, and a driver is loaded anew.
HostReading ChurnHost::read() {
  HostReading host;
  Cpu sum;
  for (const Cpu& cpu : cpus_) {
    sum.user += cpu.user;
    sum.system += cpu.system;
    sum.idle += cpu.idle;
    sum.iowait += cpu.iowait;
    sum.irq += cpu.irq;
    sum.steal += cpu.steal;
  }
  if (!dice_.once_in(100)) {
    host.cpu = shown(sum);
    for (const unsigned cpu : online_) {
      host.cpus.push_back(shown(cpus_[cpu]));
      host.cpu_numbers.push_back(cpu);
    }
  }
  if (dice_.once_in(500)) scanned_ = drops_ = link_bytes_ = 0;
  if (dice_.once_in(500)) disk_busy_ = {};
  read_counters(host);
  if (dice_.once_in(100)) host.memory.reset();
  if (!dice_.once_in(100)) {
    const PressureReading pressure{.some = waited_, .full = waited_ / 2};
    host.cpu_pressure = host.memory_pressure = host.io_pressure = pressure;
  }
  if (dice_.once_in(100)) host.disks.clear();
  totals_.raise(host);
  return host;
}

}  // namespace tierwatch

// SPDX-License-Identifier: MIT
#include "analysis/facts/tier_totals.h"

#include "collectors/seconds.h"

namespace tierwatch {
namespace {

template <typename Number>
void add_known(std::optional<Number>& to, const std::optional<Number>& what) {
  if (what) to = to.value_or(Number{}) + *what;
}

template <typename Number>
std::optional<double> rate(const std::optional<Number>& before, const std::optional<Number>& now,
                           double elapsed) {
  if (!before || !now) return std::nullopt;
  return static_cast<double>(*now - *before) / elapsed;
}

}  // namespace

void add(CounterTotals& totals, const Amounts& amounts) {
  totals.user_cpu += nanoseconds(amounts[kUserCpu]);
  totals.system_cpu += nanoseconds(amounts[kSystemCpu]);
  totals.major_faults += amounts[kMajorFaults];
}

void add(CounterTotals& totals, const ProcessGrowth& growth, Readable readable) {
  add(totals, growth.own);
  if (readable.threads) {
    add_known(totals.run_delay, std::optional(growth.run_delay));
    add_known(totals.voluntary_switches, std::optional(growth.voluntary_switches));
    add_known(totals.involuntary_switches, std::optional(growth.involuntary_switches));
  }
  if (readable.io) {
    add_known(totals.read_bytes, std::optional(growth.own[kReadBytes]));
    add_known(totals.written_bytes, std::optional(growth.own[kWrittenBytes]));
  }
}

void add(CounterTotals& totals, const CounterTotals& other) {
  totals.user_cpu += other.user_cpu;
  totals.system_cpu += other.system_cpu;
  totals.major_faults += other.major_faults;
  add_known(totals.run_delay, other.run_delay);
  add_known(totals.voluntary_switches, other.voluntary_switches);
  add_known(totals.involuntary_switches, other.involuntary_switches);
  add_known(totals.read_bytes, other.read_bytes);
  add_known(totals.written_bytes, other.written_bytes);
}

Rates rates_between(const CounterTotals& before, const CounterTotals& now, nanoseconds elapsed) {
  const double span = seconds_of(elapsed);
  Rates rates{.user_cores = seconds_of(now.user_cpu - before.user_cpu) / span,
              .system_cores = seconds_of(now.system_cpu - before.system_cpu) / span};
  rates.cpu_cores = rates.user_cores + rates.system_cores;
  if (before.run_delay && now.run_delay)
    rates.run_delay_cores = seconds_of(*now.run_delay - *before.run_delay) / span;
  rates.major_faults_per_second =
      static_cast<double>(now.major_faults - before.major_faults) / span;
  rates.voluntary_switches_per_second =
      rate(before.voluntary_switches, now.voluntary_switches, span);
  rates.involuntary_switches_per_second =
      rate(before.involuntary_switches, now.involuntary_switches, span);
  rates.read_bytes_per_second = rate(before.read_bytes, now.read_bytes, span);
  rates.written_bytes_per_second = rate(before.written_bytes, now.written_bytes, span);
  return rates;
}

namespace {

std::uint32_t& state_counter(GaugeSums& sums, char state) {
  switch (state) {
    case 'R':
      return sums.running;
    case 'S':
      return sums.sleeping;
    case 'D':
      return sums.disk_sleeping;
    case 'T':
    case 't':
      return sums.stopped;
    case 'Z':
    case 'X':
      return sums.zombies;
    default:
      return sums.other_state;
  }
}

void add(MemoryReading& to, const MemoryReading& what) {
  to.resident_bytes += what.resident_bytes;
  to.anonymous_bytes += what.anonymous_bytes;
  to.file_bytes += what.file_bytes;
  to.shared_bytes += what.shared_bytes;
  to.swap_bytes += what.swap_bytes;
}

void add_known(std::optional<MemoryReading>& to, const std::optional<MemoryReading>& what) {
  if (!what) return;
  if (!to) to.emplace();
  add(*to, *what);
}

}  // namespace

void add(GaugeSums& sums, const ProcessReading& process) {
  ++state_counter(sums, process.state);
  if (process.state == 'Z' || process.state == 'X')
    return;  // dead: holds nothing but its exit status
  ++sums.processes;
  sums.threads += process.thread_count;
  add_known(sums.memory, process.memory);
  add_known(sums.proportional_bytes, process.proportional_bytes);
  add_known(sums.open_fds, process.open_fds);
}

void add(GaugeSums& sums, const GaugeSums& other) {
  sums.processes += other.processes;
  sums.threads += other.threads;
  sums.running += other.running;
  sums.sleeping += other.sleeping;
  sums.disk_sleeping += other.disk_sleeping;
  sums.stopped += other.stopped;
  sums.zombies += other.zombies;
  sums.other_state += other.other_state;
  add_known(sums.memory, other.memory);
  add_known(sums.proportional_bytes, other.proportional_bytes);
  add_known(sums.open_fds, other.open_fds);
}

}  // namespace tierwatch

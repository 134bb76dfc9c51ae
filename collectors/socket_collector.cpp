// SPDX-License-Identifier: MIT
#include "collectors/socket_collector.h"

#include "collectors/proc_net.h"

namespace tierwatch {

namespace {

constexpr std::array kFamilies{SocketFamily::kTcp4, SocketFamily::kTcp6, SocketFamily::kUnix};

}  // namespace

SocketCollector::SocketCollector(std::unique_ptr<SocketTable> table, const ProcFs& files,
                                 FaultLog& faults, TierRules rules)
    : table_(std::move(table)),
      proc_table_(make_proc_net_table(files, faults)),
      faults_(faults),
      owners_(files, std::move(rules)) {}

template <typename Found>
DumpStatus SocketCollector::read(SocketFamily family, nanoseconds now,
                                 DumpStatus (SocketTable::*what)(SocketFamily, Found&),
                                 Found& found) {
  FamilyState& state = families_[static_cast<std::size_t>(family)];
  if (!state.from_proc || now >= state.retry_at) {
    const DumpStatus status = (table_.get()->*what)(family, found);
    state.from_proc = status == DumpStatus::kUnavailable;
    state.absent = false;
    if (!state.from_proc) {
      if (status == DumpStatus::kFailed)
        faults_.count("sock_diag/" + std::string(to_string(family)), Fault::kOther);
      return status;
    }
    state.retry_at = now + kRetryInterval;
  }
  const DumpStatus status = (proc_table_.get()->*what)(family, found);
  state.absent = status == DumpStatus::kUnavailable;
  return status;
}

void SocketCollector::sample(SocketFamily family, nanoseconds now, bool tick) {
  FamilyState& state = families_[static_cast<std::size_t>(family)];
  if (state.from_proc && !tick && now - state.proc_read_at < kFallbackInterval) return;
  state.proc_read_at = now;
  found_.clear();
  if (read(family, now, &SocketTable::listeners, found_) == DumpStatus::kComplete)
    book_.add(now, family, found_);
}

void SocketCollector::sub_sample(const Instant& at) {
  sampled_at_ = at.monotonic;
  for (const SocketFamily family : kFamilies) sample(family, at.monotonic, false);
}

SocketReading SocketCollector::collect(const Instant& at,
                                       std::span<const ProcessReading> processes) {
  if (at.monotonic != sampled_at_)
    for (const SocketFamily family : kFamilies) sample(family, at.monotonic, true);
  sampled_at_ = at.monotonic;

  owners_.update(at.monotonic, processes);
  std::vector<Listener> listeners = book_.take(at.monotonic);
  connections_.clear();
  for (const SocketFamily family : kFamilies) {
    const bool known = read(family, at.monotonic, &SocketTable::connections, connections_) ==
                       DumpStatus::kComplete;
    for (Listener& listener : listeners)
      if (listener.reading.family == family && known) listener.reading.in_service = 0;
  }
  for (Listener& listener : listeners) listener.reading.owner = owners_.of_listener(listener);

  SocketReading reading = tally_connections(listeners, connections_, owners_);
  for (Listener& listener : listeners)
    if (listener.listening) reading.listeners.push_back(std::move(listener.reading));
  add_notes(reading.notes);
  return reading;
}

void SocketCollector::add_notes(std::vector<std::string>& notes) const {
  const auto from_proc = [&](SocketFamily family) {
    return families_[static_cast<std::size_t>(family)].from_proc;
  };
  if (from_proc(SocketFamily::kTcp4) || from_proc(SocketFamily::kTcp6))
    notes.emplace_back(
        "the kernel does not answer sock_diag for TCP: accept queues come from /proc/net/tcp, "
        "without limits and drops; mend: modprobe tcp_diag, and name it in /etc/modules-load.d");
  if (from_proc(SocketFamily::kUnix))
    notes.emplace_back(
        "the kernel does not answer sock_diag for UNIX sockets: accept queues come from "
        "/proc/net/unix, without limits and peers; mend: modprobe unix_diag, and name it in "
        "/etc/modules-load.d");
  if (const std::size_t denied = owners_.links().denied(); denied > 0)
    notes.emplace_back(
        "sockets of " + std::to_string(denied) +
        " tier processes cannot be tied to them (their descriptors may not be read): whose a "
        "socket is follows from addresses, cgroups and users; mend: CAP_SYS_PTRACE and "
        "CAP_DAC_READ_SEARCH");
}

}  // namespace tierwatch

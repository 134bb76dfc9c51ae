// SPDX-License-Identifier: MIT
#include "collectors/sockets/socket_collector.h"

#include <time.h>

#include <algorithm>

#include "collectors/sockets/proc_net.h"
#include "collectors/text/text_scan.h"

namespace tierwatch {

namespace {

constexpr std::array kFamilies{SocketFamily::kTcp4, SocketFamily::kTcp6, SocketFamily::kUnix};

nanoseconds thread_cpu_time() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return std::chrono::seconds(time.tv_sec) + nanoseconds(time.tv_nsec);
}

/// "TCP: inuse 7 orphan 0 …" or "TCP6: inuse 3" of /proc/net/sockstat and sockstat6.
std::optional<std::uint64_t> tcp_sockets_in_use(std::string_view text) {
  while (!text.empty()) {
    std::string_view line = take_until(text, '\n');
    const std::string_view name = take_field(line);
    if ((name == "TCP:" || name == "TCP6:") && take_field(line) == "inuse")
      return take_number<std::uint64_t>(line);
  }
  return std::nullopt;
}

}  // namespace

SocketCollector::SocketCollector(std::unique_ptr<SocketTable> table, const ProcFs& files,
                                 FaultLog& faults, TierRules rules)
    : files_(files),
      table_(std::move(table)),
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
    if (!state.from_proc) {
      if (status == DumpStatus::kFailed)
        faults_.count("sock_diag/" + std::string(to_string(family)), Fault::kOther);
      return status;
    }
    state.retry_at = now + kRetryInterval;
  }
  return (proc_table_.get()->*what)(family, found);
}

void SocketCollector::sample(SocketFamily family, nanoseconds now) {
  FamilyState& state = families_[static_cast<std::size_t>(family)];
  state.sampled_at = now;
  found_.clear();
  const nanoseconds before = thread_cpu_time();
  const bool complete = read(family, now, &SocketTable::listeners, found_) == DumpStatus::kComplete;
  state.queues_due = now + pause_after(state, thread_cpu_time() - before);
  if (!complete) return;
  state.empty = found_.empty();
  state.queued =
      std::ranges::any_of(found_, [](const ListenerSocket& one) { return one.queue_length > 0; });
  book_.add(now, family, found_);
}

/// How long the queues of a family are left alone between ticks.
nanoseconds SocketCollector::pause_after(const FamilyState& state, nanoseconds cost) const {
  if (state.from_proc) return kFallbackInterval;
  if (cost <= kFreeQueuesTime) return {};
  const auto pause = std::chrono::duration<double, std::nano>(cost) / kQueuesShare;
  return std::min(std::chrono::duration_cast<nanoseconds>(pause), kOldestConnections);
}

void SocketCollector::sub_sample(const Instant& at) {
  for (const SocketFamily family : kFamilies) {
    const FamilyState& state = families_[static_cast<std::size_t>(family)];
    const bool watched = !state.empty && (!state.foreign || state.queued);
    if (watched && at.monotonic >= state.queues_due) sample(family, at.monotonic);
  }
  calm_looks_ = std::ranges::any_of(families_, &FamilyState::queued)
                    ? 0
                    : std::min(calm_looks_ + 1, kCalmLooks);
}

void SocketCollector::refresh_connections(nanoseconds now, std::span<const Listener> listeners) {
  const nanoseconds before = thread_cpu_time();
  connections_.clear();
  for (const SocketFamily family : kFamilies) {
    bool known = !has_connections(family, listeners);
    if (!known)
      known = read(family, now, &SocketTable::connections, connections_) == DumpStatus::kComplete;
    families_[static_cast<std::size_t>(family)].connections_known = known;
  }
  const auto cost = std::chrono::duration<double>(thread_cpu_time() - before);
  const auto pause = std::chrono::duration_cast<nanoseconds>(cost / kConnectionsShare);
  connections_at_ = now;
  connections_due_ = now + std::min(pause, kOldestConnections);
}

/// False when the kernel's own count of TCP sockets leaves none beside the listeners: then the walk
/// is spared, most often that of IPv6. So is that of UNIX sockets where none listens: pairs that a
/// process made for itself lead nowhere.
bool SocketCollector::has_connections(SocketFamily family, std::span<const Listener> listeners) {
  if (family == SocketFamily::kUnix) {
    return std::any_of(listeners.begin(), listeners.end(), [](const Listener& listener) {
      return listener.reading.family == SocketFamily::kUnix;
    });
  }
  const bool v4 = family == SocketFamily::kTcp4;
  const FileText file = files_.read(v4 ? "proc/net/sockstat" : "proc/net/sockstat6", buffer_);
  std::uint64_t listening = 0;
  for (const Listener& listener : listeners)
    if (listener.listening && listener.reading.family == family)
      listening += listener.reading.sockets;
  const auto in_use = tcp_sockets_in_use(file ? file.text : std::string_view{});
  return !in_use || *in_use > listening;
}

SocketReading SocketCollector::collect(const Instant& at,
                                       std::span<const ProcessReading> processes) {
  for (const SocketFamily family : kFamilies) {
    if (at.monotonic != families_[static_cast<std::size_t>(family)].sampled_at)
      sample(family, at.monotonic);
  }

  owners_.update(at.monotonic, processes);
  std::vector<Listener> listeners = book_.take(at.monotonic);
  if (at.monotonic >= connections_due_) refresh_connections(at.monotonic, listeners);
  for (Listener& listener : listeners)
    if (families_[static_cast<std::size_t>(listener.reading.family)].connections_known)
      listener.reading.in_service = 0;
  for (FamilyState& state : families_) state.foreign = true;
  for (Listener& listener : listeners) {
    listener.reading.owner = owners_.of_listener(listener);
    if (listener.reading.owner)
      families_[static_cast<std::size_t>(listener.reading.family)].foreign = false;
  }

  SocketReading reading = tally_connections(listeners, connections_, owners_);
  for (Listener& listener : listeners)
    if (listener.listening) reading.listeners.push_back(std::move(listener.reading));
  reading.connections_at = connections_at_;
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
  if (std::ranges::any_of(kFamilies, [&](SocketFamily family) { return book_.overflows(family); }))
    notes.emplace_back("more than " + std::to_string(ListenerBook::kMostAddresses) +
                       " addresses are listened on: those that came last are not watched");
  if (const std::size_t denied = owners_.links().denied(); denied > 0)
    notes.emplace_back(
        "sockets of " + std::to_string(denied) +
        " tier processes cannot be tied to them (their descriptors may not be read): whose a "
        "socket is follows from addresses, cgroups and users; mend: CAP_SYS_PTRACE and "
        "CAP_DAC_READ_SEARCH");
}

}  // namespace tierwatch

// SPDX-License-Identifier: MIT
#include "collectors/python/thread_activity.h"

#include <poll.h>
#include <sys/syscall.h>

#include <algorithm>

#include "collectors/text/text_scan.h"

namespace tierwatch {
namespace {

bool one_of(long number, std::initializer_list<long> numbers) {
  return std::ranges::find(numbers, number) != numbers.end();
}

// Calls that not every machine has are kNoCall there, which no call is.
constexpr long kNoCall = -2;
#ifdef SYS_poll
constexpr long kPoll = SYS_poll, kSelect = SYS_select, kEpollWait = SYS_epoll_wait,
               kOpen = SYS_open, kStat = SYS_stat, kPause = SYS_pause;
#else
constexpr long kPoll = kNoCall, kSelect = kNoCall, kEpollWait = kNoCall, kOpen = kNoCall,
               kStat = kNoCall, kPause = kNoCall;
#endif

bool sleeps(long number) { return one_of(number, {SYS_nanosleep, SYS_clock_nanosleep}); }

bool takes_events(long number) {
  return one_of(number, {kEpollWait, SYS_epoll_pwait, SYS_accept, SYS_accept4, kPause,
                         SYS_rt_sigtimedwait, SYS_rt_sigsuspend});
}

bool moves_data(long number) {
  return one_of(number, {SYS_read, SYS_readv, SYS_pread64, SYS_recvfrom, SYS_recvmsg, SYS_write,
                         SYS_writev, SYS_pwrite64, SYS_sendto, SYS_sendmsg, SYS_sendfile,
                         SYS_connect, SYS_recvmmsg, SYS_sendmmsg});
}

bool uses_the_disk(long number) {
  return one_of(number, {SYS_fsync, SYS_fdatasync, kOpen, SYS_openat, kStat, SYS_newfstatat,
                         SYS_statx, SYS_getdents64, SYS_sync_file_range, SYS_fallocate,
                         SYS_ftruncate, SYS_unlinkat, SYS_renameat2});
}

/// poll(2): the first argument points to the list, the second is its length.
std::vector<int> polled(const SystemCall& call, RemoteMemory& memory) {
  std::vector<pollfd> list(std::min<std::uint64_t>(call.arguments[1], kMostDescriptors));
  if (list.empty() || !memory.read(call.arguments[0], std::as_writable_bytes(std::span(list))))
    return {};
  std::vector<int> descriptors;
  for (const pollfd& one : list) {
    if (one.fd >= 0) descriptors.push_back(one.fd);
  }
  return descriptors;
}

/// select(2): the kernel writes to the sets only when it returns, so they still hold what is asked.
std::vector<int> selected(const SystemCall& call, RemoteMemory& memory) {
  constexpr std::uint64_t kMostNumber = 1024;
  const std::uint64_t count = std::min(call.arguments[0], kMostNumber);
  std::vector<int> descriptors;
  for (const std::uint64_t set : {call.arguments[1], call.arguments[2]}) {
    std::array<std::uint64_t, kMostNumber / 64> words{};
    const std::span wanted = std::span(words).first((count + 63) / 64);
    if (set == 0 || wanted.empty() || !memory.read(set, std::as_writable_bytes(wanted))) continue;
    for (std::uint64_t fd = 0; fd < count && descriptors.size() < kMostDescriptors; ++fd) {
      if (words[fd / 64] >> fd % 64 & 1) descriptors.push_back(static_cast<int>(fd));
    }
  }
  return descriptors;
}

WaitsFor events(std::vector<int> descriptors) {
  // Nothing to wait for but the time: what a sleep was before clock_nanosleep(2).
  if (descriptors.empty()) return {.activity = ThreadActivity::kSleeping};
  return {.activity = ThreadActivity::kIdle, .descriptors = std::move(descriptors), .many = true};
}

}  // namespace

std::optional<ThreadState> parse_syscall(std::string_view text) {
  text = trim_blanks(text);
  if (text == "running") return ThreadState{.running = true};
  ThreadState state;
  const auto number = take_number<long>(text);
  if (!number) return std::nullopt;
  state.call.number = *number;
  if (*number < 0) return state;
  for (std::uint64_t& argument : state.call.arguments) {
    std::string_view field = take_field(text);
    if (!field.starts_with("0x")) return std::nullopt;
    const auto value = to_number<std::uint64_t>(field.substr(2), 16);
    if (!value) return std::nullopt;
    argument = *value;
  }
  return state;
}

WaitsFor waits_for(const SystemCall& call, RemoteMemory& memory, std::uint64_t lock,
                   std::uint32_t lock_size) {
  const long number = call.number;
  if (number < 0) return {.activity = ThreadActivity::kDisk};
  if (number == SYS_futex) {
    const std::uint64_t word = call.arguments[0];
    const bool interpreter = lock != 0 && word >= lock && word - lock < lock_size;
    return {.activity = interpreter ? ThreadActivity::kInterpreterLock : ThreadActivity::kLock};
  }
  if (sleeps(number)) return {.activity = ThreadActivity::kSleeping};
  if (takes_events(number)) return {.activity = ThreadActivity::kIdle};
  if (one_of(number, {kPoll, SYS_ppoll})) return events(polled(call, memory));
  if (one_of(number, {kSelect, SYS_pselect6})) return events(selected(call, memory));
  const auto descriptor = static_cast<int>(call.arguments[0]);
  // flock(2); of fcntl(2) only those that wait for a lock block.
  if (one_of(number, {SYS_flock, SYS_fcntl}))
    return {.activity = ThreadActivity::kLock, .descriptors = {descriptor}};
  if (moves_data(number)) return {.descriptors = {descriptor}};
  if (uses_the_disk(number)) return {.activity = ThreadActivity::kDisk};
  return {};
}

}  // namespace tierwatch

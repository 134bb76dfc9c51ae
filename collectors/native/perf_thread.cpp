// SPDX-License-Identifier: MIT
#include "collectors/native/perf_thread.h"

#include <linux/perf_event.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <utility>

#include "collectors/native/perf_records.h"

namespace tierwatch {
namespace {

perf_event_attr cpu_clock_of(unsigned hz, bool kernel) {
  perf_event_attr wish{};
  wish.type = PERF_TYPE_SOFTWARE;
  wish.size = sizeof wish;
  wish.config = PERF_COUNT_SW_CPU_CLOCK;
  wish.sample_period = 1'000'000'000 / std::max(hz, 1u);  // ns on a CPU
  wish.sample_type = PERF_SAMPLE_TID | PERF_SAMPLE_REGS_USER | PERF_SAMPLE_STACK_USER;
  wish.sample_regs_user = kPerfRegisters;
  wish.sample_stack_user = PerfThread::kStackBytes;
  wish.exclude_kernel = !kernel;
  wish.exclude_hv = 1;
  // Nobody waits for it: whoever looks comes by itself.
  wish.watermark = 1;
  wish.wakeup_watermark = PerfThread::kRingBytes;
  return wish;
}

}  // namespace

PerfThread::PerfThread(PerfThread&& other) noexcept
    : event_(std::move(other.event_)), ring_(std::exchange(other.ring_, nullptr)) {}

PerfThread& PerfThread::operator=(PerfThread&& other) noexcept {
  if (this != &other) {
    close();
    event_ = std::move(other.event_);
    ring_ = std::exchange(other.ring_, nullptr);
  }
  return *this;
}

PerfThread::~PerfThread() { close(); }

void PerfThread::close() {
  if (ring_ != nullptr) munmap(ring_, kMappedBytes);
  ring_ = nullptr;
  event_.reset();
}

int PerfThread::begin(pid_t tid, unsigned hz, bool kernel) {
  close();
  perf_event_attr wish = cpu_clock_of(hz, kernel);
  event_ = FileDescriptor(
      static_cast<int>(syscall(SYS_perf_event_open, &wish, tid, -1, -1, PERF_FLAG_FD_CLOEXEC)));
  if (!event_) return errno;
  void* ring = mmap(nullptr, kMappedBytes, PROT_READ | PROT_WRITE, MAP_SHARED, event_.get(), 0);
  if (ring == MAP_FAILED) {
    const int error = errno;
    close();
    return error;
  }
  ring_ = ring;
  return 0;
}

void PerfThread::take(std::vector<std::byte>& records) {
  if (ring_ == nullptr) return;
  auto* page = static_cast<perf_event_mmap_page*>(ring_);
  const auto* data = static_cast<const std::byte*>(ring_) + (kMappedBytes - kRingBytes);
  // perf_event_open(2): the head is the kernel's, the tail ours.
  const std::uint64_t head = std::atomic_ref(page->data_head).load(std::memory_order_acquire);
  const std::uint64_t tail = page->data_tail;
  const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(head - tail, kRingBytes));
  const auto begin = static_cast<std::size_t>(tail % kRingBytes);
  const std::size_t to_end = std::min(size, kRingBytes - begin);
  records.insert(records.end(), data + begin, data + begin + to_end);
  records.insert(records.end(), data, data + (size - to_end));
  std::atomic_ref(page->data_tail).store(head, std::memory_order_release);
}

std::optional<std::chrono::nanoseconds> PerfThread::cpu_time() const {
  std::uint64_t count = 0;
  if (!event_ || ::read(event_.get(), &count, sizeof count) != sizeof count) return std::nullopt;
  return std::chrono::nanoseconds(count);
}

}  // namespace tierwatch

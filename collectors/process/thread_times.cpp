// SPDX-License-Identifier: MIT
#include "collectors/process/thread_times.h"

#include <algorithm>

#include "collectors/parse/proc_text_process.h"
#include "collectors/parse/proc_text_stat.h"
#include "collectors/text/text_scan.h"

namespace tierwatch {

std::string ThreadTimes::path(pid_t tid, const char* file) const {
  return process_path(pid_, "task/") + std::to_string(tid) + "/" + file;
}

/// True when the thread ran or waited since its last reading, or is no more.
bool ThreadTimes::refresh_one(Thread& thread, Keep keep) {
  const FileText text =
      thread.schedstat.read([&] { return path(thread.reading.tid, "schedstat"); }, context_, keep);
  if (!text) {
    if (*text.fault != Fault::kGone) context_.faults.count("task/schedstat", *text.fault);
    thread.ended = lost_one_ = true;
    return true;
  }
  const auto times = parse_schedstat(text.text);
  if (!times) {
    context_.faults.count("task/schedstat", Fault::kMalformed);
    thread.ended = lost_one_ = true;
    return true;
  }
  // "0 0 0" is a thread that never ran, or a kernel that accounts for none (proc_pid_schedstat(),
  // fs/proc/base.c): it cannot say that the thread slept.
  thread.accounted = times->slices > 0 || times->run > nanoseconds{};
  const bool moved =
      !thread.accounted || times->run != thread.reading.run || times->wait != thread.reading.wait;
  thread.reading.run = times->run;
  thread.reading.wait = times->wait;
  thread.ran = thread.ran || moved;
  thread.moved = thread.moved || moved;
  return moved;
}

bool ThreadTimes::refresh(Keep keep) {
  bool moved = threads_.empty();
  for (Thread& thread : threads_) moved = refresh_one(thread, keep) || moved;
  return moved;
}

void ThreadTimes::read_switches(Thread& thread) {
  if (thread.reading.tid == pid_ || !thread.ran) return;
  thread.ran = false;
  const FileText text = context_.read(path(thread.reading.tid, "status"), "task/status");
  if (!text) return;
  const auto status = parse_status(text.text);
  if (!status) {
    context_.faults.count("task/status", Fault::kMalformed);
    return;
  }
  thread.reading.voluntary_switches =
      status->voluntary_switches.value_or(thread.reading.voluntary_switches);
  thread.reading.involuntary_switches =
      status->involuntary_switches.value_or(thread.reading.involuntary_switches);
}

void ThreadTimes::read_state(Thread& thread) {
  thread.moved = false;
  const FileText text = context_.read(path(thread.reading.tid, "stat"), "task/stat");
  if (!text) return;
  const auto stat = parse_stat(text.text, nanoseconds(1));  // of its times nothing is wanted
  if (!stat) context_.faults.count("task/stat", Fault::kMalformed);
  thread.state = stat ? stat->state : '?';
}

void ThreadTimes::read_states() {
  for (Thread& thread : threads_)
    if (thread.moved || thread.state == 'D') read_state(thread);
}

void ThreadTimes::forget_ended() {
  std::erase_if(threads_, [this](Thread& thread) {
    if (thread.ended) thread.schedstat.close(context_);
    return thread.ended;
  });
}

void ThreadTimes::close_files() {
  for (Thread& thread : threads_) thread.schedstat.close(context_);
}

void ThreadTimes::relist(Keep keep) {
  Fault why{};
  const auto names = context_.files.list(process_path(pid_, "task").c_str(), why);
  if (!names) {
    if (why != Fault::kGone) context_.faults.count("task", why);
    return;
  }
  const auto before = [](const Thread& thread, pid_t tid) { return thread.reading.tid < tid; };
  const auto known = static_cast<std::ptrdiff_t>(threads_.size());
  for (const std::string& name : *names) {
    const auto tid = to_number<pid_t>(name);
    if (!tid) continue;
    const auto end = threads_.begin() + known;
    const auto at = std::lower_bound(threads_.begin(), end, *tid, before);
    if (at != end && at->reading.tid == *tid) continue;
    Thread& thread = threads_.emplace_back();
    thread.reading.tid = *tid;
    refresh_one(thread, keep);
    thread.ran = true;
    if (!thread.ended) read_switches(thread);
  }
  forget_ended();
  std::sort(threads_.begin(), threads_.end(),
            [](const Thread& a, const Thread& b) { return a.reading.tid < b.reading.tid; });
}

void ThreadTimes::update(std::uint32_t thread_count, bool switches_too, Keep keep) {
  forget_ended();
  if (lost_one_ || threads_.size() != thread_count) relist(keep);
  lost_one_ = false;
  if (!switches_too) return;
  for (Thread& thread : threads_) read_switches(thread);
}

void ThreadTimes::take(std::span<const ThreadTask> tasks) {
  const auto same_tid = [](const Thread& thread, const ThreadTask& task) {
    return thread.reading.tid == task.reading.tid;
  };
  if (!std::ranges::equal(threads_, tasks, same_tid)) {
    close_files();
    threads_.clear();
    threads_.resize(tasks.size());
  }
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    threads_[i].reading = tasks[i].reading;
    threads_[i].accounted = tasks[i].accounted;
    threads_[i].state = tasks[i].state;
    threads_[i].ran = threads_[i].ended = false;
    threads_[i].moved = true;
  }
  lost_one_ = false;
}

void ThreadTimes::set_main_switches(std::uint64_t voluntary, std::uint64_t involuntary) {
  for (Thread& thread : threads_) {
    if (thread.reading.tid != pid_) continue;
    thread.reading.voluntary_switches = voluntary;
    thread.reading.involuntary_switches = involuntary;
  }
}

std::optional<std::vector<ThreadReading>> ThreadTimes::readings() const {
  if (std::ranges::none_of(threads_, &Thread::accounted)) return std::nullopt;
  std::vector<ThreadReading> result;
  result.reserve(threads_.size());
  for (const Thread& thread : threads_) result.push_back(thread.reading);
  return result;
}

bool ThreadTimes::one_waits_for_disk() const {
  return std::ranges::find(threads_, 'D', &Thread::state) != threads_.end();
}

}  // namespace tierwatch

// SPDX-License-Identifier: MIT
#include "collectors/process/process_details.h"

#include <unistd.h>

#include <algorithm>

#include "collectors/parse/proc_text_process.h"

namespace tierwatch {
namespace {

std::string path(const ProcessReading& process, const char* file) {
  return process_path(process.id.pid, file);
}

/// Our own directory of descriptors is never empty, so a size of 0 there means an older kernel.
bool fd_size_tells_count(const ProcFs& files) {
  Fault why{};
  const auto own = files.status("proc/self/fd", why);
  return own && own->size > 0;
}

}  // namespace

void copy_stat(const ProcessStat& stat, ProcessReading& reading) {
  const bool known = reading.id == stat.id;
  const auto later = [known](nanoseconds before, nanoseconds now) {
    return known ? std::max(before, now) : now;
  };
  reading.id = stat.id;
  reading.parent_pid = stat.parent_pid;
  reading.comm = stat.comm;
  reading.state = stat.state;
  reading.user_cpu = later(reading.user_cpu, stat.user_cpu);
  reading.system_cpu = later(reading.system_cpu, stat.system_cpu);
  reading.children_user_cpu = later(reading.children_user_cpu, stat.children_user_cpu);
  reading.children_system_cpu = later(reading.children_system_cpu, stat.children_system_cpu);
  reading.major_faults = stat.major_faults;
  reading.children_major_faults = stat.children_major_faults;
  reading.thread_count = stat.thread_count;
}

void clear_details(ProcessReading& reading) {
  reading.threads.reset();
  reading.memory.reset();
  reading.proportional_bytes.reset();
  reading.io.reset();
  reading.open_fds.reset();
  reading.fd_limit.reset();
  reading.task_limit.reset();
  reading.allowed_cpus.reset();
  reading.cgroup_index.reset();
}

void release_details(ProcessReading& reading) {
  reading.memory.reset();
  reading.proportional_bytes.reset();
  reading.open_fds.reset();
}

ProcessDetails::ProcessDetails(ReadContext& context)
    : context_(context),
      page_bytes_(static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE))),
      fd_size_tells_count_(fd_size_tells_count(context.files)) {}

void ProcessDetails::read_used(ProcessReading& process, DetailFiles& files) {
  if (!files.io_denied) read_io(process, files);
  count_fds(process);
}

void ProcessDetails::read_status(ProcessReading& process, ThreadTimes& threads) {
  const FileText text = context_.read(path(process, "status"), "status");
  if (!text) {
    if (*text.fault != Fault::kGone) process.memory.reset();
    return;
  }
  const auto status = parse_status(text.text);
  if (!status) context_.faults.count("status", Fault::kMalformed);
  process.memory = status ? status->memory : std::nullopt;
  if (!status) return;
  process.state = status->state;
  if (!status->allowed_cpus.empty()) process.allowed_cpus = parse_cpu_list(status->allowed_cpus);
  if (status->voluntary_switches && status->involuntary_switches)
    threads.set_main_switches(*status->voluntary_switches, *status->involuntary_switches);
}

void ProcessDetails::read_memory(ProcessReading& process, DetailFiles& files) {
  if (!process.memory) return;
  const FileText text =
      files.statm.read([&] { return path(process, "statm"); }, context_, files.keep);
  if (text.fault == Fault::kGone) return;
  const auto pages = text ? parse_statm(text.text) : std::nullopt;
  if (!pages) {
    context_.faults.count("statm", text.fault.value_or(Fault::kMalformed));
    process.memory.reset();
    return;
  }
  MemoryReading& memory = *process.memory;
  const std::uint64_t shared = pages->shared * page_bytes_;
  memory.resident_bytes = pages->resident * page_bytes_;
  memory.anonymous_bytes = memory.resident_bytes - shared;
  memory.shared_bytes = std::min(memory.shared_bytes, shared);
  memory.file_bytes = shared - memory.shared_bytes;
}

void ProcessDetails::read_io(ProcessReading& process, DetailFiles& files) {
  const FileText text = files.io.read([&] { return path(process, "io"); }, context_, files.keep);
  if (!text) {
    if (*text.fault == Fault::kGone) return;
    context_.faults.count("io", *text.fault);
    files.io_denied = *text.fault == Fault::kDenied;
    process.io.reset();
    return;
  }
  process.io = parse_io(text.text);
  if (!process.io) context_.faults.count("io", Fault::kMalformed);
}

void ProcessDetails::count_fds(ProcessReading& process) {
  const std::string directory = path(process, "fd");
  Fault why{};
  if (fd_size_tells_count_) {
    if (const auto status = context_.files.status(directory.c_str(), why)) {
      process.open_fds = status->size;
      return;
    }
  } else if (const auto entries = context_.files.list(directory.c_str(), why)) {
    process.open_fds = entries->size();
    return;
  }
  if (why == Fault::kGone) return;
  context_.faults.count("fd", why);
  process.open_fds.reset();
}

void ProcessDetails::take(const ProcessTask& task, ProcessReading& process) {
  process.state = task.stat.state;
  process.memory = task.memory;
  process.io = task.io;
  if (task.open_fds)
    process.open_fds = task.open_fds;
  else
    count_fds(process);
}

void ProcessDetails::read_limits(ProcessReading& process, DetailFiles& files) {
  files.io_denied = false;
  const FileText text = context_.read(path(process, "limits"), "limits");
  if (!text && *text.fault == Fault::kGone) return;
  process.fd_limit = process.task_limit = std::nullopt;
  if (!text) return;
  const auto files_limit = parse_limit(text.text, kOpenFilesLimit);
  const auto tasks = parse_limit(text.text, kProcessesLimit);
  if (!files_limit || !tasks) context_.faults.count("limits", Fault::kMalformed);
  process.fd_limit = files_limit.value_or(std::nullopt);
  if (process.uid.value_or(0) != 0) process.task_limit = tasks.value_or(std::nullopt);
}

}  // namespace tierwatch

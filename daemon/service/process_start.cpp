// SPDX-License-Identifier: MIT
#include "daemon/service/process_start.h"

#include <unistd.h>

#include "collectors/parse/proc_text_stat.h"

namespace tierwatch {

std::optional<nanoseconds> start_of(const ProcFs& files, pid_t pid) {
  std::string buffer;
  const FileText text = files.read(process_path(pid, "stat"), buffer);
  if (!text) return std::nullopt;
  const nanoseconds tick = std::chrono::nanoseconds(std::chrono::seconds(1)) / sysconf(_SC_CLK_TCK);
  const auto stat = parse_stat(text.text, tick);
  return stat ? std::optional(stat->id.started) : std::nullopt;
}

bool lives_here(const ProcFs& files, const ProcessId& process) {
  return start_of(files, process.pid) == process.started;
}

}  // namespace tierwatch

// SPDX-License-Identifier: MIT
#include "exporters/terminal/scene/process_fields.h"

#include <array>

#include "collectors/seconds.h"
#include "exporters/terminal/scene/process_columns.h"

namespace tierwatch {
namespace {

using MaybeFigure = std::optional<double>;

template <std::uint64_t MemoryReading::*bytes>
MaybeFigure memory_of(const ProcessSample& process) {
  const auto& memory = process.reading.memory;
  return memory ? MaybeFigure(static_cast<double>((*memory).*bytes)) : std::nullopt;
}

MaybeFigure figure(const std::optional<std::uint64_t>& count) {
  return count ? MaybeFigure(static_cast<double>(*count)) : std::nullopt;
}

constexpr std::array kFields = {
    ProcessField{"cpu", FieldUnit::kCount, "cores it uses: 1 is a whole core", true,
                 [](const ProcessSample& process) { return process.cpu_cores; }},
    ProcessField{"hottest", FieldUnit::kCount, "cores of its busiest thread", true,
                 [](const ProcessSample& process) { return process.hottest_thread_cores; }},
    ProcessField{"delay", FieldUnit::kCount, "threads that could run but wait for a core", true,
                 [](const ProcessSample& process) { return process.run_delay_cores; }},
    ProcessField{"threads", FieldUnit::kCount, "number of threads", true,
                 [](const ProcessSample& process) {
                   const double threads = process.reading.thread_count;
                   return threads > 0 ? MaybeFigure(threads) : std::nullopt;
                 }},
    ProcessField{"rss", FieldUnit::kBytes, "resident memory", true,
                 memory_of<&MemoryReading::resident_bytes>},
    ProcessField{"anon", FieldUnit::kBytes, "of it anonymous: what it made itself", false,
                 memory_of<&MemoryReading::anonymous_bytes>},
    ProcessField{"swap", FieldUnit::kBytes, "memory that was swapped out", false,
                 memory_of<&MemoryReading::swap_bytes>},
    ProcessField{"fds", FieldUnit::kCount, "open file descriptors", true,
                 [](const ProcessSample& process) { return figure(process.reading.open_fds); }},
    ProcessField{"limit", FieldUnit::kCount, "how many it may have open (RLIMIT_NOFILE)", true,
                 [](const ProcessSample& process) { return figure(process.reading.fd_limit); }},
    ProcessField{
        "time", FieldUnit::kSeconds, "CPU time since it began", false,
        [](const ProcessSample& process) { return MaybeFigure(seconds_of(cpu_time(process))); }},
};

}  // namespace

std::span<const ProcessField> process_fields() { return kFields; }

}  // namespace tierwatch

// SPDX-License-Identifier: MIT
//
// Programs and libraries of a process, by /proc/PID/maps. No file is opened.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "collectors/memory/remote_memory.h"
#include "collectors/parse/proc_fs.h"
#include "collectors/reading.h"

namespace tierwatch {

/// More of a process are not looked at.
inline constexpr std::size_t kMostImages = 512;

/// Where files are mapped from their first byte; those with `likely` in their name first. Pure.
std::vector<std::uint64_t> mapped_images(std::string_view maps, std::string_view likely);

/// Why a process is not looked at.
struct ProcessRefusal {
  ProcessId process;
  bool denied = false;  ///< we have not the right
  std::string why;      ///< in words, unless denied
};

/// The images of a process whose memory can be read; empty, and the reason added to `refusal`,
/// when it cannot.
std::vector<std::uint64_t> readable_images(const ProcFs& files, pid_t pid, RemoteMemory& memory,
                                           std::string_view likely, std::string& buffer,
                                           ProcessRefusal& refusal);

}  // namespace tierwatch

// SPDX-License-Identifier: MIT
//
// What is read of a process only because it belongs to a tier: memory, descriptors, I/O, switches.
#pragma once

#include "collectors/process/process_table.h"
#include "collectors/process/thread_times.h"

namespace tierwatch {

/// The files of one member that are read whenever it ran.
struct DetailFiles {
  KeptFile stat, statm, io, cmdline;
  Keep keep = Keep::kNo;   ///< whether they are worth descriptors
  bool io_denied = false;  ///< asked again only when limits are: rights seldom change
};

/// What /proc/PID/stat tells. Times of a process that was known before do not fall: their source
/// may have changed to one that counts in coarser steps.
void copy_stat(const ProcessStat& stat, ProcessReading& reading);

/// Takes away what only members have.
void clear_details(ProcessReading& process);
/// Takes away what a process gives back when it ends, though its parent has not asked yet.
void release_details(ProcessReading& process);

/// Reads the files of members and fills in their readings. A file that may not be read leaves its
/// field absent and is counted; one that is gone leaves everything as it was.
class ProcessDetails {
 public:
  explicit ProcessDetails(ReadContext& context);

  /// Memory and how it is shared, state, affinity, the main thread's switches.
  void read_status(ProcessReading& process, ThreadTimes& threads);

  /// Memory alone, for the third part of the price of status; shared memory stays what it was.
  void read_memory(ProcessReading& process, DetailFiles& files);

  /// What it changes by running: bytes read and written, open descriptors.
  void read_used(ProcessReading& process, DetailFiles& files);

  /// Memory, descriptors, bytes and state, as they were read elsewhere.
  void take(const ProcessTask& task, ProcessReading& process);

  /// What hardly ever changes: the limit of descriptors, and whether its io may be read.
  void read_limits(ProcessReading& process, DetailFiles& files);

 private:
  void read_io(ProcessReading& process, DetailFiles& files);
  void count_fds(ProcessReading& process);

  ReadContext& context_;
  std::uint64_t page_bytes_;
  bool fd_size_tells_count_;  ///< Linux ≥ 6.2
};

}  // namespace tierwatch

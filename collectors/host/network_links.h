// SPDX-License-Identifier: MIT
//
// Network links of our own namespace whose speed is known, and the bytes that went over them. A
// virtual one (a bridge, a veth, most of virtual machines) has no speed, or one that means nothing.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "collectors/host_reading.h"
#include "collectors/parse/patient_thread.h"
#include "collectors/parse/proc_fs.h"

namespace tierwatch {

/// /proc/net/dev: what went over each link, by name; without speeds. Whole or not at all.
std::optional<std::vector<LinkReading>> parse_net_dev(std::string_view text);

/// In Mbit/s, of links with a device behind them that are up. Asks their drivers: may block.
std::map<std::string, std::uint64_t> read_link_speeds(const ProcFs& files);

/// Not thread-safe. Speeds are asked for by a thread beside: a driver may take seconds to answer,
/// and holds a lock of the kernel's meanwhile.
class NetworkLinks {
 public:
  static constexpr nanoseconds kInterval = std::chrono::seconds(60);

  /// Both must outlive it.
  NetworkLinks(const ProcFs& files, FaultLog& faults) : files_(files), faults_(faults) {}

  /// Those whose speed is known, by name.
  std::vector<LinkReading> collect(nanoseconds now);

  /// Until the speeds are known, but no longer than `most`: of tests.
  bool wait(std::chrono::milliseconds most) const { return side_.wait(most); }

 private:
  using Speeds = std::map<std::string, std::uint64_t>;

  const ProcFs& files_;
  FaultLog& faults_;
  Speeds speeds_;
  nanoseconds due_{};
  std::string buffer_;
  PatientThread<Speeds> side_;
};

}  // namespace tierwatch

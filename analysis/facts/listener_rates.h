// SPDX-License-Identifier: MIT
//
// What accept queues did between two readings.
#pragma once

#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "analysis/snapshot.h"

namespace tierwatch {

/// Not thread-safe. Remembers one reading per listening address.
class ListenerRates {
 public:
  /// One sample per reading, in order; `elapsed` since the readings before.
  std::vector<ListenerSample> advance(std::vector<ListenerReading> readings, nanoseconds elapsed);

 private:
  using Key = std::tuple<SocketFamily, std::string, std::string>;  ///< network, address
  std::map<Key, ListenerReading> previous_;
};

}  // namespace tierwatch

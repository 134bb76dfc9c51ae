// SPDX-License-Identifier: MIT
//
// Listeners and connections of whoever runs just now, as a socket collector would tell of them.
#pragma once

#include <map>
#include <vector>

#include "collectors/reading.h"
#include "tests/churn/dice.h"

namespace tierwatch {

/// One server that listens, while it is there.
struct ChurnServer {
  std::string tier;                    ///< its name
  std::optional<std::uint16_t> index;  ///< in the rules; absent: they know no such tier
  pid_t root = 0;
  std::optional<uid_t> user;
};

class ChurnSockets {
 public:
  ChurnSockets(Dice& dice, bool privileged) : dice_(dice), privileged_(privileged) {}

  /// `elapsed`: since the last call. The first server of each tier listens; each tier calls the one
  /// after it.
  SocketReading read(const std::vector<ChurnServer>& servers,
                     const std::vector<ProcessReading>& processes, nanoseconds elapsed);

 private:
  struct Address {
    ListenerReading reading;
    nanoseconds closed_for{};
  };

  std::optional<SocketOwner> owner_of(const ChurnServer& server);
  ListenerReading look(Address& address, const ChurnServer& server, nanoseconds elapsed);
  EdgeReading edge(const ChurnServer* from, const ChurnServer& to);
  std::vector<ProcessSocketsReading> holders(const std::vector<ProcessReading>& processes);

  Dice& dice_;
  bool privileged_;
  std::map<std::string, Address> addresses_;  ///< by tier
};

}  // namespace tierwatch

// SPDX-License-Identifier: MIT
//
// What is known of several machines over a stretch of time, moment by moment: what each daemon
// said, and as many of its facts as were kept. The moments are the same for all hosts.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "analysis/judge_input.h"
#include "analysis/verdict.h"

namespace tierwatch {

/// Requests of a tier that wait for the answer of somebody elsewhere.
struct AwaitedPeer {
  std::string tier;
  std::string peer;  ///< "10.0.0.9:5432", "[2001:db8::9]:5432"
  double requests = 0;
  bool operator==(const AwaitedPeer&) const = default;
};

/// One host at one moment.
struct HostTick {
  JudgeInput facts;  ///< tiers by their own names; what was not kept is absent
  VerdictState state = VerdictState::kUnknown;  ///< as its daemon said
  std::optional<TierResource> named;
  std::vector<AwaitedPeer> awaited;
  std::map<std::string, double> taken_on;     ///< requests, by tier; queued ones are not
  std::map<std::string, double> in_hand;      ///< the same with those that are queued
  std::map<TierResource, double> used_ratio;  ///< as its daemon judged it
};

/// An address that a tier of a host listens on.
struct ServedAddress {
  std::string tier;
  std::string address;  ///< "0.0.0.0:5432", "[::]:80", "10.0.0.9:25"; TCP only
  std::string network;  ///< empty: the host's own
  bool operator==(const ServedAddress&) const = default;
};

struct WatchedHost {
  std::string name;      ///< "db1"; no two are alike
  std::string instance;  ///< "db1:9718"
  double scrape_seconds = 0;
  std::vector<std::string> addresses;  ///< as the host says
  std::vector<ServedAddress> served;
  /// One for each moment; null: nothing fresh was known. One that holds over several moments is
  /// shared by them.
  std::vector<std::shared_ptr<const HostTick>> ticks;
};

struct WatchedHosts {
  std::chrono::system_clock::time_point begin{};  ///< the first moment
  double step_seconds = 0;                        ///< between two of them
  std::size_t moments = 0;
  std::vector<WatchedHost> hosts;
  std::vector<std::string> notes;  ///< what whoever reads the report must know
};

}  // namespace tierwatch

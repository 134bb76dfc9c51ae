// SPDX-License-Identifier: MIT
//
// What `tierwatch inside` has found, as plain data for its writers.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "analysis/inside/inside_findings.h"
#include "analysis/verdict.h"

namespace tierwatch {

struct InsideReport {
  Verdict verdict;
  std::string source;  ///< of the verdict: "sampling by itself"
  std::string tier;    ///< that was looked into
  std::string why;     ///< why this one, where the verdict names another; else empty
  InsideFindings findings;
  std::size_t processes = 0;          ///< that were read, at the end
  std::vector<std::string> versions;  ///< of Python: "3.11"
  double seconds = 0;                 ///< looked for
  std::uint64_t looks = 0;
  double hz = 0;                     ///< asked for
  double cost = 0;                   ///< cores that looking took
  std::vector<std::string> remarks;  ///< what was not seen, and what makes the shares less sure
  std::map<std::string, std::string> peer_tiers;  ///< tiers by the peers that are theirs
};

}  // namespace tierwatch

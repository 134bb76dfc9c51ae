// SPDX-License-Identifier: MIT
//
// What `tierwatch inside` has found, as plain data for its writers.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "analysis/inside/inside_findings.h"
#include "analysis/inside/request_findings.h"
#include "analysis/inside/statement_findings.h"
#include "analysis/verdict.h"

namespace tierwatch {

/// How a tier was looked at, whatever is in it.
struct InsideLooks {
  Verdict verdict;
  std::string source;                 ///< of the verdict: "sampling by itself"
  std::string tier;                   ///< that was looked into
  std::string why;                    ///< why this one, where the verdict names another; else empty
  std::size_t processes = 0;          ///< that were read, at the end
  std::vector<std::string> versions;  ///< of Python "3.11", of the database server "15"
  double seconds = 0;                 ///< looked for
  std::uint64_t looks = 0;
  double hz = 0;                     ///< asked for
  double cost = 0;                   ///< cores that looking took
  std::vector<std::string> remarks;  ///< what was not seen, and what makes the shares less sure
};

struct InsideReport : InsideLooks {
  InsideFindings findings;
  std::map<std::string, std::string> peer_tiers;  ///< tiers by the peers that are theirs
  std::vector<ProgressTally::Row> progress;       ///< requests in progress, most first
  std::uint64_t progress_looks = 0;               ///< 0: the server does not tell
};

struct StatementReport : InsideLooks {
  StatementFindings findings;
};

struct RequestReport : InsideLooks {
  RequestFindings findings;
  std::vector<std::string> logs;  ///< that were followed
  std::uint64_t unread = 0;       ///< lines that were none of the format, or too long
};

}  // namespace tierwatch

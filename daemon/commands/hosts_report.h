// SPDX-License-Identifier: MIT
//
// Where a report on several hosts comes from: their Prometheus, and a load generator's files.
#pragma once

#include <optional>

#include "analysis/hosts/hosts_run.h"
#include "collectors/loads/load_series.h"
#include "daemon/commands/report_command.h"

namespace tierwatch {

/// All hosts of a window. Not to be moved while its data() is in use.
class FoundHosts {
 public:
  /// Asks Prometheus, for as long as it takes. Throws ScrapedError, ImportError, ConfigError and
  /// std::runtime_error. `options.prometheus`, `from` and `to` must be there.
  explicit FoundHosts(const ReportOptions& options);

  /// Valid as long as this lives.
  RunData data() const;
  void finish(RunFindings& findings) const { run_.finish(findings); }

 private:
  HostsRun run_;
  RunTime time_;
  std::optional<LoadSeries> load_;
  AlignmentHints alignment_;
};

/// Why an URL cannot be what stands before /api/v1; empty: it can.
std::string prometheus_url_problem(const std::string& url);

}  // namespace tierwatch

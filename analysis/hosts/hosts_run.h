// SPDX-License-Identifier: MIT
//
// Several hosts as one run, for find_in_run(): tiers are called "postgres at db1", and what limits
// is what the daemons named, followed from host to host.
#pragma once

#include <vector>

#include "analysis/hosts/host_chain.h"
#include "analysis/runs/run_findings.h"

namespace tierwatch {

/// Not to be moved while its data() is in use. Memory: that of the hosts once more.
class HostsRun {
 public:
  explicit HostsRun(WatchedHosts hosts);
  HostsRun(const HostsRun&) = delete;
  HostsRun& operator=(const HostsRun&) = delete;

  /// Valid as long as this lives; the load is the caller's to add. Empty of samples where nothing
  /// fresh was known of any host.
  RunData data() const;

  /// What only holds of several hosts: how sure one can be, and what their ceilings are called.
  void finish(RunFindings& findings) const;

 private:
  /// A stretch of samples of all hosts.
  struct Stretch;

  void add_sample(std::size_t moment);
  StepFindings look(const LoadStep& step) const;
  void set_waits(const std::vector<const HostTick*>& ticks, TierAtStep& row) const;
  void count_full(Stretch& stretch) const;
  std::string place_words(const HostPlace& place) const;
  std::string waiters_words(const std::vector<HostPlace>& waiters) const;
  std::string peer_words(const std::string& peer) const;
  std::vector<const JudgeInput*> facts_of(std::size_t host, std::size_t first,
                                          std::size_t count) const;
  void name(const Stretch& stretch, StepFindings& findings) const;
  void name_nobody(const Stretch& stretch, Verdict& verdict) const;
  void add_waits(const Stretch& stretch, const FullPlace& full, Verdict& verdict) const;
  void add_blind_spots(const Stretch& stretch, Verdict& verdict) const;
  HostInRun host_in_run(std::size_t host) const;

  WatchedHosts hosts_;
  PeerPlaces places_;
  double processors_;  ///< of all hosts
  std::vector<RunSample> samples_;
  std::vector<std::size_t> moments_;          ///< of each sample
  std::vector<std::vector<FullPlace>> full_;  ///< of each sample
};

}  // namespace tierwatch

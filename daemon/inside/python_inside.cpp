// SPDX-License-Identifier: MIT
#include "daemon/inside/python_inside.h"

#include <algorithm>
#include <set>
#include <stdexcept>

#include "collectors/python/python_sampler.h"
#include "collectors/servers/servers.h"
#include "daemon/inside/progress_asker.h"
#include "daemon/inside/tier_processes.h"
#include "daemon/service/clock.h"

namespace tierwatch {
namespace {

class PythonSubject : public InsideSubject {
 public:
  PythonSubject() : sampler_(files_, faults_, monotonic_now) {}

  void set_processes(const std::vector<ProcessId>& processes) override {
    sampler_.set_processes(processes);
    if (asker_) asker_->set_processes(files_, processes);
  }
  InsideTargets targets() const override {
    return {.read = sampler_.read_processes(),
            .versions = sampler_.versions(),
            .refusals = sampler_.refusals()};
  }
  void look() override {
    samples_.clear();
    sampler_.sample(samples_);
    for (const PythonSample& sample : samples_) tally_.add(sample, sampler_.functions());
    if (asker_) asker_->ask(files_, monotonic_now());
  }

  /// Whose requests in progress are asked for, too.
  void ask_for_requests(const SettingsSource& source) { asker_.emplace(source); }
  const std::optional<ProgressAsker>& asker() const { return asker_; }

  InsideFindings findings(std::optional<InsideBasis> basis) const {
    return find_inside(tally_, sampler_.functions(), basis);
  }

 private:
  ProcFs files_;
  FaultLog faults_;
  PythonSampler sampler_;
  StackTally tally_;
  std::vector<PythonSample> samples_;
  std::optional<ProgressAsker> asker_;
};

/// Attaches to the tier, and returns why it is another one than the verdict names; else "".
std::string choose_python(InsideSession& session, const InsideWish& wish, InsideTier& inside) {
  const bool asked = !wish.tier.empty();
  const std::string& name = asked ? wish.tier : session.verdict().tier;
  const auto named = session.tier_named(name);
  if (named && inside.attach(*named)) return "";
  const std::string why_not = named ? inside.explain() : "";
  // Where the right is missing it is missing for the tier that is wanted, too.
  if (named && inside.any_denied()) throw std::runtime_error(why_not);
  if (named && (asked || basis_of(session.verdict(), name) == InsideBasis::kCpu))
    throw NoPython(why_not);
  if (asked) throw std::runtime_error(why_not);
  std::string denied;
  for (const std::size_t tier : likely_python(session.snapshot())) {
    if (tier == named) continue;
    if (inside.attach(tier))
      return (named ? name + " is no Python; this" : "this") + " is " + inside.name() +
             ", the Python tier that uses most cpu";
    if (denied.empty() && inside.any_denied()) denied = inside.explain();
  }
  if (!denied.empty()) throw std::runtime_error(denied);
  throw std::runtime_error("no tier here has a Python process" +
                           (why_not.empty() ? "" : "; " + why_not));
}

}  // namespace

std::optional<InsideBasis> basis_of(const Verdict& verdict, const std::string& tier) {
  if (verdict.state != VerdictState::kSaturated || verdict.tier != tier) return std::nullopt;
  switch (verdict.resource) {
    case Resource::kCpu:
    case Resource::kThread:
    case Resource::kQuota:
      return InsideBasis::kCpu;
    case Resource::kWorkers:
    case Resource::kPool:
      return InsideBasis::kHeld;
    default:
      return std::nullopt;
  }
}

InsideReport look_into_python(InsideSession& session, const InsideWish& wish) {
  const auto subject = std::make_shared<PythonSubject>();
  InsideTier inside(session, subject);
  InsideReport report;
  report.why = choose_python(session, wish, inside);
  const auto tier = session.tier_named(inside.name());
  const std::string preset = tier ? session.snapshot().tiers[*tier].preset : "";
  subject->ask_for_requests(settings_source_of(preset));
  if (tier) inside.attach(*tier);  // now its server is looked for, too
  inside.look(wish, PythonSampler::kMostProcesses, report);
  report.findings = subject->findings(basis_of(report.verdict, report.tier));
  report.progress = subject->asker()->tally().rows();
  report.progress_looks = subject->asker()->tally().looks();
  const std::string why_not = subject->asker()->why_not();
  if (!preset.empty() && !why_not.empty())
    report.remarks.push_back("which requests are in progress is not known: " + why_not);
  std::set<std::string> peers;
  for (const InsideWait& wait : report.findings.waits) peers.insert(wait.peer);
  report.peer_tiers = tiers_of_peers(peers, session.snapshot());
  return report;
}

}  // namespace tierwatch

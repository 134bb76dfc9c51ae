// SPDX-License-Identifier: MIT
#include "daemon/inside/native_inside.h"

#include <algorithm>
#include <map>
#include <stdexcept>

#include "collectors/native/native_sampler.h"
#include "collectors/text/plain_words.h"
#include "daemon/inside/inside_rights.h"
#include "daemon/inside/why_not_read.h"
#include "exporters/inside/inside_text.h"

namespace tierwatch {
namespace {

constexpr double kMostWithoutName = 0.01, kMostLost = 0.01;

void tell_what_has_no_name(NativeReport& report) {
  std::map<std::string, double> nameless;
  double generated = 0;
  for (const InsideFunction& one : report.findings.functions) {
    if (is_nameless(one.function)) nameless[one.function.file] += one.self;
    if (one.function.name == kMadeAtRunTime) generated = one.total;
  }
  for (const auto& [file, share] : nameless)
    if (share >= kMostWithoutName)
      report.remarks.push_back(percent(share) + " in functions of " + short_path(file) +
                               " that have no name in it: it is stripped, and they are told by "
                               "their place");
  if (generated >= kMostWithoutName)
    report.remarks.push_back(
        percent(generated) +
        " in or above code that is made at run time, as of JavaScript: its functions are not seen");
}

/// Of a tier of which nothing can be sampled.
std::string why_not_sampled(const std::string& tier,
                            const std::vector<const ProcessSample*>& processes,
                            const InsideTargets& targets) {
  for (const ProcessRefusal& refusal : targets.refusals) {
    const auto refused = std::ranges::find(processes, refusal.process,
                                           [](const auto* process) { return process->reading.id; });
    if (!refusal.denied || refused == processes.end()) continue;
    const ProcessReading& owned = (*refused)->reading;
    return missing_sampling_right(reading_rights(ProcFs()), tier, owned.uid, owner_of(owned),
                                  "tierwatch inside " + tier);
  }
  return why_not_read(tier, processes, targets, "tierwatch inside " + tier);
}

}  // namespace

class BesideNative::Native : public InsideSubject {
 public:
  explicit Native(unsigned hz) : hz_(hz), sampler_(files_, hz) {}

  void set_processes(const std::vector<ProcessId>& processes) override {
    sampler_.set_processes(processes);
  }
  InsideTargets targets() const override {
    InsideTargets targets;
    targets.read = sampler_.read_processes();
    targets.refusals = sampler_.refusals();
    return targets;
  }
  void look() override {
    samples_.clear();
    sampler_.sample(samples_);
    for (const PythonSample& sample : samples_) tally_.add(sample, sampler_.functions());
  }

  /// Fills in what was seen in the report's time.
  void tell(NativeReport& report) const {
    report.findings = find_native(tally_, sampler_.functions());
    report.hz = hz_;
    if (report.seconds > 0)
      report.cores = std::chrono::duration<double>(sampler_.cpu_time()).count() / report.seconds;
    tell_what_has_no_name(report);
    if (!sampler_.kernel_seen())
      report.remarks.push_back(
          "what they do in the kernel is not seen: that takes CAP_PERFMON, or "
          "kernel.perf_event_paranoid at 1");
    const auto lost = static_cast<double>(sampler_.lost());
    if (lost > kMostLost * static_cast<double>(report.findings.all_samples))
      report.remarks.push_back(count_of(lost, "sample") +
                               " lost: they came faster than they were read");
    if (sampler_.threads_left_out() > 0)
      report.remarks.push_back(
          count_of(static_cast<double>(sampler_.threads_left_out()), "thread") +
          " left out: those that used most cpu are looked at");
  }

 private:
  unsigned hz_;
  ProcFs files_;
  NativeSampler sampler_;
  StackTally tally_;
  std::vector<PythonSample> samples_;
};

BesideNative::BesideNative(std::shared_ptr<InsideSubject> main, unsigned hz)
    : main_(std::move(main)), native_(std::make_shared<Native>(hz)) {}

BesideNative::~BesideNative() = default;

void BesideNative::set_processes(const std::vector<ProcessId>& processes) {
  main_->set_processes(processes);
  native_->set_processes(processes);
}

InsideTargets BesideNative::targets() const { return main_->targets(); }

void BesideNative::look() {
  main_->look();
  native_->look();
}

std::optional<NativeReport> BesideNative::code(InsideLooks& looks) const {
  const InsideTargets read = native_->targets();
  if (read.read == 0) {
    const bool denied = !read.refusals.empty() && read.refusals.front().denied;
    looks.remarks.push_back("which functions are on a cpu is not known: " +
                            (denied                  ? "that takes CAP_PERFMON, as with sudo"
                             : read.refusals.empty() ? "no process is left"
                                                     : read.refusals.front().why));
    return std::nullopt;
  }
  NativeReport report;
  static_cast<InsideLooks&>(report) = looks;
  report.remarks.clear();
  report.versions.clear();
  report.processes = read.read;
  native_->tell(report);
  return report;
}

NativeReport look_into_native(InsideSession& session, const InsideWish& wish, std::size_t tier) {
  const auto subject = std::make_shared<BesideNative::Native>(wish.hz);
  InsideTier inside(session, subject);
  if (!inside.attach(tier))
    throw std::runtime_error(
        why_not_sampled(inside.name(), session.members(tier), subject->targets()));
  NativeReport report;
  inside.look(wish, NativeSampler::kMostProcesses, report);
  subject->tell(report);
  return report;
}

}  // namespace tierwatch

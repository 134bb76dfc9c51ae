// SPDX-License-Identifier: MIT
#include "daemon/inside/inside_recorder.h"

#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <set>

#include "collectors/servers/servers.h"
#include "collectors/text/format.h"
#include "daemon/inside/inside_looker.h"
#include "daemon/inside/recorded_subject.h"
#include "daemon/inside/tier_processes.h"
#include "daemon/inside/why_not_read.h"
#include "daemon/service/clock.h"

namespace tierwatch {
namespace {

constexpr nanoseconds kSlice = std::chrono::milliseconds(500);
/// Pools fork: whom to look at is decided that often.
constexpr nanoseconds kBetweenChoices = std::chrono::seconds(1);
/// Rows after which stretches become twice as long, so that a file of days stays small.
constexpr std::uint64_t kRowsBeforeLonger = 250'000;
constexpr unsigned kMostSlices = 128;
/// Of a database server: most of them are idle.
constexpr std::size_t kMostBackends = 128;
constexpr const char* kCommandWithRight = "tierwatch record --inside";
constexpr double kRateReached = 0.8;

/// All tiers that are looked at, one after the other.
class ManySubjects : public InsideSubject {
 public:
  void set_processes(const std::vector<ProcessId>& /*processes*/) override {}
  InsideTargets targets() const override { return {}; }
  void look() override {
    const nanoseconds before = thread_cpu_now();
    for (const auto& subject : subjects_) subject->look();
    cost_ += (thread_cpu_now() - before).count();
  }

  /// Not while look() is under way.
  void set(std::vector<std::shared_ptr<RecordedSubject>> subjects) {
    subjects_ = std::move(subjects);
  }
  /// CPU time that looking took. Thread-safe.
  nanoseconds cost() const { return nanoseconds(cost_.load()); }

 private:
  std::vector<std::shared_ptr<RecordedSubject>> subjects_;
  std::atomic<std::int64_t> cost_ = 0;
};

struct LookedInto {
  std::string name;
  bool statements = false;
  std::shared_ptr<RecordedSubject> subject;
  InsideTargets targets;
  std::set<ProcessId> chosen;
  std::size_t members = 0;
  bool ever_read = false;
  std::string why_not;  ///< it cannot be read
  bool denied = false, told = false;
  bool reads() const { return targets.read > 0; }
  /// Who runs nothing of what is looked for (a shell, a process that has ended) is not missed.
  std::size_t to_be_read() const {
    const auto refused = std::ranges::count_if(targets.refusals, &ProcessRefusal::denied);
    return targets.read + static_cast<std::size_t>(refused) + members - chosen.size();
  }
};

}  // namespace

/// What the thread does; all of it belongs to that thread.
class InsideRecorder::Work {
 public:
  Work(std::vector<std::string> wished, Keep keep, Tell tell, InsideLooker::World world,
       const LatestSnapshot& newest)
      : wished_(std::move(wished)),
        keep_(std::move(keep)),
        tell_(std::move(tell)),
        world_(std::move(world)),
        newest_(newest),
        all_(std::make_shared<ManySubjects>()) {
    world_.cpu = [all = all_] { return all->cost(); };
    looker_ = std::make_unique<InsideLooker>(all_, world_, kMostCores);
  }

  /// Until the world says that it is over.
  void run() {
    try {
      while (look()) {
      }
    } catch (const std::exception& error) {
      const std::string words = std::string("looking inside ended before the run: ") + error.what();
      book_.add(InsideNote{"", words});
      tell_(words);
    }
    add_notes();
    if (book_.any_news()) keep_(book_.take());
  }

 private:
  /// One stretch. False: it is over.
  bool look() {
    const nanoseconds begin = world_.now(), cost = all_->cost();
    const std::uint64_t looks = looker_->looks();
    bool goes_on = true;
    for (unsigned slice = 0; goes_on && slice < slices_; ++slice) {
      if (world_.now() >= next_choice_) choose();
      const nanoseconds end = world_.now() + kSlice;
      goes_on = any_reads() ? looker_->look(kHz, end, [] {}) : world_.sleep_until(end);
    }
    const std::chrono::duration<double> took = world_.now() - begin;
    const std::chrono::duration<double> cpu = all_->cost() - cost;
    hand_over({.at = std::chrono::system_clock::now(),
               .seconds = took.count(),
               .tier = "",
               .looks = looker_->looks() - looks,
               .cost_cores = cpu.count() / took.count(),
               .counts = {}});
    return goes_on;
  }

  void hand_over(const InsideStretch& all) {
    if (all.looks == 0) return;
    looked_seconds_ += all.seconds;
    const SnapshotPtr snapshot = newest_.get();
    const auto tier_of = [&snapshot](const std::string& peer) {
      const auto found = tiers_of_peers({peer}, *snapshot);
      return found.empty() ? std::string() : found.begin()->second;
    };
    for (LookedInto& tier : tiers_) {
      if (!tier.reads()) continue;
      InsideStretch stretch = all;
      stretch.tier = tier.name;
      stretch.processes = tier.targets.read;
      stretch.of_processes = tier.to_be_read();
      tier.subject->hand_over(std::move(stretch), book_, tier_of);
    }
    if (book_.counted() - rows_at_change_ > kRowsBeforeLonger && slices_ < kMostSlices) {
      slices_ *= 2;
      rows_at_change_ = book_.counted();
    }
    keep_(book_.take());
  }

  bool any_reads() const { return std::ranges::any_of(tiers_, &LookedInto::reads); }

  /// Tiers to look into, best first.
  std::vector<std::size_t> wanted(const Snapshot& snapshot) const {
    if (wished_.empty()) return likely_inside(snapshot);
    std::vector<std::size_t> tiers;
    for (const std::string& name : wished_)
      if (const auto tier = tier_called(snapshot, name)) tiers.push_back(*tier);
    return tiers;
  }

  bool enough() const {
    const std::size_t most = wished_.empty() ? kMostTiers : wished_.size();
    return std::ranges::count_if(tiers_, &LookedInto::ever_read) >= std::ptrdiff_t(most);
  }

  /// Who is looked at from now on. A tier that was looked into stays.
  void choose() {
    const SnapshotPtr snapshot = newest_.get();
    if (!snapshot) return;
    next_choice_ = world_.now() + kBetweenChoices;
    if (const auto named = snapshot->verdict.named()) named_.insert(named->tier);
    for (LookedInto& tier : tiers_)
      if (const auto index = tier_called(*snapshot, tier.name)) refresh(tier, *snapshot, *index);
    for (const std::size_t index : wanted(*snapshot)) {
      if (enough()) break;
      const TierSample& sample = snapshot->tiers[index];
      if (std::ranges::count(tiers_, sample.name, &LookedInto::name) > 0) continue;
      LookedInto& tier = tiers_.emplace_back();
      tier.name = sample.name;
      tier.statements = !sample.preset.empty() && traits_of(sample.preset).statements_in_memory;
      tier.subject = tier.statements ? recorded_statements() : recorded_stacks();
      refresh(tier, *snapshot, index);
    }
    std::vector<std::shared_ptr<RecordedSubject>> subjects;
    for (const LookedInto& tier : tiers_)
      if (tier.reads()) subjects.push_back(tier.subject);
    all_->set(std::move(subjects));
  }

  void refresh(LookedInto& tier, const Snapshot& snapshot, std::size_t index) {
    const auto members = processes_of(snapshot, index);
    const auto chosen =
        steady_choice(members, tier.chosen, tier.statements ? kMostBackends : kMostProcesses);
    const std::vector<ProcessId> ids = ids_of(chosen);
    tier.members = members.size();
    tier.chosen = {ids.begin(), ids.end()};
    looker_->apart([subject = tier.subject, ids] { subject->set_processes(ids); });
    tier.targets = tier.subject->targets();
    tier.ever_read = tier.ever_read || tier.reads();
    if (tier.reads() || members.empty()) return;
    tier.why_not = why_not_read(tier.name, members, tier.targets, kCommandWithRight);
    tell_of(tier);
  }

  /// One right is missing for all tiers as a rule: it is told once, and noted of each.
  void tell_of(LookedInto& tier) {
    const bool denied = std::ranges::any_of(tier.targets.refusals, &ProcessRefusal::denied);
    tier.denied = tier.denied || denied;
    if (tier.told || (wished_.empty() && (!denied || told_of_rights_))) return;
    tier.told = true;
    told_of_rights_ = told_of_rights_ || denied;
    tell_("nothing is seen inside " + tier.name +
          ", and the run goes on without it: " + tier.why_not);
  }

  void add_notes() {
    for (const LookedInto& tier : tiers_) {
      if (tier.ever_read) {
        for (std::string& one : refusals_in_words(tier.name, tier.targets))
          book_.add(InsideNote{tier.name, std::move(one)});
        if (tier.members > tier.chosen.size())
          book_.add(InsideNote{tier.name, formatted("{} processes of {} were looked at, not all {}",
                                                    tier.chosen.size(), tier.name, tier.members)});
      } else if (tier.denied || !wished_.empty() || named_.contains(tier.name)) {
        book_.add(InsideNote{tier.name, tier.why_not});
      }
    }
    for (const std::string& name : wished_)
      if (std::ranges::count(tiers_, name, &LookedInto::name) == 0)
        book_.add(InsideNote{name, name + " had no process"});
    const double reached = static_cast<double>(looker_->looks()) / looked_seconds_;
    if (looked_seconds_ > 0 && reached < kRateReached * kHz)
      book_.add(
          InsideNote{"", formatted("looked {:.0f} times a second, not {}: more would have "
                                   "cost over {:.0f} % of a core, or the machine left no time",
                                   reached, kHz, kMostCores * 100)});
    if (looker_->looks() == 0 && !book_.any_news())
      book_.add(InsideNote{"",
                           "nothing here can be looked into: no tier has a Python process, or a "
                           "database server that shows its statements"});
  }

  std::vector<std::string> wished_;
  Keep keep_;
  Tell tell_;
  InsideLooker::World world_;
  const LatestSnapshot& newest_;
  std::shared_ptr<ManySubjects> all_;
  std::unique_ptr<InsideLooker> looker_;
  InsideBook book_;
  std::vector<LookedInto> tiers_;
  std::set<std::string> named_;  ///< by the verdict
  nanoseconds next_choice_{};
  unsigned slices_ = 1;  ///< of a stretch
  std::uint64_t rows_at_change_ = 0;
  double looked_seconds_ = 0;
  bool told_of_rights_ = false;
};

InsideRecorder::InsideRecorder(std::vector<std::string> tiers, Keep keep, Tell tell) {
  InsideLooker::World world{.now = monotonic_now, .cpu = {}, .sleep_until = [this](nanoseconds at) {
                              const std::chrono::steady_clock::time_point until(at);
                              std::unique_lock lock(mutex_);
                              return !stop_.wait_until(lock, until, [this] { return stopping_; });
                            }};
  auto work = std::make_unique<Work>(std::move(tiers), std::move(keep), std::move(tell),
                                     std::move(world), newest_);
  thread_ = std::thread([work = std::move(work)] {
    pthread_setname_np(pthread_self(), "inside");
    work->run();
  });
}

InsideRecorder::~InsideRecorder() { finish(); }

void InsideRecorder::finish() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  stop_.notify_all();
  if (thread_.joinable()) thread_.join();
}

}  // namespace tierwatch

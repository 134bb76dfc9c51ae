// SPDX-License-Identifier: MIT
#include "daemon/inside/inside_session.h"

#include <unistd.h>

#include <algorithm>
#include <ostream>
#include <stdexcept>

#include "collectors/text/format.h"
#include "collectors/text/plain_words.h"
#include "daemon/inside/tier_processes.h"
#include "daemon/inside/why_not_read.h"
#include "daemon/service/clock.h"
#include "daemon/service/process_start.h"

namespace tierwatch {
namespace {

using std::chrono::milliseconds;

constexpr nanoseconds kFeedInterval = milliseconds(250);
/// As `tierwatch verdict` waits when it looks by itself, and for the first answer of a daemon.
constexpr nanoseconds kOwnWait = std::chrono::seconds(8), kDaemonWait = std::chrono::seconds(2);

/// By its processes: a tunnel makes any daemon answer on an address of this machine.
bool is_of_this_machine(const Snapshot& snapshot) {
  return std::ranges::any_of(snapshot.processes, [](const ProcessSample& process) {
    return process.reading.member && lives_here(ProcFs(), process.reading.id);
  });
}

}  // namespace

InsideSession::InsideSession(std::unique_ptr<TopFeed> feed, std::ostream& errors, Sleep sleep)
    : feed_(std::move(feed)), errors_(errors), sleep_(std::move(sleep)) {}

bool InsideSession::pass_time(nanoseconds deadline) {
  const auto between = feed_->between_interval();
  while (true) {
    const nanoseconds next = between ? std::min(deadline, between_) : deadline;
    if (!sleep_(next)) return false;
    const nanoseconds now = monotonic_now();
    if (between && now >= between_) {
      feed_->between();
      between_ = now + *between;
    }
    if (now >= deadline) return true;
  }
}

void InsideSession::take(const FeedNews& news) {
  if (news.snapshot) latest_ = news.snapshot;
  trouble_ = news.trouble;
}

void InsideSession::await_verdict() {
  const bool own = feed_->between_interval().has_value();
  if (own && isatty(STDERR_FILENO))
    errors_ << "watching this machine for some seconds" << std::endl;
  const nanoseconds deadline = monotonic_now() + (own ? kOwnWait : kDaemonWait);
  while (true) {
    take(feed_->sample());
    if (latest_ && latest_->verdict.state != VerdictState::kUnknown) break;
    const nanoseconds now = monotonic_now();
    if (now >= deadline) break;
    if (!pass_time(std::min(deadline, now + kFeedInterval)))
      throw std::runtime_error("interrupted before there was anything to tell");
  }
  if (!latest_) throw std::runtime_error(feed_->source() + ": " + trouble_);
  if (!feed_->local() && !is_of_this_machine(*latest_))
    throw std::runtime_error(
        feed_->source() +
        " tells of processes that are not here: inside reads the memory of processes of this "
        "machine and PID namespace, so run it where they are");
  verdict_ = latest_->verdict;
}

void InsideSession::refresh() { take(feed_->sample()); }

std::optional<std::size_t> InsideSession::tier_named(const std::string& name) const {
  return tier_called(*latest_, name);
}

std::vector<const ProcessSample*> InsideSession::members(std::size_t tier) const {
  return processes_of(*latest_, tier);
}

InsideLooker::World InsideSession::world() {
  return {.now = monotonic_now, .cpu = process_cpu_now, .sleep_until = [this](nanoseconds until) {
            return pass_time(until);
          }};
}

InsideTier::InsideTier(InsideSession& session, std::shared_ptr<InsideSubject> subject)
    : session_(session), looker_(std::move(subject), session.world()) {}

bool InsideTier::attach(std::size_t tier) {
  name_ = session_.snapshot().tiers[tier].name;
  processes_ = session_.members(tier);
  targets_ = looker_.set_processes(ids_of(processes_));
  return targets_.read > 0;
}

bool InsideTier::any_denied() const {
  return std::ranges::any_of(targets_.refusals, &ProcessRefusal::denied);
}

std::string InsideTier::explain() const {
  return why_not_read(name_, processes_, targets_, "tierwatch inside " + name_);
}

void InsideTier::refresh() {
  processes_.clear();
  session_.refresh();
  const auto tier = session_.tier_named(name_);
  if (!tier) return;
  processes_ = session_.members(*tier);
  const InsideTargets targets = looker_.set_processes(ids_of(processes_));
  if (targets.read > 0) targets_ = targets;
}

void InsideTier::look(const InsideWish& wish, std::size_t most_processes, InsideLooks& looks) {
  const nanoseconds begin = monotonic_now();
  looker_.look(wish.hz, begin + wish.duration, [this] { refresh(); });
  looks.verdict = session_.verdict();
  looks.source = session_.source();
  looks.tier = name_;
  looks.seconds = static_cast<double>((monotonic_now() - begin).count()) / 1e9;
  looks.looks = looker_.looks();
  looks.hz = wish.hz;
  looks.cost = static_cast<double>(looker_.cost().count()) / 1e9 / looks.seconds;
  looks.processes = targets_.read;
  looks.versions = targets_.versions;
  add_remarks(most_processes, looks);
}

void InsideTier::add_remarks(std::size_t most_processes, InsideLooks& looks) const {
  const double reached = static_cast<double>(looks.looks) / looks.seconds;
  if (reached < 0.8 * looks.hz)
    looks.remarks.push_back(
        formatted("looked {:.0f} times a second, not {}: more would have cost over a tenth of a "
                  "core, or the machine left no time",
                  reached, looks.hz));
  for (std::string& one : refusals_in_words(name_, targets_))
    looks.remarks.push_back(std::move(one));
  if (processes_.size() > most_processes)
    looks.remarks.push_back(formatted("{} processes of {} are looked at, not all {}",
                                      most_processes, name_, processes_.size()));
}

}  // namespace tierwatch

// SPDX-License-Identifier: MIT
#include "daemon/commands/verdict_command.h"

#include <unistd.h>

#include <algorithm>
#include <ostream>
#include <stdexcept>

#include "collectors/text/plain_words.h"
#include "collectors/text/printable_text.h"
#include "daemon/commands/output_charset.h"
#include "daemon/service/clock.h"
#include "daemon/service/signals.h"
#include "daemon/service/tick_schedule.h"
#include "daemon/sources/feed_source.h"
#include "exporters/json/snapshot_json.h"
#include "exporters/verdict_text.h"

namespace tierwatch {
namespace {

constexpr nanoseconds kOwnInterval = std::chrono::milliseconds(250);
constexpr nanoseconds kAskingInterval = std::chrono::milliseconds(500);
/// The window of five seconds, its confirmation, and a first sample without rates.
constexpr nanoseconds kPatience = std::chrono::seconds(15);  ///< ticks of a full host are late

int exit_status(const Snapshot* snapshot) {
  if (!snapshot) return kNotEnoughData;
  switch (snapshot->verdict.state) {
    case VerdictState::kClear:
      return kNothingFull;
    case VerdictState::kSaturated:
      return kTierFull;
    case VerdictState::kUnknown:
      return kNotEnoughData;
  }
  return kNotEnoughData;
}

class Follower {
 public:
  Follower(const VerdictOptions& options, const VerdictSurroundings& around)
      : options_(options), around_(around), samples_itself_(around.feed.between_interval()) {}

  int run() {
    const nanoseconds deadline = around_.now() + patience();
    TickSchedule ticks(around_.now(), samples_itself_ ? kOwnInterval : kAskingInterval);
    do {
      take(around_.feed.sample());
      if (options_.watch ? !tell_change() : is_known()) break;
      ticks.advance(around_.now());
      if (!options_.watch && ticks.next() > deadline) break;
    } while (pass_time(ticks.next()));
    if (!latest_) throw std::runtime_error(around_.feed.source() + ": " + trouble_);
    if (!options_.watch) around_.out << whole_verdict() << std::flush;
    return exit_status(latest_.get());
  }

 private:
  nanoseconds patience() const {
    if (options_.wait) return *options_.wait;
    return samples_itself_ ? kPatience : nanoseconds{};
  }

  bool is_known() const { return latest_ && latest_->verdict.state != VerdictState::kUnknown; }

  void take(const FeedNews& news) {
    if (news.snapshot) latest_ = news.snapshot;
    if (news.trouble == trouble_) return;
    trouble_ = news.trouble;
    if (options_.watch && latest_)
      around_.errors << (trouble_.empty() ? "it answers again" : printable(trouble_)) << std::endl;
  }

  /// False when nobody reads any more.
  bool tell_change() {
    if (!latest_) return true;
    const Verdict& verdict = latest_->verdict;
    if (told_ && told_->state == verdict.state && told_->named() == verdict.named()) return true;
    told_ = verdict;
    if (options_.json)
      around_.out << printable_json(verdict_json(*latest_));
    else
      around_.out << local_time(latest_->at.wall, "%H:%M:%S") << ' '
                  << in_charset(verdict_line(verdict), output_charset(STDOUT_FILENO));
    around_.out << std::endl;
    return around_.out.good();
  }

  std::string whole_verdict() const {
    if (options_.json) return printable_json(verdict_json(*latest_, 2)) + "\n";
    return in_charset(verdict_text(latest_->verdict, around_.feed.source(), latest_->notes),
                      output_charset(STDOUT_FILENO));
  }

  /// False when interrupted.
  bool pass_time(nanoseconds deadline) {
    const auto between = around_.feed.between_interval();
    while (true) {
      const nanoseconds next = between ? std::min(deadline, around_.now() + *between) : deadline;
      if (!around_.sleep_until(next)) return false;
      if (around_.now() >= deadline) return true;
      around_.feed.between();
    }
  }

  const VerdictOptions& options_;
  const VerdictSurroundings& around_;
  const bool samples_itself_;
  SnapshotPtr latest_;
  std::string trouble_;
  std::optional<Verdict> told_;
};

}  // namespace

int follow_verdict(const VerdictOptions& options, const VerdictSurroundings& surroundings) {
  return Follower(options, surroundings).run();
}

int run_verdict(const VerdictOptions& options, std::ostream& out, std::ostream& errors) {
  Signals signals;
  const auto feed = choose_feed(options, options.watch ? Stay::kLong : Stay::kShort);
  if (feed->between_interval() && !options.watch && isatty(STDERR_FILENO))
    errors << "watching this machine for some seconds" << std::endl;
  const auto sleep_until = [&](nanoseconds deadline) {
    return signals.wait_until(deadline) == Wake::kDeadline;
  };
  return follow_verdict(options, {.feed = *feed,
                                  .now = monotonic_now,
                                  .sleep_until = sleep_until,
                                  .out = out,
                                  .errors = errors});
}

}  // namespace tierwatch

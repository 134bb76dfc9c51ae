// SPDX-License-Identifier: MIT
#include <algorithm>
#include <limits>
#include <ostream>
#include <stdexcept>
#include <thread>

#include "collectors/servers/servers.h"
#include "collectors/text/plain_words.h"
#include "collectors/text/printable_text.h"
#include "daemon/service/clock.h"
#include "daemon/service/login_name.h"
#include "daemon/service/tick_schedule.h"
#include "daemon/top/top_command.h"
#include "exporters/json/snapshot_json.h"
#include "exporters/terminal/screen/terminal.h"
#include "exporters/terminal/tables/columns_json.h"
#include "exporters/terminal/tables/plain_text.h"

namespace tierwatch {
namespace {

/// Sleeps to a deadline, looking at what wants to be looked at on the way.
void pass_time(TopFeed& feed, nanoseconds deadline) {
  const auto between = feed.between_interval();
  while (true) {
    const nanoseconds left = deadline - monotonic_now();
    if (left <= nanoseconds{}) return;
    std::this_thread::sleep_for(between ? std::min(left, *between) : left);
    if (between && monotonic_now() < deadline) feed.between();
  }
}

/// A tier of a preset is in no snapshot before it has a process.
void require_tier(const Snapshot& snapshot, const std::string& name) {
  const std::vector<std::string> presets = preset_names();
  if (std::ranges::find(presets, name) != presets.end()) return;
  std::vector<std::string> names;
  for (const TierSample& tier : snapshot.tiers) names.push_back(tier.name);
  if (std::ranges::find(names, name) == names.end())
    throw std::runtime_error(
        "no tier is called '" + name + "'" +
        (names.empty() ? ", and no other has a process here" : "; there are " + listed(names)));
}

class TextView {
 public:
  TextView(const TopOptions& options, const ViewState& state, std::ostream& out)
      : options_(options), state_(state), out_(out), feed_(top_feed(options)) {
    scene_.charset = options.ascii ? Charset::kAscii : terminal_charset();
    scene_.feed.source = feed_->source();
    scene_.feed.recorded = scene_.feed.sparse = feed_->recorded();
    if (feed_->local()) scene_.user_name = login_name;
  }

  int run() {
    const bool endless = options_.batch && !options_.count;
    const unsigned wanted =
        endless ? std::numeric_limits<unsigned>::max() : options_.count.value_or(1);
    TickSchedule ticks(monotonic_now(), state_.interval);
    unsigned shown = 0;
    while (shown < wanted) {
      if (!scene_.feed.recorded) pass_time(*feed_, ticks.next());
      const FeedNews news = feed_->sample();
      ticks.advance(monotonic_now());
      if (!news.trouble.empty() && !scene_.snapshot)
        throw std::runtime_error(feed_->source() + ": " + news.trouble);
      if (scene_.feed.recorded && !news.snapshot) return 0;  // its end
      if (!take(news)) continue;
      if (shown > 0 && !options_.json) out_ << '\n';
      out_ << view() << std::flush;
      if (!out_) return 0;  // main() tells why
      ++shown;
    }
    return 0;
  }

 private:
  /// True when there is something to show: a snapshot with rates.
  bool take(const FeedNews& news) {
    scene_.feed.trouble = news.trouble;
    if (!news.snapshot) return false;
    if (!scene_.snapshot && !scene_.feed.recorded)
      for (const std::string& name : options_.tiers) require_tier(*news.snapshot, name);
    scene_.before = scene_.snapshot;
    scene_.snapshot = news.snapshot;
    scene_.feed.moment = news.moment;
    scene_.feed.interval = feed_->interval(state_.interval, news.snapshot.get());
    scene_.feed.age = monotonic_now() - news.taken_at;
    return news.snapshot->interval > nanoseconds{};
  }

  std::string view() const {
    if (!options_.json) return plain_text(state_, scene_);
    const bool chosen = !options_.columns.empty();
    return printable_json(chosen ? columns_json(state_, scene_) : to_json(*scene_.snapshot)) + "\n";
  }

  const TopOptions& options_;
  const ViewState& state_;
  std::ostream& out_;
  std::unique_ptr<TopFeed> feed_;
  Scene scene_;
};

}  // namespace

int run_top_text(const TopOptions& options, const ViewState& state, std::ostream& out) {
  return TextView(options, state, out).run();
}

}  // namespace tierwatch

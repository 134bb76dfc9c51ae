// SPDX-License-Identifier: MIT
#include "daemon/top/top_past.h"

#include "daemon/service/history.h"
#include "daemon/sources/run_source.h"

namespace tierwatch {
namespace {

constexpr std::chrono::seconds kMarksInterval{10};  ///< somebody may make one at any time
constexpr std::chrono::seconds kSameBoot{5};        ///< by which a clock may have been set

nanoseconds boot_time(const Snapshot& snapshot) {
  return snapshot.at.wall.time_since_epoch() - snapshot.at.monotonic;
}

}  // namespace

std::optional<std::filesystem::path> history_to_look_back_in(const TopFeed& live,
                                                             const TopOptions& options) {
  if (options.history) return options.history;
  const bool attached = live.source().starts_with("attached");
  if (live.recorded() || !attached || !options.url.empty()) return std::nullopt;
  const std::filesystem::path kept = default_history();
  return kept.empty() ? std::nullopt : std::optional(kept);
}

TopPast::TopPast(const TopFeed& live, const TopOptions& options)
    : pump_(
          [&] {
            auto feed = make_past_feed(memory_, history_to_look_back_in(live, options));
            feed_ = feed.get();
            return feed;
          }(),
          kMarksInterval) {}

void TopPast::move(const TimeMove& move) {
  feed_->move(move);
  pump_.ask();
}

History history_until(History history, const Snapshot& newest, const Snapshot& older) {
  if (std::chrono::abs(boot_time(newest) - boot_time(older)) > kSameBoot) return {};
  history.rewind(older);
  history.add(older);
  return history;
}

}  // namespace tierwatch

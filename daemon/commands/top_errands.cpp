// SPDX-License-Identifier: MIT
#include "daemon/commands/top_errands.h"

#include <filesystem>
#include <sstream>

#include "collectors/text/format.h"
#include "daemon/inside/inside_answer.h"
#include "exporters/json/snapshot_json.h"
#include "exporters/output_file.h"

namespace tierwatch {
namespace {

/// The snapshots that the view has got.
class ShownFeed : public TopFeed {
 public:
  ShownFeed(std::string source, std::shared_ptr<NewestSnapshot> newest)
      : source_(std::move(source)), newest_(std::move(newest)) {}

  FeedNews sample() override { return {.snapshot = newest_->get(), .trouble = "no data yet"}; }
  std::string source() const override { return source_; }
  bool local() const override { return true; }  // else nothing is asked for

 private:
  std::string source_;
  std::shared_ptr<NewestSnapshot> newest_;
};

}  // namespace

TopErrands::TopErrands(const TopFeed& live) : source_(live.source()) {}

Pane TopErrands::look_inside_of(const std::string& tier) {
  const InsideWish wish{.tier = tier};
  work_.begin([wish, source = source_, newest = newest_](const SideWork::Sleep& sleep) {
    std::ostringstream errors;
    InsideSession session(std::make_unique<ShownFeed>(source, newest), errors, sleep);
    session.await_verdict();
    return inside_answer_text(look_inside(session, wish, inside_kind(session, wish)));
  });
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(wish.duration).count();
  return {.title = "INSIDE " + tier,
          .text = formatted("Looks at it for {} s, {} times a second; it is not stopped for that. "
                            "Esc ends the look.\n",
                            seconds, wish.hz)};
}

void TopErrands::write(const std::string& file, const Frame& seen, const SnapshotPtr& snapshot) {
  writing_.begin([file, text = seen.text(), snapshot](const SideWork::Sleep&) {
    const bool json = file.ends_with(".json");
    if (json && !snapshot) return std::string("Nothing is written: there are no data yet.");
    write_new_file(file, json ? to_json(*snapshot, {.indent = 2}) + "\n" : text);
    std::error_code error;
    const std::string path = std::filesystem::absolute(file, error);
    return (json ? "The snapshot is written to " : "The screen is written to ") +
           (error ? file : path) + ", which only you may read.";
  });
}

Pane TopErrands::begin(const ErrandWish& wish) {
  switch (wish.errand) {
    case Errand::kInside:
      return look_inside_of(wish.tier);
    case Errand::kWrite:
    case Errand::kCopy:
    case Errand::kNone:
      break;
  }
  return {};
}

}  // namespace tierwatch

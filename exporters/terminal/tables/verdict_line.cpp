// SPDX-License-Identifier: MIT
#include "exporters/terminal/tables/verdict_line.h"

#include <algorithm>

#include "collectors/seconds.h"
#include "collectors/text/plain_words.h"
#include "exporters/terminal/screen/figures.h"

namespace tierwatch {
namespace {

constexpr int kRowsForSecond = 20;  ///< screens so high give the verdict two rows, always

std::size_t room_of(int columns) { return static_cast<std::size_t>(std::max(1, columns)); }

std::string age_words(const FeedStatus& feed) {
  if (!feed.moment.empty()) return feed.moment;
  if (!feed.age) return "no data yet";
  const double seconds = seconds_of(*feed.age);
  return "data " + duration_words(std::max(0.0, seconds - 0.5)) + " old";
}

/// Of a live view that was stepped back: that it is over comes first, whatever else has room.
std::vector<std::string> past_words(const std::string& host, const FeedStatus& feed) {
  if (!feed.past) return {"PAST · looking back · G now", "PAST"};
  const std::string when = "PAST · " + feed.moment +
                           (feed.age ? " · " + duration_words(seconds_of(*feed.age)) + " ago" : "");
  const std::string remark = feed.trouble.empty() ? "" : " · " + feed.trouble;
  // Without its reason before not at all.
  const std::string short_remark = remark.substr(0, remark.find(": "));
  const std::string held = feed.sparse ? "history" : "memory";
  const std::string where = host.empty() ? "" : " · " + host;
  return {when + remark + where + " · from " + held + " · [ ] step, { } minute, N n change, G now",
          when + remark + " · from " + held + " · [ ] { } step, G now",
          when + remark + " · G now",
          when + remark,
          "PAST · " + feed.moment + remark,
          when + short_remark,
          "PAST · " + feed.moment + short_remark,
          when,
          "PAST · " + feed.moment,
          "PAST"};
}

VerdictWords unknown_words(const Scene& scene) {
  VerdictWords words{.badge = " ? ", .ink = Ink::kDim};
  if (!scene.snapshot) {
    words.sentence = scene.feed.trouble.empty() ? "waiting for the first sample"
                                                : "no data: " + scene.feed.trouble;
    return words;
  }
  const Verdict& verdict = scene.snapshot->verdict;
  if (!verdict.sentence.empty()) {
    words.sentence = verdict.sentence;
  } else {
    words.sentence = "not known: " + (verdict.reason.empty() ? "no verdict yet" : verdict.reason);
  }
  return words;
}

}  // namespace

VerdictWords verdict_words(const Scene& scene) {
  if (!scene.snapshot || scene.snapshot->verdict.state == VerdictState::kUnknown)
    return unknown_words(scene);
  const Verdict& verdict = scene.snapshot->verdict;
  VerdictWords words{.sentence = verdict.sentence};
  if (verdict.state == VerdictState::kSaturated) {
    words.badge = " FULL ";
    words.band = Ink::kBandHot;
    words.ink = Ink::kBandHot;
  } else {
    words.badge = " OK ";
    words.band = Ink::kBandGood;
    words.ink = Ink::kGood;
  }
  if (!verdict.evidence.empty()) words.second = verdict.evidence.front();
  return words;
}

int verdict_rows(const Scene& scene) {
  const VerdictWords words = verdict_words(scene);
  const int room = scene.size.columns - static_cast<int>(columns_of(words.badge)) - 1;
  const int needed = static_cast<int>(wrapped(words.sentence, room_of(room)).size());
  return std::clamp(needed, scene.size.rows >= kRowsForSecond ? 2 : 1, 3);
}

std::vector<std::string> title_words(const ViewState& state, const Scene& scene) {
  const std::string host = scene.snapshot ? scene.snapshot->hostname : std::string("tierwatch");
  const std::string every = "every " + interval_words(scene.feed.interval);
  std::string age = age_words(scene.feed);
  if (!scene.feed.trouble.empty()) age += " · " + scene.feed.trouble;
  if (state.past) return past_words(host, scene.feed);
  if (state.paused) age = "PAUSED · " + age;
  return {"tierwatch · " + host + " · " + scene.feed.source + " · " + every + " · " + age,
          host + " · " + scene.feed.source + " · " + every + " · " + age,
          host + " · " + every + " · " + age, host + " · " + age, age};
}

void draw_title(Frame& frame, const Area& area, const ViewState& state, const Scene& scene) {
  if (area.height < 1) return;
  const auto words = title_words(state, scene);
  auto fits = std::find_if(words.begin(), words.end(), [&](const std::string& text) {
    return static_cast<int>(columns_of(text)) <= area.width - 2;
  });
  if (fits == words.end()) fits = std::prev(fits);
  if (state.past) {
    frame.paint(area, Ink::kBandWarm);
    frame.put(area.x + 1, area.y, *fits, Ink::kBandWarm, area.width - 1);
    return;
  }
  const bool stale = state.paused || !scene.feed.trouble.empty();
  frame.put(area.x + 1, area.y, *fits, stale ? Ink::kWarm : Ink::kDim, area.width - 1);
}

void draw_verdict(Frame& frame, const Area& area, const Scene& scene) {
  if (area.height < 1) return;
  const VerdictWords words = verdict_words(scene);
  const bool band = words.ink == words.band;
  const int x = frame.put(area.x, area.y, words.badge, words.band, area.width) + 1;
  const int width = std::max(1, area.width - (x - area.x));
  auto lines = wrapped(words.sentence, room_of(width));
  const int said = static_cast<int>(lines.size());
  if (said < area.height) lines.push_back(words.second);
  if (band) frame.paint({area.x, area.y, area.width, std::min(said, area.height)}, words.band);
  for (int i = 0; i < std::min(area.height, static_cast<int>(lines.size())); ++i) {
    const Ink ink = i < said ? (band ? words.band : words.ink) : Ink::kDim;
    frame.put(x, area.y + i, lines[static_cast<std::size_t>(i)], ink, width);
  }
}

}  // namespace tierwatch

// SPDX-License-Identifier: MIT
#include "exporters/inside/inside_text.h"

#include <algorithm>

#include "collectors/text/format.h"
#include "collectors/text/plain_words.h"
#include "collectors/text/printable_text.h"
#include "exporters/glyphs.h"
#include "exporters/verdict_text.h"

namespace tierwatch {
namespace {

constexpr std::size_t kShownRows = 10, kStacks = 3, kWaits = 6, kFramesOfStack = 12;
constexpr std::size_t kLongestShown = 60, kLongestPlace = 160;
constexpr double kWorthTelling = 0.005;
/// Above it the answer says how many samples were torn or moved.
constexpr double kMostUnsaid = 0.02;

using Row = std::vector<std::string>;

std::string shown(std::string_view text) { return printable_start(text, kLongestShown); }

std::string at_line(const std::string& file, std::uint32_t line) {
  return printable_start(short_path(file), kLongestPlace) + ":" + std::to_string(line);
}

std::string section(std::string_view heading, const std::vector<Row>& rows) {
  std::string text = "\n" + std::string(heading) + "\n";
  for (const std::string& line : aligned(rows)) text += "  " + line + "\n";
  return text;
}

std::string hottest_line(const InsideReport& report) {
  const InsideFindings& found = report.findings;
  if (found.samples == 0) return "none of its Python threads was at work while it was looked at\n";
  if (!found.hottest) return "all of it in native code: no Python function was active\n";
  const bool named = report.verdict.state == VerdictState::kSaturated &&
                     report.verdict.tier == report.tier && found.basis == InsideBasis::kCpu;
  const std::string of =
      named ? " of it in "
            : " of " + printable(report.tier) + "'s " +
                  (found.basis == InsideBasis::kCpu ? "cpu time" : "time at work or waiting") +
                  " in ";
  std::string line = percent(found.hottest_share) + of + place_words(*found.hottest);
  if (found.basis == InsideBasis::kHeld && !found.waits.empty()) {
    const InsideWait& wait = found.waits.front();
    if (wait.place.function == found.hottest->function && wait.place.file == found.hottest->file)
      line += ", " + activity_words(wait.activity, wait.peer, report);
  }
  return line + "\n";
}

std::string activities(const InsideReport& report) {
  static constexpr ThreadActivity kShown[] = {
      ThreadActivity::kRunning,  ThreadActivity::kInterpreterLock,
      ThreadActivity::kPeer,     ThreadActivity::kClient,
      ThreadActivity::kLock,     ThreadActivity::kDisk,
      ThreadActivity::kSleeping, ThreadActivity::kOther};
  std::vector<std::string> words;
  for (const ThreadActivity activity : kShown) {
    const double share = report.findings.activities[static_cast<std::size_t>(activity)];
    if (share >= kWorthTelling)
      words.push_back(activity_words(activity, "", report) + " " + percent(share));
  }
  return words.empty() ? "" : "its threads: " + joined(words) + "\n";
}

std::string functions(const InsideFindings& found) {
  std::vector<Row> rows{{"own", "with calls", "function", "defined at"}};
  for (const InsideFunction& one : found.functions) {
    if (rows.size() > kShownRows || one.self < kWorthTelling) break;
    rows.push_back({percent(one.self), percent(one.total), shown(one.function.name),
                    at_line(one.function.file, one.function.first_line)});
  }
  return rows.size() == 1 ? "" : section("Functions", rows);
}

std::string lines(const InsideFindings& found) {
  std::vector<Row> rows;
  for (const InsideLine& one : found.lines) {
    if (rows.size() >= kShownRows || one.self < kWorthTelling) break;
    rows.push_back({percent(one.self), at_line(one.file, one.line), shown(one.function)});
  }
  return rows.empty() ? "" : section("Lines", rows);
}

std::string waits(const InsideReport& report) {
  std::vector<Row> rows;
  for (const InsideWait& wait : report.findings.waits) {
    if (rows.size() >= kWaits || wait.share < kWorthTelling) break;
    rows.push_back({percent(wait.share), activity_words(wait.activity, wait.peer, report),
                    wait.place.function.empty() ? "" : "in " + place_words(wait.place)});
  }
  return rows.empty() ? "" : section("Waiting", rows);
}

std::string stacks(const InsideReport& report) {
  std::string text;
  std::size_t count = 0;
  for (const InsideStack& stack : report.findings.stacks) {
    if (count == kStacks || stack.share < kWorthTelling) break;
    if (stack.frames.empty()) continue;
    text += count++ == 0 ? "\nStacks\n" : "";
    text += "  " + percent(stack.share) + ", " +
            activity_words(stack.activity, stack.peer, report) + "\n";
    const std::size_t frames = std::min(stack.frames.size(), kFramesOfStack);
    for (std::size_t i = 0; i < frames; ++i)
      text += (i == 0 ? "    in " : "    by ") + place_words(stack.frames[i]) + "\n";
    if (stack.frames.size() > frames)
      text += "    … and " + std::to_string(stack.frames.size() - frames) + " more\n";
  }
  return text;
}

constexpr std::size_t kProgressRows = 6;
/// From this share of the requests in progress on an endpoint is told with the hottest function.
constexpr double kOneEndpoint = 0.5;

std::string endpoint_words(const ProgressTally::Row& row) {
  return row.endpoint.empty() ? "(the server does not say which)"
                              : printable_start(row.endpoint, kLongestPlace);
}

std::string under_endpoint(const InsideReport& report) {
  if (report.progress.empty() || report.progress.front().endpoint.empty() ||
      report.progress.front().ratio < kOneEndpoint)
    return "";
  const ProgressTally::Row& most = report.progress.front();
  return percent(most.ratio) + " of its requests in progress are " + endpoint_words(most) + "\n";
}

std::string progress(const InsideReport& report) {
  std::vector<Row> rows;
  for (const ProgressTally::Row& row : report.progress) {
    if (rows.size() >= kProgressRows || row.ratio < kWorthTelling) break;
    const std::string oldest =
        row.oldest ? "for up to " + duration_words(static_cast<double>(row.oldest->count())) : "";
    rows.push_back({percent(row.ratio), oldest, endpoint_words(row)});
  }
  return rows.empty() ? "" : section("Requests in progress", rows);
}

std::string how_it_was_read(const InsideReport& report) {
  const InsideFindings& found = report.findings;
  return formatted(
             "{} of {} (Python {}) looked at {} times in {:.1f} s, without being stopped: {} of "
             "threads {}",
             count_of(static_cast<double>(report.processes), "process"), report.tier,
             joined(report.versions), report.looks, report.seconds,
             count_of(static_cast<double>(found.samples), "sample"),
             found.basis == InsideBasis::kCpu ? "on a cpu or ready for one" : "that are not idle") +
         "\n";
}

std::string remarks(const InsideReport& report) {
  const InsideFindings& found = report.findings;
  std::vector<std::string> said = report.remarks;
  if (found.moved >= kMostUnsaid)
    said.push_back(percent(found.moved) +
                   " of the samples moved while they were read: their innermost function is as it "
                   "stood some microseconds before");
  if (found.torn > 0)
    said.push_back(formatted("{:.1f} % of the samples were torn: counted, but in no function",
                             found.torn * 100));
  if (found.cut > 0)
    said.push_back(percent(found.cut) + " of the stacks are deeper than what is read of them");
  if (found.shortened > 0)
    said.push_back(count_of(static_cast<double>(found.shortened), "sample") +
                   " of stacks beyond what is kept: of these the innermost function alone");
  std::string text;
  for (const std::string& one : said) text += "  " + printable(one) + "\n";
  return text.empty() ? "" : "\nNot seen, or less sure\n" + text;
}

}  // namespace

std::string short_path(std::string_view file) {
  const auto last = file.rfind('/');
  if (last == file.npos || last == 0) return std::string(file);
  const auto before = file.rfind('/', last - 1);
  return std::string(before == file.npos ? file : file.substr(before + 1));
}

std::string place_words(const InsidePlace& place) {
  return shown(place.function) + " (" + at_line(place.file, place.line) + ")";
}

std::string activity_words(ThreadActivity activity, const std::string& peer,
                           const std::string& tier) {
  const std::string address = printable_start(peer, kLongestPlace);
  const std::string whom = tier.empty() ? address : printable(tier) + " (" + address + ")";
  switch (activity) {
    case ThreadActivity::kRunning:
      return "on a cpu or ready for one";
    case ThreadActivity::kInterpreterLock:
      return "waiting for the interpreter lock";
    case ThreadActivity::kPeer:
      return whom.empty() ? "waiting for a peer" : "waiting for " + whom;
    case ThreadActivity::kClient:
      return "waiting for a client";
    case ThreadActivity::kLock:
      return whom.empty() ? "waiting for a lock" : "waiting for the lock of " + whom;
    case ThreadActivity::kDisk:
      return "waiting for the disk";
    case ThreadActivity::kSleeping:
      return "sleeping";
    case ThreadActivity::kIdle:
      return "idle";
    case ThreadActivity::kOther:
      break;
  }
  return "waiting for something else";
}

std::string activity_words(ThreadActivity activity, const std::string& peer,
                           const InsideReport& report) {
  const auto tier = report.peer_tiers.find(peer);
  return activity_words(activity, peer,
                        tier == report.peer_tiers.end() ? std::string() : tier->second);
}

std::string inside_text(const InsideReport& report) {
  const InsideFindings& found = report.findings;
  std::string text = verdict_line(report.verdict) + "\n";
  if (!report.why.empty()) text += printable(report.why) + "\n";
  text += hottest_line(report) + under_endpoint(report) + "\n" + how_it_was_read(report) +
          activities(report);
  return text + functions(found) + lines(found) + waits(report) + progress(report) +
         stacks(report) + remarks(report);
}

}  // namespace tierwatch

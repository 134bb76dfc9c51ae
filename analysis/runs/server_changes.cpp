// SPDX-License-Identifier: MIT
#include "analysis/runs/server_changes.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>

#include "analysis/runs/demand.h"
#include "collectors/seconds.h"
#include "collectors/text/plain_words.h"

namespace tierwatch {
namespace {

using ThingKey = std::pair<std::string, std::string>;  ///< tier and name
using ThingTime = std::chrono::system_clock::time_point;

constexpr std::string_view kStarted = "started_seconds";
constexpr std::string_view kProgramChanged = "program_changed_seconds ";
constexpr std::string_view kProgramBytes = "program_bytes ";
constexpr std::string_view kProgramInode = "program_inode ";
constexpr std::string_view kFileChanged = "file_changed_seconds ";
constexpr std::string_view kFileBytes = "file_bytes ";
constexpr std::array kOfPaths = {kProgramChanged, kProgramBytes, kProgramInode, kFileChanged,
                                 kFileBytes};
constexpr std::size_t kMostServerChanges = 200;
constexpr double kSeenWithin = 60;  ///< seconds after a file was changed
constexpr double kStartWavers = 5;  ///< seconds, by clocks that are set a little
constexpr double kStartSeenWithin = 30;

/// "/usr/sbin/nginx" of "program_bytes /usr/sbin/nginx"; empty: it is of no file.
std::string path_of(std::string_view name) {
  for (const std::string_view kind : kOfPaths)
    if (name.starts_with(kind)) return std::string(name.substr(kind.size()));
  return "";
}

bool is_of_program(std::string_view name) { return name.starts_with("program_"); }

ThingTime time_of_seconds(double seconds) {
  return ThingTime(std::chrono::duration_cast<ThingTime::duration>(duration_of(seconds)));
}

void add_stamp(const std::string& tier, const FileStamp& stamp, bool program,
               std::vector<RunSetting>& things) {
  const auto add = [&](std::string_view kind, double value) {
    things.push_back({tier, std::string(kind) + stamp.path, value});
  };
  add(program ? kProgramChanged : kFileChanged, seconds_of(stamp.changed.time_since_epoch()));
  add(program ? kProgramBytes : kFileBytes, static_cast<double>(stamp.size_bytes));
  if (program) add(kProgramInode, static_cast<double>(stamp.inode));
}

double start_of(const TierSample& tier, const Instant& now) {
  return std::round(seconds_of(now.wall.time_since_epoch()) -
                    seconds_of(now.boot - *tier.oldest_start));
}

/// What became another at one tick, of one path (or of the start, with none).
struct ThingChange {
  ThingTime at{};
  std::string tier, name, path;
  double before = 0, now = 0;
};

/// The one program of a tier; empty: it has several, or none is known.
std::string only_program_of(const std::map<ThingKey, double>& known, const std::string& tier) {
  std::string program;
  for (const auto& [key, value] : known) {
    if (key.first != tier || !key.second.starts_with(kProgramChanged)) continue;
    if (!program.empty()) return "";
    program = path_of(key.second);
  }
  return program;
}

/// Follows what is known, and says of each new value whether it is a change.
class FollowedThings {
 public:
  std::optional<ThingChange> follow(const SettingAt& now) {
    const ThingKey key(now.tier, now.name);
    if (!now.value) return std::nullopt;  // what it was last still counts
    const auto [known, is_new] = known_.try_emplace(key, *now.value);
    if (is_new || known->second == *now.value) return std::nullopt;
    ThingChange change{.at = now.at,
                       .tier = now.tier,
                       .name = now.name,
                       .path = path_of(now.name),
                       .before = known->second,
                       .now = *now.value};
    known->second = *now.value;
    return change;
  }

 private:
  std::map<ThingKey, double> known_;
};

/// How long before it was seen it happened, by its own time; below zero: it has none.
double seen_after(const ThingChange& change) {
  const bool has_time =
      change.path.empty() || change.name.find("_changed_seconds ") != std::string::npos;
  return has_time ? seconds_of(change.at - time_of_seconds(change.now)) : -1;
}

bool has_own_time(const ThingChange& change) {
  const double after = seen_after(change);
  return after >= 0 && after <= kSeenWithin;
}

ThingTime time_of_change(const ThingChange& change) {
  return has_own_time(change) ? time_of_seconds(change.now) : change.at;
}

RunEvent event_of(const ThingChange& change) {
  if (change.path.empty())
    return {.at = time_of_change(change),
            .kind = "restart",
            .tier = change.tier,
            .text = change.tier + " was started anew"};
  const bool program = is_of_program(change.name);
  return {.at = time_of_change(change),
          .kind = program ? "program" : "file",
          .tier = change.tier,
          .text = program ? change.tier + " has another program: " + change.path + " was replaced"
                          : change.path + " was changed"};
}

bool is_change(const ThingChange& change) {
  if (!change.path.empty()) return true;
  return change.now > change.before + kStartWavers && seen_after(change) <= kStartSeenWithin;
}

/// What all runs agree on.
std::map<ThingKey, std::optional<double>> common_things(std::span<const RunFindings> runs) {
  std::map<ThingKey, std::optional<double>> common;
  for (const RunFindings& run : runs)
    for (const RunSetting& one : run.settings) {
      if (!is_server_thing(one.name)) continue;
      const auto [entry, is_new] = common.try_emplace({one.tier, one.name}, one.value);
      if (!is_new && entry->second != one.value) entry->second.reset();
    }
  return common;
}

std::map<ThingKey, double> known_things(const std::map<ThingKey, std::optional<double>>& common) {
  std::map<ThingKey, double> known;
  for (const auto& [key, value] : common)
    if (value) known[key] = *value;
  return known;
}

std::string difference_words(const ThingKey& key, double before, double after) {
  const std::string path = path_of(key.second);
  if (path.empty()) return key.first + ": started anew between them";
  const bool time = key.second.find("_changed_seconds ") != std::string::npos;
  const std::string what = is_of_program(key.second) ? ": its program " + path : ": " + path;
  return key.first + what + " is another" +
         (time ? " (of " + local_time(time_of_seconds(before)) + " → " +
                     local_time(time_of_seconds(after)) + ")"
               : "");
}

}  // namespace

bool is_server_thing(std::string_view name) { return name == kStarted || !path_of(name).empty(); }

std::vector<RunSetting> server_things(const Snapshot& snapshot) {
  std::vector<RunSetting> things;
  for (const TierSample& tier : snapshot.tiers)
    if (tier.name != kGeneratorTier && tier.oldest_start)
      things.push_back({tier.name, std::string(kStarted), start_of(tier, snapshot.at)});
  std::set<ThingKey> told;
  for (const ServerStamp& stamp : snapshot.stamps) {
    if (stamp.program && told.emplace(stamp.tier, stamp.program->path).second)
      add_stamp(stamp.tier, *stamp.program, true, things);
    for (const FileStamp& file : stamp.files)
      if (told.emplace(stamp.tier, file.path).second) add_stamp(stamp.tier, file, false, things);
  }
  return things;
}

std::vector<RunEvent> find_server_changes(std::span<const SettingAt> things, const RunTime& run) {
  std::vector<RunEvent> events;
  FollowedThings followed;
  std::map<ThingKey, std::pair<ThingTime, std::size_t>> told;  ///< of each path: last tick, event
  for (const SettingAt& now : things) {
    if (now.at > run.end) break;
    const auto change = followed.follow(now);
    if (!change || !is_change(*change) || now.at <= run.begin) continue;
    const auto [last, is_new] = told.try_emplace({change->tier, change->path});
    if (!is_new && last->second.first == change->at) {  // its size; its time is the better one
      if (has_own_time(*change)) events[last->second.second].at = time_of_change(*change);
      continue;
    }
    if (events.size() == kMostServerChanges) break;
    last->second = {change->at, events.size()};
    events.push_back(event_of(*change));
  }
  std::ranges::stable_sort(events, {}, &RunEvent::at);
  return events;
}

std::vector<RunSetting> server_things_at(std::span<const SettingAt> things, ThingTime at) {
  std::map<ThingKey, double> known;
  for (const SettingAt& now : things) {
    if (now.at > at) break;
    if (now.value)
      known[{now.tier, now.name}] = *now.value;
    else
      known.erase({now.tier, now.name});
  }
  std::vector<RunSetting> found;
  for (const auto& [key, value] : known) found.push_back({key.first, key.second, value});
  return found;
}

std::vector<std::string> server_differences(std::span<const RunFindings> a,
                                            std::span<const RunFindings> b) {
  std::vector<std::string> words;
  const auto before = known_things(common_things(a)), after = known_things(common_things(b));
  std::set<ThingKey> told;
  for (const auto& [key, value] : before) {
    const auto now = after.find(key);
    if (now == after.end() || now->second == value) continue;
    const bool wavers = path_of(key.second).empty() && std::abs(now->second - value) < kStartWavers;
    if (!wavers && told.emplace(key.first, path_of(key.second)).second)
      words.push_back(difference_words(key, value, now->second));
  }
  std::set<std::string> tiers;
  for (const auto& [key, value] : before) tiers.insert(key.first);
  for (const std::string& tier : tiers) {
    const std::string was = only_program_of(before, tier), is = only_program_of(after, tier);
    if (!was.empty() && !is.empty() && was != is)
      words.push_back(tier + ": its program " + was + " → " + is);
  }
  return words;
}

}  // namespace tierwatch

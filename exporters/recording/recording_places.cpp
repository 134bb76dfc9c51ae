// SPDX-License-Identifier: MIT
//
// Where to go in a recording: one tick from another, one verdict from another.
#include "exporters/recording/recording_reader.h"
#include "exporters/recording/recording_window.h"

namespace tierwatch {
namespace {

/// Ticks whose verdict is another than that of a tick.
std::string differs_from(std::int64_t number) {
  return "(tick.verdict_state IS NOT one.state OR tick.verdict_tier IS NOT one.tier OR "
         "tick.verdict_resource IS NOT one.resource) AND one.number = " +
         std::to_string(number);
}

constexpr const char* kBesideOne =
    "SELECT tick.tick, tick.wall_seconds FROM tick, (SELECT tick AS number, verdict_state AS "
    "state, verdict_tier AS tier, verdict_resource AS resource FROM tick) AS one WHERE ";

std::string by_time(const char* order) {
  return std::string("SELECT tick, wall_seconds FROM tick WHERE wall_seconds BETWEEN ?1 AND ?2 ") +
         "ORDER BY wall_seconds " + order + " LIMIT 1";
}

}  // namespace

std::optional<RecordedMoment> RecordingReader::moment(RecordingStatement statement) {
  if (!statement.step()) return std::nullopt;
  return RecordedMoment(statement.integer(0), recorded_wall_time(statement.real(1)));
}

std::optional<RecordedMoment> RecordingReader::first_tick(const RecordedWindow& window) {
  RecordingStatement statement = database_.prepare(by_time("ASC"));
  bind_window(statement, window);
  return moment(std::move(statement));
}

std::optional<RecordedMoment> RecordingReader::last_tick(const RecordedWindow& window) {
  RecordingStatement statement = database_.prepare(by_time("DESC"));
  bind_window(statement, window);
  return moment(std::move(statement));
}

std::optional<RecordedMoment> RecordingReader::change_before(std::int64_t number) {
  const auto before =
      moment(database_.prepare("SELECT tick, wall_seconds FROM tick WHERE tick < " +
                               std::to_string(number) + " ORDER BY tick DESC LIMIT 1"));
  if (!before) return std::nullopt;
  const std::string at = std::to_string(before->first);
  const auto other =
      moment(database_.prepare(kBesideOne + ("tick.tick < " + at) + " AND " +
                               differs_from(before->first) + " ORDER BY tick.tick DESC LIMIT 1"));
  if (!other) return std::nullopt;
  return moment(database_.prepare("SELECT tick, wall_seconds FROM tick WHERE tick > " +
                                  std::to_string(other->first) + " ORDER BY tick LIMIT 1"));
}

std::optional<RecordedMoment> RecordingReader::change_after(std::int64_t number) {
  return moment(database_.prepare(kBesideOne + ("tick.tick > " + std::to_string(number)) + " AND " +
                                  differs_from(number) + " ORDER BY tick.tick LIMIT 1"));
}

std::set<std::string> RecordingReader::lately_seen(std::int64_t number, std::int64_t ticks) {
  const std::string at = std::to_string(number);
  RecordingStatement statement =
      database_.prepare("SELECT name FROM tier AS one WHERE tick = " + at +
                        " AND processes <= 0 AND EXISTS (SELECT 1 FROM tier WHERE tier.tick < " +
                        at + " AND tier.tick >= " + std::to_string(number - ticks) +
                        " AND tier.name = one.name AND tier.processes > 0)");
  std::set<std::string> seen;
  while (statement.step()) seen.insert(statement.text(0));
  return seen;
}

}  // namespace tierwatch

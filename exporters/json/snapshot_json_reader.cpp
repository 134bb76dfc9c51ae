// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <utility>

#include "exporters/json/enum_names.h"
#include "exporters/json/json_value.h"
#include "exporters/json/snapshot_fields.h"
#include "exporters/json/snapshot_json.h"
#include "exporters/json/snapshot_json_table.h"

namespace tierwatch {
namespace {

using WallTime = std::chrono::system_clock::time_point;

/// A double holds nanoseconds exactly up to 26 days; beyond, rounding to microseconds gives back
/// what was meant.
nanoseconds to_nanoseconds(double seconds) {
  constexpr double kExact = 26 * 86400;
  const double whole = std::floor(seconds);
  const double broken = seconds - whole;
  const auto rest = std::abs(seconds) < kExact
                        ? nanoseconds(std::llround(broken * 1e9))
                        : nanoseconds(std::chrono::microseconds(std::llround(broken * 1e6)));
  return std::chrono::seconds(static_cast<std::int64_t>(whole)) + rest;
}

class Reader {
 public:
  Reader(JsonObject object, const JsonPlace& where) : object_(object), where_(where) {}

  /// Absent fields stay as they are: older writers did not know them.
  template <typename T>
  void operator()(const char* name, T& value) {
    JsonValue found;
    if (find_field(object_, name, found)) read(found, {.outer = &where_, .name = name}, value);
  }
  template <typename T>
  void nullable(const char* name, std::optional<T>& value) {
    (*this)(name, value);
  }

 private:
  static void read(JsonValue in, const JsonPlace& where, std::string& text) {
    text = text_in(in, where);
  }
  static void read(JsonValue in, const JsonPlace& where, bool& truth) {
    truth = truth_in(in, where);
  }
  static void read(JsonValue in, const JsonPlace& where, char& letter) {
    letter = letter_in(in, where);
  }
  static void read(JsonValue in, const JsonPlace& where, double& number) {
    number = number_in(in, where);
  }
  static void read(JsonValue in, const JsonPlace& where, nanoseconds& time) {
    const double seconds = number_in(in, where);
    if (!(std::abs(seconds) < 9e9)) refuse(where, "no time that fits");
    time = to_nanoseconds(seconds);
  }
  static void read(JsonValue in, const JsonPlace& where, CpuTimes::Time& time) {
    const double seconds = number_in(in, where);
    if (!(std::abs(seconds) < 9e12)) refuse(where, "no time that fits");
    time = CpuTimes::Time(std::llround(seconds * 1e6));
  }
  static void read(JsonValue in, const JsonPlace& where, WallTime& time) {
    nanoseconds since_epoch{};
    read(in, where, since_epoch);
    time = WallTime(std::chrono::duration_cast<WallTime::duration>(since_epoch));
  }
  template <typename T>
  requires std::is_enum_v<T>
  static void read(JsonValue in, const JsonPlace& where, T& value) {
    const std::string_view name = text_in(in, where);
    const auto known = enum_value<T>(name);
    if (!known) refuse(where, "unknown word \"" + std::string(name) + "\"");
    value = *known;
  }
  template <std::integral T>
  static void read(JsonValue in, const JsonPlace& where, T& number) {
    number = whole_in<T>(in, where);
  }
  template <typename T>
  static void read(JsonValue in, const JsonPlace& where, std::optional<T>& value) {
    if (!in.is_null()) read(in, where, value.emplace());
  }
  template <typename T>
  static void read(JsonValue in, const JsonPlace& where, std::vector<T>& list) {
    list.clear();
    for (const JsonValue item : array_in(in, where)) {
      const std::size_t index = list.size();
      read(item, {.outer = &where, .index = index}, list.emplace_back());
    }
  }
  template <typename T>
  requires std::is_class_v<T>
  static void read(JsonValue in, const JsonPlace& where, T& value) {
    Reader reader(object_in(in, where), where);
    fields(reader, value);
  }

  JsonObject object_;
  const JsonPlace& where_;
};

void check_version(Reader& document) {
  int version = 0;
  document("format_version", version);
  if (version == kSnapshotFormatVersion) return;
  refuse({.name = "format_version"}, "expected " + std::to_string(kSnapshotFormatVersion) +
                                         ", found " +
                                         (version == 0 ? "none" : std::to_string(version)));
}

/// Those of the table, if there is one, each replaced by what is told of it in full.
void read_processes(JsonObject document, Reader& reader, Snapshot& snapshot) {
  reader("processes", snapshot.processes);
  JsonValue table;
  if (!find_field(document, "process_table", table)) return;
  std::vector<ProcessSample> in_full = std::move(snapshot.processes);
  snapshot.processes = read_process_table(table);
  for (ProcessSample& process : in_full) {
    const auto row = std::find_if(
        snapshot.processes.begin(), snapshot.processes.end(),
        [&](const ProcessSample& one) { return one.reading.id.pid == process.reading.id.pid; });
    if (row != snapshot.processes.end()) *row = std::move(process);
  }
}

}  // namespace

Snapshot snapshot_from_json(std::string_view text) {
  JsonParser parser;
  const JsonObject document = object_in(parse_json(parser, text), {.name = "document"});
  const JsonPlace top;
  Reader reader(document, top);
  check_version(reader);
  if (JsonValue tiers; !find_field(document, "tiers", tiers)) refuse({.name = "tiers"}, "missing");
  Snapshot snapshot;
  fields(reader, snapshot);
  read_processes(document, reader, snapshot);
  std::vector<FaultCount> faults;
  reader("faults", faults);
  for (FaultCount& fault : faults) {
    snapshot.faults[{std::move(fault.file), fault.reason}] = fault.count;
  }
  std::vector<SaturatedTime> saturated;
  reader("saturated_seconds", saturated);
  for (SaturatedTime& time : saturated)
    snapshot.saturated_seconds[std::move(time.what)] = time.seconds;
  return snapshot;
}

}  // namespace tierwatch

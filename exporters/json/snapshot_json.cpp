// SPDX-License-Identifier: MIT
#include "exporters/json/snapshot_json.h"

#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

#include "exporters/json/snapshot_fields.h"
#include "exporters/json/snapshot_json_table.h"
#include "exporters/json/verdict_fields.h"

namespace tierwatch {
namespace {

using nlohmann::ordered_json;
using WallTime = std::chrono::system_clock::time_point;

/// Whole and broken seconds apart: their nanoseconds together are more than a double holds.
double to_seconds(nanoseconds time) {
  const auto whole = std::chrono::floor<std::chrono::seconds>(time);
  return static_cast<double>(whole.count()) + static_cast<double>((time - whole).count()) / 1e9;
}

class Writer {
 public:
  explicit Writer(ordered_json& object) : object_(object) {}

  template <typename T>
  void operator()(const char* name, const T& value) {
    object_[name] = json(value);
  }
  template <typename T>
  void operator()(const char* name, const std::optional<T>& value) {
    if (value) object_[name] = json(*value);
  }
  /// Absent is said: null.
  template <typename T>
  void nullable(const char* name, const std::optional<T>& value) {
    object_[name] = json(value);
  }

 private:
  static ordered_json json(const std::string& text) { return text; }
  static ordered_json json(bool truth) { return truth; }
  static ordered_json json(char letter) { return std::string(1, letter); }
  static ordered_json json(nanoseconds time) { return to_seconds(time); }
  static ordered_json json(CpuTimes::Time time) {
    return std::chrono::duration<double>(time).count();
  }
  static ordered_json json(WallTime time) { return to_seconds(time.time_since_epoch()); }
  template <typename T>
  requires std::is_enum_v<T>
  static ordered_json json(T value) { return enum_name(value); }
  template <typename T>
  requires std::integral<T> || std::floating_point<T>
  static ordered_json json(T number) { return number; }
  template <typename T>
  static ordered_json json(const std::optional<T>& value) {
    return value ? json(*value) : ordered_json(nullptr);
  }
  template <typename T>
  static ordered_json json(const std::vector<T>& list) {
    ordered_json array = ordered_json::array();
    for (const T& item : list) array.push_back(json(item));
    return array;
  }
  template <typename T>
  requires std::is_class_v<T>
  static ordered_json json(const T& value) {
    ordered_json object = ordered_json::object();
    Writer writer(object);
    fields(writer, value);
    return object;
  }

  ordered_json& object_;
};

void write_processes(ordered_json& document, Writer& writer, const Snapshot& snapshot,
                     const JsonOptions& options) {
  if (!options.process_table) return writer("processes", snapshot.processes);
  document["process_table"] = process_table(snapshot.processes);
  if (options.in_full == 0) return;
  std::vector<ProcessSample> asked_for;
  for (const ProcessSample& process : snapshot.processes) {
    if (process.reading.id.pid == options.in_full) asked_for.push_back(process);
  }
  writer("processes", asked_for);
}

}  // namespace

std::string to_json(const Snapshot& snapshot, const JsonOptions& options) {
  ordered_json document = ordered_json::object();
  Writer writer(document);
  writer("format_version", kSnapshotFormatVersion);
  fields(writer, snapshot);
  std::vector<FaultCount> faults;
  for (const auto& [where, count] : snapshot.faults) {
    faults.push_back({where.first, where.second, count});
  }
  writer("faults", faults);
  std::vector<SaturatedTime> saturated;
  for (const auto& [what, seconds] : snapshot.saturated_seconds)
    saturated.push_back({what, seconds});
  writer("saturated_seconds", saturated);
  if (options.processes) write_processes(document, writer, snapshot, options);
  // Names of processes may be any bytes; JSON is UTF-8, so others become U+FFFD.
  return document.dump(options.indent, ' ', false, ordered_json::error_handler_t::replace);
}

std::string verdict_json(const Snapshot& snapshot, int indent) {
  ordered_json document = ordered_json::object();
  Writer writer(document);
  writer("hostname", snapshot.hostname);
  writer("at", snapshot.at);
  fields(writer, snapshot.verdict);
  return document.dump(indent, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace tierwatch

// SPDX-License-Identifier: MIT
#include "exporters/json/snapshot_json.h"

#include "exporters/json/json_writer.h"
#include "exporters/json/snapshot_fields.h"
#include "exporters/json/snapshot_json_table.h"

namespace tierwatch {
namespace {

void write_processes(JsonWriter& writer, const Snapshot& snapshot, const JsonOptions& options) {
  if (!options.process_table) return writer("processes", snapshot.processes);
  writer.put("process_table", process_table(snapshot.processes));
  if (options.in_full == 0) return;
  std::vector<ProcessSample> asked_for;
  for (const ProcessSample& process : snapshot.processes) {
    if (process.reading.id.pid == options.in_full) asked_for.push_back(process);
  }
  writer("processes", asked_for);
}

}  // namespace

std::string to_json(const Snapshot& snapshot, const JsonOptions& options) {
  JsonWriter writer;
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
  if (options.processes) write_processes(writer, snapshot, options);
  return json_text(writer.take(), options.indent);
}

std::string verdict_json(const Snapshot& snapshot, int indent) {
  JsonWriter writer;
  writer("hostname", snapshot.hostname);
  writer("at", snapshot.at);
  fields(writer, snapshot.verdict);
  return json_text(writer.take(), indent);
}

}  // namespace tierwatch

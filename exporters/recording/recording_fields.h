// SPDX-License-Identifier: MIT
//
// The columns of each row of a recording, by name and in order, and the table each lies in.
#pragma once

#include "exporters/json/snapshot_fields.h"
#include "exporters/recording/recording_rows.h"

namespace tierwatch {

void fields(auto& io, MaybeConst<SessionRow> auto& row) {
  io("session", row.session);
  io("begin_wall_seconds", row.begin);
  io("end_wall_seconds", row.end);
  TIERWATCH_OWN_NAMES(io, row, program, version, hostname, kernel, interval_seconds);
}

TIERWATCH_FIELDS(HostExtras, cpu, load1, swap_used_bytes, cached_bytes, open_files, max_files,
                 listen_overflows, listen_drops);
TIERWATCH_FIELDS(VerdictColumns, state, tier, resource, since_seconds, confidence, sentence);

void fields(auto& io, MaybeConst<TickRow> auto& row) {
  TIERWATCH_OWN_NAMES(io, row, tick, session);
  fields(io, row.at);
  TIERWATCH_OWN_NAMES(io, row, seconds, dropped_ticks, verdict);
  fields(io, row.host);
  fields(io, row.extras);
  io("load", row.load);
}

TIERWATCH_FIELDS(TierExtras, user_cores, system_cores, threads, resident_bytes, anonymous_bytes,
                 swap_bytes, open_fds, major_faults_per_second, read_bytes_per_second,
                 written_bytes_per_second);

void fields(auto& io, MaybeConst<TierRow> auto& row) {
  TIERWATCH_OWN_NAMES(io, row, tick, position);
  fields(io, row.facts);
  fields(io, row.extras);
}

void fields(auto& io, MaybeConst<ListenerRow> auto& row) {
  TIERWATCH_OWN_NAMES(io, row, tick, position, tier);
  fields(io, row.facts);
  io("in_service", row.in_service);
}

template <typename Io, typename Row>
requires MaybeConst<Row, WaitRow> || MaybeConst<Row, PeerRow>
void fields(Io& io, Row& row) {
  io("tick", row.tick);
  io("position", row.position);
  io("tier", row.tier);
  fields(io, row.facts);
}

template <typename Io, typename Row>
requires MaybeConst<Row, ForeignRow> || MaybeConst<Row, DiskRow> || MaybeConst<Row, LinkRow>
void fields(Io& io, Row& row) {
  io("tick", row.tick);
  io("position", row.position);
  fields(io, row.facts);
}

TIERWATCH_FIELDS(EdgeRow, tick, position, from_tier, to_tier, peer, connections);
TIERWATCH_FIELDS(HotProcessRow, tick, position, tier, role, pid, state, cpu_cores, run_delay_cores,
                 hottest_thread_cores, threads, resident_bytes, open_fds, fd_limit, title);

void fields(auto& io, MaybeConst<TitleRow> auto& row) {
  TIERWATCH_OWN_NAMES(io, row, title, first_tick, pid);
  io("started_seconds", row.started);
  TIERWATCH_OWN_NAMES(io, row, comm, text);
}

TIERWATCH_FIELDS(SettingRow, tick, tier, name, value);
TIERWATCH_FIELDS(EvidenceRow, tick, position, kind, text);
TIERWATCH_FIELDS(NoteRow, session, text);

void fields(auto& io, MaybeConst<MarkRow> auto& row) {
  io("wall_seconds", row.at);
  io("text", row.text);
}

void fields(auto& io, MaybeConst<RunRow> auto& row) {
  TIERWATCH_OWN_NAMES(io, row, run, name, command);
  io("begin_wall_seconds", row.begin);
  io("end_wall_seconds", row.end);
  TIERWATCH_OWN_NAMES(io, row, exit_status, signal, user_cpu_seconds, system_cpu_seconds, output,
                      output_cut);
}

TIERWATCH_FIELDS(LoadTotals, requests, errors, seconds, users, mean_seconds, p50_seconds,
                 p90_seconds, p95_seconds, p99_seconds, max_seconds, dropped);

void fields(auto& io, MaybeConst<LoadRow> auto& row) {
  io("load", row.load);
  io("tool", row.series.tool);
  io("source", row.series.source);
  io("start_wall_seconds", row.series.start);
  io("zone_known", row.series.zone_known);
  fields(io, row.series.totals);
  io("errors_known", row.series.errors_known);
}

void fields(auto& io, MaybeConst<LoadPoint> auto& point) {
  io("begin_seconds", point.begin);
  io("length_seconds", point.length);
  TIERWATCH_OWN_NAMES(io, point, requests, errors, users, mean_seconds, p50_seconds, p95_seconds,
                      p99_seconds, received_bytes, started, under_way, dropped);
}

void fields(auto& io, MaybeConst<LoadPointRow> auto& row) {
  TIERWATCH_OWN_NAMES(io, row, load, position);
  fields(io, row.point);
}

TIERWATCH_FIELDS(LoadLabel, name, requests, errors, mean_seconds, p50_seconds, p95_seconds,
                 p99_seconds, max_seconds);

void fields(auto& io, MaybeConst<LoadLabelRow> auto& row) {
  TIERWATCH_OWN_NAMES(io, row, load, position);
  fields(io, row.label);
  TIERWATCH_OWN_NAMES(io, row, others, others_are_more);
}

void fields(auto& io, MaybeConst<LoadLabelPointRow> auto& row) {
  TIERWATCH_OWN_NAMES(io, row, load, label, position);
  fields(io, row.point);
}

TIERWATCH_FIELDS(LoadWarningRow, load, position, text);

void fields(auto& io, MaybeConst<InsideStretchRow> auto& row) {
  io("stretch", row.stretch);
  io("wall_seconds", row.at);
  TIERWATCH_OWN_NAMES(io, row, seconds, tier, content, looks, processes, of_processes, idle_samples,
                      moved_samples, cut_samples, shortened_samples, cost_cores);
}

TIERWATCH_FIELDS(InsideFunctionRow, function, name, file, first_line);
TIERWATCH_FIELDS(InsideStackRow, stack, activity, peer, peer_tier, torn);
TIERWATCH_FIELDS(InsideFrameRow, stack, position, function, line);
TIERWATCH_FIELDS(InsideSampleRow, stretch, stack, samples);
TIERWATCH_FIELDS(InsideNoteRow, tier, text);

/// Where rows of a struct lie: the table's name, the columns of its key (of one column: the row's
/// number), and what a row is.
template <typename Row>
struct RecordingTable;

#define TIERWATCH_TABLE(row, table_name, table_key, table_about) \
  template <>                                                    \
  struct RecordingTable<row> {                                   \
    static constexpr const char* name = table_name;              \
    static constexpr const char* key = table_key;                \
    static constexpr const char* about = table_about;            \
  }
TIERWATCH_TABLE(SessionRow, "session", "session",
                "a program that wrote, from its start to its end");
TIERWATCH_TABLE(NoteRow, "note", "session, text", "what a session could not see");
TIERWATCH_TABLE(TickRow, "tick", "tick", "the host and the verdict at one moment");
TIERWATCH_TABLE(TierRow, "tier", "tick, position", "one tier at one tick");
TIERWATCH_TABLE(ListenerRow, "listener", "tick, position", "an accept queue of a tier");
TIERWATCH_TABLE(WaitRow, "wait", "tick, position", "what held workers of a tier waited for");
TIERWATCH_TABLE(PeerRow, "peer", "tick, position", "where a tier is connected to as a client");
TIERWATCH_TABLE(EdgeRow, "edge", "tick, position", "connections between tiers and with others");
TIERWATCH_TABLE(ForeignRow, "foreign_process", "tick, position",
                "the programs of no tier that use most CPU");
TIERWATCH_TABLE(DiskRow, "disk", "tick, position", "a block device");
TIERWATCH_TABLE(LinkRow, "link", "tick, position", "a network link whose speed is known");
TIERWATCH_TABLE(HotProcessRow, "process", "tick, position", "one of the five hottest of a tier");
TIERWATCH_TABLE(TitleRow, "title", "title", "what processes called themselves");
TIERWATCH_TABLE(SettingRow, "setting", "tick, tier, name", "configuration as seen; on change");
TIERWATCH_TABLE(EvidenceRow, "evidence", "tick, position", "why; when the verdict becomes another");
TIERWATCH_TABLE(MarkRow, "mark", "wall_seconds, text", "a person's note on the time axis");
TIERWATCH_TABLE(RunRow, "run", "run", "a load generator that `record` ran");
TIERWATCH_TABLE(LoadRow, "load", "load", "a load generator's results, as a whole");
TIERWATCH_TABLE(LoadPointRow, "load_point", "load, position", "its results in one stretch of time");
TIERWATCH_TABLE(LoadLabelRow, "load_label", "load, position",
                "its results for requests of one name, or of all that have no row of their own");
TIERWATCH_TABLE(LoadLabelPointRow, "load_label_point", "load, label, position",
                "the same in one stretch of time; label: the position above");
TIERWATCH_TABLE(LoadWarningRow, "load_warning", "load, position", "what is odd in them");
TIERWATCH_TABLE(InsideStretchRow, "inside_stretch", "stretch",
                "a tier that was looked into (record --inside), in a short stretch of time");
TIERWATCH_TABLE(InsideSampleRow, "inside_sample", "stretch, stack",
                "how often a stack was seen in it");
TIERWATCH_TABLE(InsideStackRow, "inside_stack", "stack", "a stack, and what it was doing");
TIERWATCH_TABLE(InsideFrameRow, "inside_frame", "stack, position",
                "a function on a stack, innermost first");
TIERWATCH_TABLE(InsideFunctionRow, "inside_function", "function",
                "a function; of a database server, a statement");
TIERWATCH_TABLE(InsideNoteRow, "inside_note", "tier, text", "why less was seen inside a tier");
#undef TIERWATCH_TABLE

/// Calls `use.template operator()<Row>()` for every table.
template <typename Use>
void for_each_table(Use use) {
  const auto each = [&use]<typename... Rows>() { (use.template operator()<Rows>(), ...); };
  each.template operator()<
      SessionRow, NoteRow, TickRow, TierRow, ListenerRow, WaitRow, PeerRow, EdgeRow, ForeignRow,
      DiskRow, LinkRow, HotProcessRow, TitleRow, SettingRow, EvidenceRow, MarkRow, RunRow, LoadRow,
      LoadPointRow, LoadLabelRow, LoadLabelPointRow, LoadWarningRow, InsideStretchRow,
      InsideSampleRow, InsideStackRow, InsideFrameRow, InsideFunctionRow, InsideNoteRow>();
}

}  // namespace tierwatch

// SPDX-License-Identifier: MIT
//
// The columns of each row of a recording, by name and in order, and the table each lies in.
#pragma once

#include "exporters/recording/recording_rows.h"
#include "exporters/json/verdict_fields.h"

namespace tierwatch {

template <typename Io>
void fields(Io& io, EitherWay<SessionRow> auto& row) {
  io("session", row.session);
  io("begin_wall_seconds", row.begin);
  io("end_wall_seconds", row.end);
  io("program", row.program);
  io("version", row.version);
  io("hostname", row.hostname);
  io("kernel", row.kernel);
  io("interval_seconds", row.interval_seconds);
}

template <typename Io>
void fields(Io& io, EitherWay<HostExtras> auto& host) {
  io("cpu", host.cpu);
  io("load1", host.load1);
  io("swap_used_bytes", host.swap_used_bytes);
  io("cached_bytes", host.cached_bytes);
  io("open_files", host.open_files);
  io("max_files", host.max_files);
  io("listen_overflows", host.listen_overflows);
  io("listen_drops", host.listen_drops);
}

template <typename Io>
void fields(Io& io, EitherWay<VerdictColumns> auto& verdict) {
  io("state", verdict.state);
  io("tier", verdict.tier);
  io("resource", verdict.resource);
  io("since_seconds", verdict.since_seconds);
  io("confidence", verdict.confidence);
  io("sentence", verdict.sentence);
}

template <typename Io>
void fields(Io& io, EitherWay<TickRow> auto& row) {
  io("tick", row.tick);
  io("session", row.session);
  fields(io, row.at);
  io("seconds", row.seconds);
  io("dropped_ticks", row.dropped_ticks);
  io("verdict", row.verdict);
  fields(io, row.host);
  fields(io, row.extras);
  io("load", row.load);
}

template <typename Io>
void fields(Io& io, EitherWay<TierExtras> auto& tier) {
  io("user_cores", tier.user_cores);
  io("system_cores", tier.system_cores);
  io("threads", tier.threads);
  io("resident_bytes", tier.resident_bytes);
  io("anonymous_bytes", tier.anonymous_bytes);
  io("swap_bytes", tier.swap_bytes);
  io("open_fds", tier.open_fds);
  io("major_faults_per_second", tier.major_faults_per_second);
  io("read_bytes_per_second", tier.read_bytes_per_second);
  io("written_bytes_per_second", tier.written_bytes_per_second);
}

template <typename Io>
void fields(Io& io, EitherWay<TierRow> auto& row) {
  io("tick", row.tick);
  io("position", row.position);
  fields(io, row.facts);
  fields(io, row.extras);
}

template <typename Io>
void fields(Io& io, EitherWay<ListenerRow> auto& row) {
  io("tick", row.tick);
  io("position", row.position);
  io("tier", row.tier);
  fields(io, row.facts);
  io("in_service", row.in_service);
}

template <typename Io, typename Row>
requires EitherWay<Row, WaitRow> || EitherWay<Row, PeerRow>
void fields(Io& io, Row& row) {
  io("tick", row.tick);
  io("position", row.position);
  io("tier", row.tier);
  fields(io, row.facts);
}

template <typename Io, typename Row>
requires EitherWay<Row, ForeignRow> || EitherWay<Row, DiskRow>
void fields(Io& io, Row& row) {
  io("tick", row.tick);
  io("position", row.position);
  fields(io, row.facts);
}

template <typename Io>
void fields(Io& io, EitherWay<EdgeRow> auto& row) {
  io("tick", row.tick);
  io("position", row.position);
  io("from_tier", row.from_tier);
  io("to_tier", row.to_tier);
  io("peer", row.peer);
  io("connections", row.connections);
}

template <typename Io>
void fields(Io& io, EitherWay<HotProcessRow> auto& row) {
  io("tick", row.tick);
  io("position", row.position);
  io("tier", row.tier);
  io("role", row.role);
  io("pid", row.pid);
  io("state", row.state);
  io("cpu_cores", row.cpu_cores);
  io("run_delay_cores", row.run_delay_cores);
  io("hottest_thread_cores", row.hottest_thread_cores);
  io("threads", row.threads);
  io("resident_bytes", row.resident_bytes);
  io("open_fds", row.open_fds);
  io("fd_limit", row.fd_limit);
  io("title", row.title);
}

template <typename Io>
void fields(Io& io, EitherWay<TitleRow> auto& row) {
  io("title", row.title);
  io("first_tick", row.first_tick);
  io("pid", row.pid);
  io("started_seconds", row.started);
  io("comm", row.comm);
  io("text", row.text);
}

template <typename Io>
void fields(Io& io, EitherWay<SettingRow> auto& row) {
  io("tick", row.tick);
  io("tier", row.tier);
  io("name", row.name);
  io("value", row.value);
}

template <typename Io>
void fields(Io& io, EitherWay<EvidenceRow> auto& row) {
  io("tick", row.tick);
  io("position", row.position);
  io("kind", row.kind);
  io("text", row.text);
}

template <typename Io>
void fields(Io& io, EitherWay<NoteRow> auto& row) {
  io("session", row.session);
  io("text", row.text);
}

template <typename Io>
void fields(Io& io, EitherWay<MarkRow> auto& row) {
  io("wall_seconds", row.at);
  io("text", row.text);
}

template <typename Io>
void fields(Io& io, EitherWay<RunRow> auto& row) {
  io("run", row.run);
  io("name", row.name);
  io("command", row.command);
  io("begin_wall_seconds", row.begin);
  io("end_wall_seconds", row.end);
  io("exit_status", row.exit_status);
  io("signal", row.signal);
  io("user_cpu_seconds", row.user_cpu_seconds);
  io("system_cpu_seconds", row.system_cpu_seconds);
  io("output", row.output);
  io("output_cut", row.output_cut);
}

template <typename Io>
void fields(Io& io, EitherWay<LoadTotals> auto& totals) {
  io("requests", totals.requests);
  io("errors", totals.errors);
  io("seconds", totals.seconds);
  io("users", totals.users);
  io("mean_seconds", totals.mean_seconds);
  io("p50_seconds", totals.p50_seconds);
  io("p90_seconds", totals.p90_seconds);
  io("p95_seconds", totals.p95_seconds);
  io("p99_seconds", totals.p99_seconds);
  io("max_seconds", totals.max_seconds);
}

template <typename Io>
void fields(Io& io, EitherWay<LoadRow> auto& row) {
  io("load", row.load);
  io("tool", row.series.tool);
  io("source", row.series.source);
  io("start_wall_seconds", row.series.start);
  io("zone_known", row.series.zone_known);
  fields(io, row.series.totals);
}

template <typename Io>
void fields(Io& io, EitherWay<LoadPointRow> auto& row) {
  io("load", row.load);
  io("position", row.position);
  io("begin_seconds", row.point.begin);
  io("length_seconds", row.point.length);
  io("requests", row.point.requests);
  io("errors", row.point.errors);
  io("users", row.point.users);
  io("mean_seconds", row.point.mean_seconds);
  io("p50_seconds", row.point.p50_seconds);
  io("p95_seconds", row.point.p95_seconds);
  io("p99_seconds", row.point.p99_seconds);
  io("received_bytes", row.point.received_bytes);
}

template <typename Io>
void fields(Io& io, EitherWay<LoadWarningRow> auto& row) {
  io("load", row.load);
  io("position", row.position);
  io("text", row.text);
}

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
TIERWATCH_TABLE(HotProcessRow, "process", "tick, position", "one of the five hottest of a tier");
TIERWATCH_TABLE(TitleRow, "title", "title", "what processes called themselves");
TIERWATCH_TABLE(SettingRow, "setting", "tick, tier, name", "configuration as seen; on change");
TIERWATCH_TABLE(EvidenceRow, "evidence", "tick, position", "why; when the verdict becomes another");
TIERWATCH_TABLE(MarkRow, "mark", "wall_seconds, text", "a person's note on the time axis");
TIERWATCH_TABLE(RunRow, "run", "run", "a load generator that `record` ran");
TIERWATCH_TABLE(LoadRow, "load", "load", "a load generator's results, as a whole");
TIERWATCH_TABLE(LoadPointRow, "load_point", "load, position", "its results in one stretch of time");
TIERWATCH_TABLE(LoadWarningRow, "load_warning", "load, position", "what is odd in them");
#undef TIERWATCH_TABLE

/// Calls `use.template operator()<Row>()` for every table.
template <typename Use>
void for_each_table(Use use) {
  const auto each = [&use]<typename... Rows>() { (use.template operator()<Rows>(), ...); };
  each.template operator()<SessionRow, NoteRow, TickRow, TierRow, ListenerRow, WaitRow, PeerRow,
                           EdgeRow, ForeignRow, DiskRow, HotProcessRow, TitleRow, SettingRow,
                           EvidenceRow, MarkRow, RunRow, LoadRow, LoadPointRow, LoadWarningRow>();
}

}  // namespace tierwatch

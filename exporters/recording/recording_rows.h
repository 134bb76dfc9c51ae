// SPDX-License-Identifier: MIT
//
// The rows of a recording, one struct for each table: what they hold and, by their lists of fields,
// how the columns are called. docs/recording-format.md tells users the same; a test compares.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "analysis/snapshot.h"
#include "collectors/loads/load_series.h"

namespace tierwatch {

/// One program that wrote: the daemon between start and stop, or one `record`.
struct SessionRow {
  std::int64_t session = 0;
  std::chrono::system_clock::time_point begin{};
  std::optional<std::chrono::system_clock::time_point> end;  ///< absent: still writing, or killed
  std::string program;                                       ///< "daemon", "record"
  std::string version;
  std::string hostname;
  std::string kernel;
  double interval_seconds = 0;
};

/// What the analysis does not need and people like to see.
struct HostExtras {
  std::optional<CpuModes> cpu;
  std::optional<double> load1;
  std::optional<std::uint64_t> swap_used_bytes, cached_bytes, open_files, max_files;
  std::optional<std::uint64_t> listen_overflows, listen_drops;  ///< since boot
};

struct VerdictColumns {
  VerdictState state = VerdictState::kUnknown;
  std::optional<std::string> tier;
  std::optional<Resource> resource;
  double since_seconds = 0;
  Confidence confidence = Confidence::kLow;
  std::string sentence;
};

struct TickRow {
  std::int64_t tick = 0;
  std::int64_t session = 0;
  Instant at;
  double seconds = 0;  ///< how long the facts were gathered for
  std::uint64_t dropped_ticks = 0;
  HostFacts host;
  HostExtras extras;
  std::optional<LoadFacts> load;
  VerdictColumns verdict;
};

struct TierExtras {
  std::optional<double> user_cores, system_cores;
  std::optional<std::uint64_t> threads, resident_bytes, anonymous_bytes, swap_bytes, open_fds;
  std::optional<double> major_faults_per_second, read_bytes_per_second, written_bytes_per_second;
};

struct TierRow {
  std::int64_t tick = 0;
  std::int64_t position = 0;  ///< in the order of the rules
  TierFacts facts;
  TierExtras extras;
};

struct ListenerRow {
  std::int64_t tick = 0, position = 0;
  std::string tier;
  ListenerFacts facts;
  std::optional<std::uint64_t> in_service;
};

struct WaitRow {
  std::int64_t tick = 0, position = 0;
  std::string tier;
  WaitFacts facts;
};

struct PeerRow {
  std::int64_t tick = 0, position = 0;
  std::string tier;
  PeerFacts facts;
};

struct ForeignRow {
  std::int64_t tick = 0, position = 0;
  ForeignProgram facts;
};

struct DiskRow {
  std::int64_t tick = 0, position = 0;
  DiskFacts facts;
};

struct LinkRow {
  std::int64_t tick = 0, position = 0;
  LinkFacts facts;
};

struct EdgeRow {
  std::int64_t tick = 0, position = 0;
  std::optional<std::string> from_tier, to_tier;
  std::string peer;
  std::uint64_t connections = 0;
};

/// One of a tier's hottest processes at one tick.
struct HotProcessRow {
  std::int64_t tick = 0, position = 0;
  std::string tier, role;
  pid_t pid = 0;
  char state = '?';
  double cpu_cores = 0;
  std::optional<double> run_delay_cores, hottest_thread_cores;
  std::uint32_t threads = 0;
  std::optional<std::uint64_t> resident_bytes, open_fds, fd_limit;
  std::int64_t title = 0;  ///< of TitleRow
};

/// What a process called itself, kept once for many ticks.
struct TitleRow {
  std::int64_t title = 0;
  std::int64_t first_tick = 0;
  pid_t pid = 0;
  nanoseconds started{};
  std::string comm;
  std::string text;
};

/// Configuration as it was seen, written when it changes.
struct SettingRow {
  std::int64_t tick = 0;
  std::string tier;  ///< empty: the host
  std::string name;
  std::optional<double> value;  ///< absent: no longer known
};

/// Why the verdict of this tick is what it is; written when another thing is named.
struct EvidenceRow {
  std::int64_t tick = 0, position = 0;
  std::string kind;  ///< "evidence", "relief", "blind_spot", "why_not"
  std::string text;
};

/// What could not be seen, and how to mend it.
struct NoteRow {
  std::int64_t session = 0;
  std::string text;
};

struct MarkRow {
  std::chrono::system_clock::time_point at{};
  std::string text;
};

struct RunRow {
  std::int64_t run = 0;
  std::string name;
  std::string command;
  std::chrono::system_clock::time_point begin{};
  std::optional<std::chrono::system_clock::time_point> end;
  std::optional<std::int64_t> exit_status;
  std::optional<std::int64_t> signal;
  std::optional<double> user_cpu_seconds, system_cpu_seconds;
  std::optional<std::string> output;
  bool output_cut = false;
};

/// A load generator's file, as `--load` named it, and what was read from it.
struct LoadRow {
  std::int64_t load = 0;
  LoadSeries series;
};

struct LoadPointRow {
  std::int64_t load = 0, position = 0;
  LoadPoint point;
};

/// What is known of the requests of one label, or, without a name, of all that are left out.
struct LoadLabelRow {
  std::int64_t load = 0, position = 0;
  LoadLabel label;
  std::uint64_t others = 0;  ///< labels that are left out; 0: this row is of one label
  bool others_are_more = false;
};

struct LoadLabelPointRow {
  std::int64_t load = 0, label = 0, position = 0;
  LoadPoint point;
};

struct LoadWarningRow {
  std::int64_t load = 0, position = 0;
  std::string text;
};

/// One tier looked into, in a short stretch of time; see InsideStretch.
struct InsideStretchRow {
  std::int64_t stretch = 0;
  std::chrono::system_clock::time_point at{};
  double seconds = 0;
  std::string tier, content;
  std::uint64_t looks = 0, processes = 0, of_processes = 0;
  std::uint64_t idle_samples = 0, moved_samples = 0, cut_samples = 0, shortened_samples = 0;
  double cost_cores = 0;
};

struct InsideFunctionRow {
  std::int64_t function = 0;
  std::string name, file;
  std::uint32_t first_line = 0;
};

/// Its frames have rows of their own.
struct InsideStackRow {
  std::int64_t stack = 0;
  std::string activity, peer, peer_tier;
  bool torn = false;
};

struct InsideFrameRow {
  std::int64_t stack = 0, position = 0, function = 0;
  std::uint32_t line = 0;
};

struct InsideSampleRow {
  std::int64_t stretch = 0, stack = 0;
  std::uint64_t samples = 0;
};

struct InsideNoteRow {
  std::string tier, text;
};

/// A tick, taken apart into rows. `tick` and `session` of the rows are filled in by the writer.
struct RecordedTick {
  TickRow tick;
  std::vector<TierRow> tiers;
  std::vector<ListenerRow> listeners;
  std::vector<WaitRow> waits;
  std::vector<PeerRow> peers;
  std::vector<ForeignRow> foreign;
  std::vector<DiskRow> disks;
  std::vector<LinkRow> links;
  std::vector<EdgeRow> edges;
  std::vector<HotProcessRow> processes;
  std::vector<TitleRow> titles;  ///< of `processes`, in the same order
  std::vector<SettingRow> settings;
  std::vector<EvidenceRow> evidence;
};

/// The hottest processes of each tier that are kept at each tick.
inline constexpr std::size_t kHottestProcesses = 5;
/// Titles are cut there.
inline constexpr std::size_t kTitleBytes = 200;

/// Pure. Cost: some tens of microseconds.
RecordedTick recorded_tick(const Snapshot& snapshot);

/// The way back of one row: its facts where they were taken from. Of a tier, its own row must come
/// first; where its list was not known (no such column) it stays absent.
void put_back(TierRow row, JudgeInput& facts);
void put_back(ListenerRow row, JudgeInput& facts);
void put_back(WaitRow row, JudgeInput& facts);
void put_back(PeerRow row, JudgeInput& facts);
void put_back(ForeignRow row, JudgeInput& facts);
void put_back(DiskRow row, JudgeInput& facts);
void put_back(LinkRow row, JudgeInput& facts);

}  // namespace tierwatch

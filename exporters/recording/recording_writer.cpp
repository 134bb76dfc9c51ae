// SPDX-License-Identifier: MIT
#include "exporters/recording/recording_writer.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "analysis/note_kind.h"
#include "exporters/recording/recording_columns.h"
#include "exporters/recording/recording_fields.h"
#include "exporters/recording/recording_schema.h"

namespace tierwatch {
namespace {

/// After so many ticks a title is written again, so that titles of deleted ticks can go by age.
constexpr std::int64_t kTitleTicks = 1000;
/// Pages given back at one go: some milliseconds.
constexpr int kVacuumPages = 2000;
/// Ticks deleted at one go: some tenths of a second.
constexpr std::int64_t kTrimTicks = 2000;
/// Free pages below that stay for what comes next.
constexpr std::int64_t kWorthGivingBack = 1000;

template <typename Row>
std::string insert_sql() {
  std::string names, marks;
  for (const RecordingColumn& column : columns_of<Row>()) {
    names += (names.empty() ? "" : ", ") + column.name;
    marks += marks.empty() ? "?" : ", ?";
  }
  return std::string("INSERT OR REPLACE INTO ") + RecordingTable<Row>::name + " (" + names +
         ") VALUES (" + marks + ")";
}

std::string wal_of(const std::string& file) { return file + "-wal"; }

std::optional<struct stat> status_of(const std::string& file) {
  struct stat status {};
  return stat(file.c_str(), &status) == 0 ? std::optional(status) : std::nullopt;
}

}  // namespace

template <typename Row>
void RecordingWriter::insert(const Row& row) {
  const std::string_view table = RecordingTable<Row>::name;
  auto found = inserts_.find(table);
  if (found == inserts_.end())
    found = inserts_.emplace(table, database_.prepare(insert_sql<Row>())).first;
  run_with(found->second, row);
}

/// Nothing half: what fails takes its whole transaction with it.
template <typename Action>
void RecordingWriter::guarded(Action action) {
  try {
    action();
  } catch (...) {
    for (auto& [table, statement] : inserts_) statement.reset();
    database_.roll_back();
    forget_what_was_written();
    throw;
  }
}

RecordingWriter::RecordingWriter(const std::filesystem::path& file, SessionRow session)
    : lock_(file),
      database_(file, RecordingDatabase::Access::kWrite),
      session_(std::move(session)) {
  prepare_recording(database_);
  replay_age();
  session_.session = 1 + database_.number("SELECT max(session) FROM session");
  guarded([this] {
    begin();
    insert(session_);
    database_.run("COMMIT");
  });
  wal_ = status_of(wal_of(database_.file()));
}

bool RecordingWriter::keeps_its_file() const {
  return lock_.still_named() && (!wal_ || may_lead_to(wal_of(database_.file()), *wal_));
}

void RecordingWriter::leave_file() {
  database_.roll_back();
  try {
    database_.run("PRAGMA wal_checkpoint(TRUNCATE)");
  } catch (const RecordingError&) {  // nobody will miss what nobody finds
  }
  const auto left = status_of(wal_of(database_.file()));
  if (lock_.still_named() || !wal_ || !left || left->st_ino != wal_->st_ino) return;
  for (const char* suffix : {"-wal", "-shm"}) unlink((database_.file() + suffix).c_str());
}

void RecordingWriter::forget_what_was_written() {
  titles_.clear();
  settings_.clear();
  notes_.clear();
  verdict_.reset();
}

void RecordingWriter::begin() {
  if (database_.in_transaction()) return;
  database_.run("BEGIN IMMEDIATE");
  next_tick_ = 1 + database_.number("SELECT max(tick) FROM tick");
  next_title_ = 1 + database_.number("SELECT max(title) FROM title");
}

void RecordingWriter::add(const Snapshot& snapshot, std::uint64_t dropped_ticks) {
  RecordedTick rows = recorded_tick(snapshot);
  rows.tick.dropped_ticks = dropped_ticks;
  guarded([&] {
    begin();
    if (next_tick_ % kTitleTicks == 0) titles_.clear();
    const auto verdict = std::pair(snapshot.verdict.state, snapshot.verdict.named());
    if (verdict_ == verdict) rows.evidence.clear();
    verdict_ = verdict;
    add_rows(std::move(rows));
    add_notes(snapshot.notes);
  });
  age_.add(snapshot.at.wall, snapshot.at.monotonic);
  ++ticks_since_trim_;
}

void RecordingWriter::add_rows(RecordedTick rows) {
  const std::int64_t tick = next_tick_++;
  const auto insert_all = [&](auto& list) {
    for (auto& row : list) {
      row.tick = tick;
      insert(row);
    }
  };
  rows.tick.tick = tick;
  rows.tick.session = session_.session;
  insert(rows.tick);
  for (std::size_t i = 0; i < rows.processes.size(); ++i) {
    rows.titles[i].first_tick = tick;
    rows.processes[i].title = title_number(std::move(rows.titles[i]));
  }
  for (SettingRow& setting : rows.settings) setting.tick = tick;
  insert_all(rows.tiers);
  insert_all(rows.listeners);
  insert_all(rows.waits);
  insert_all(rows.peers);
  insert_all(rows.foreign);
  insert_all(rows.disks);
  insert_all(rows.links);
  insert_all(rows.edges);
  insert_all(rows.processes);
  insert_all(rows.evidence);
  add_changed_settings(std::move(rows.settings));
}

std::int64_t RecordingWriter::title_number(TitleRow title) {
  const auto [known, is_new] =
      titles_.try_emplace({title.pid, title.started, title.comm, title.text}, next_title_);
  if (is_new) {
    title.title = next_title_++;
    insert(title);
  }
  return known->second;
}

void RecordingWriter::add_changed_settings(std::vector<SettingRow> settings) {
  std::map<std::pair<std::string, std::string>, double> now;
  std::int64_t tick = next_tick_ - 1;
  for (const SettingRow& setting : settings) {
    const std::pair key(setting.tier, setting.name);
    now[key] = *setting.value;
    const auto before = settings_.find(key);
    if (before == settings_.end() || before->second != *setting.value) insert(setting);
  }
  for (const auto& [key, value] : settings_)
    if (!now.contains(key))
      insert(SettingRow{.tick = tick, .tier = key.first, .name = key.second, .value = {}});
  settings_ = std::move(now);
}

void RecordingWriter::add_notes(const std::vector<std::string>& notes) {
  for (const std::string& note : notes)
    if (notes_.insert(note_kind(note)).second)
      insert(NoteRow{.session = session_.session, .text = note});
}

void RecordingWriter::add(const RunMark& mark) {
  guarded([&] {
    begin();
    insert(MarkRow{.at = mark.at, .text = mark.text});
  });
}

void RecordingWriter::insert_label(LoadLabelRow row) {
  insert(row);
  const std::vector<LoadPoint>& points = row.label.points;
  for (std::size_t i = 0; i < points.size(); ++i)
    insert(LoadLabelPointRow{.load = row.load,
                             .label = row.position,
                             .position = static_cast<std::int64_t>(i),
                             .point = points[i]});
}

void RecordingWriter::add(const LoadSeries& series) {
  guarded([&] {
    begin();
    const std::int64_t load = 1 + database_.number("SELECT max(load) FROM load");
    LoadRow row{.load = load, .series = series};
    insert(row);
    for (std::size_t i = 0; i < series.points.size(); ++i)
      insert(LoadPointRow{
          .load = load, .position = static_cast<std::int64_t>(i), .point = series.points[i]});
    for (std::size_t i = 0; i < series.labels.size(); ++i)
      insert_label(
          {.load = load, .position = static_cast<std::int64_t>(i), .label = series.labels[i]});
    if (series.other_labels)
      insert_label({.load = load,
                    .position = std::ssize(series.labels),
                    .label = *series.other_labels,
                    .others = std::max<std::uint64_t>(1, series.other_label_count),
                    .others_are_more = series.other_labels_are_more});
    for (std::size_t i = 0; i < series.warnings.size(); ++i)
      insert(LoadWarningRow{
          .load = load, .position = static_cast<std::int64_t>(i), .text = series.warnings[i]});
  });
}

void RecordingWriter::insert_stretch(const InsideStretch& stretch) {
  InsideStretchRow row{.at = stretch.at,
                       .seconds = stretch.seconds,
                       .tier = stretch.tier,
                       .content = std::string(to_string(stretch.content)),
                       .looks = stretch.looks,
                       .processes = stretch.processes,
                       .of_processes = stretch.of_processes,
                       .idle_samples = stretch.idle,
                       .moved_samples = stretch.moved,
                       .cut_samples = stretch.cut,
                       .shortened_samples = stretch.shortened,
                       .cost_cores = stretch.cost_cores};
  row.stretch = 1 + database_.number("SELECT max(stretch) FROM inside_stretch");
  insert(row);
  for (const RecordedCount& count : stretch.counts)
    insert(InsideSampleRow{.stretch = row.stretch, .stack = count.stack, .samples = count.samples});
}

void RecordingWriter::add(const InsideNews& news) {
  guarded([&] {
    begin();
    auto function = static_cast<std::int64_t>(news.first_function);
    for (const PythonFunction& one : news.added.functions)
      insert(InsideFunctionRow{function++, one.name, one.file, one.first_line});
    auto stack = static_cast<std::int64_t>(news.first_stack);
    for (const RecordedStack& one : news.added.stacks) {
      insert(InsideStackRow{stack, one.activity, one.peer, one.peer_tier, one.torn});
      for (std::size_t i = 0; i < one.frames.size(); ++i)
        insert(InsideFrameRow{stack, static_cast<std::int64_t>(i), one.frames[i].function,
                              one.frames[i].line});
      ++stack;
    }
    for (const InsideStretch& one : news.added.stretches) insert_stretch(one);
    for (const InsideNote& one : news.added.notes) insert(InsideNoteRow{one.tier, one.text});
  });
}

std::int64_t RecordingWriter::put(RunRow run) {
  guarded([&] {
    begin();
    if (run.run == 0) run.run = 1 + database_.number("SELECT max(run) FROM run");
    insert(run);
  });
  return run.run;
}

void RecordingWriter::commit() {
  if (!database_.in_transaction()) return;
  guarded([this] { database_.run("COMMIT"); });
}

void RecordingWriter::add_dropped(std::uint64_t ticks) {
  guarded([&] {
    begin();
    database_.run("UPDATE tick SET dropped_ticks = ifnull(dropped_ticks, 0) + " +
                  std::to_string(ticks) + " WHERE tick = (SELECT max(tick) FROM tick)");
  });
}

void RecordingWriter::finish(std::chrono::system_clock::time_point at, bool one_file) {
  session_.end = at;
  guarded([&] {
    begin();
    insert(session_);
    database_.run("COMMIT");
  });
  inserts_.clear();
  if (one_file) become_one_file();
}

void RecordingWriter::become_one_file() {
  inserts_.clear();
  database_.run("PRAGMA journal_mode = DELETE");
}

std::int64_t RecordingWriter::used_bytes() {
  const std::int64_t pages =
      database_.number("PRAGMA page_count") - database_.number("PRAGMA freelist_count");
  return pages * database_.number("PRAGMA page_size");
}

/// How old the history is, by itself: reads the index of times only.
void RecordingWriter::replay_age() {
  RecordingStatement times =
      database_.prepare("SELECT wall_seconds FROM tick ORDER BY wall_seconds");
  while (times.step()) age_.replay(recorded_wall_time(times.real(0)));
}

std::int64_t RecordingWriter::first_young(std::int64_t oldest, std::int64_t at_most, double since) {
  // "+" keeps SQLite from walking the index of times, which is as long as the history.
  RecordingStatement statement = database_.prepare(
      "SELECT tick FROM tick WHERE tick BETWEEN ? AND ? AND +wall_seconds >= ? "
      "ORDER BY tick LIMIT 1");
  statement.bind(0, oldest);
  statement.bind(1, at_most);
  statement.bind(2, since);
  return statement.step() ? statement.integer(0) : at_most;
}

/// The first tick to be kept, kTrimTicks after the oldest at most.
std::int64_t RecordingWriter::deletable_before(const RecordingLimits& limits, std::int64_t oldest) {
  const std::int64_t newest = database_.number("SELECT max(tick) FROM tick");
  const std::int64_t at_most = std::min(oldest + kTrimTicks, newest);
  const std::int64_t young =
      first_young(oldest, at_most, recorded_seconds((age_.now() - limits.keep).time_since_epoch()));
  const auto used = static_cast<double>(used_bytes());
  const double excess = 1 - static_cast<double>(limits.max_bytes) / used;
  if (excess <= 0) return young;
  const auto too_many =
      1 + static_cast<std::int64_t>(excess * static_cast<double>(newest - oldest));
  return std::max(young, std::min(oldest + too_many, at_most));
}

/// True when there are more.
bool RecordingWriter::give_pages_back(const RecordingLimits& limits) {
  const std::int64_t pages = database_.number("PRAGMA page_count");
  const std::int64_t unused = database_.number("PRAGMA freelist_count");
  const bool too_long =
      pages * database_.number("PRAGMA page_size") > static_cast<std::int64_t>(limits.max_bytes);
  const bool mostly_empty = unused > std::max(kWorthGivingBack, pages / 4);
  if (unused == 0 || !(too_long || mostly_empty)) return false;
  database_.run("PRAGMA incremental_vacuum(" + std::to_string(kVacuumPages) + ")");
  return unused > kVacuumPages;
}

void RecordingWriter::delete_before(std::int64_t tick) {
  const std::string first = std::to_string(tick);
  for_each_table([&]<typename Row>() {
    if constexpr (requires(Row row) { row.tick; } && !std::is_same_v<Row, SettingRow>)
      database_.run(std::string("DELETE FROM ") + RecordingTable<Row>::name + " WHERE tick < " +
                    first);
  });
  database_.run("DELETE FROM title WHERE first_tick < " + std::to_string(tick - kTitleTicks));
  // Of each setting the last value before the first tick still holds at it.
  database_.run("DELETE FROM setting WHERE tick < " + first +
                " AND EXISTS (SELECT 1 FROM setting AS later WHERE later.tier = setting.tier AND "
                "later.name = setting.name AND later.tick > setting.tick AND later.tick <= " +
                first + ")");
  database_.run("DELETE FROM mark WHERE wall_seconds < (SELECT min(wall_seconds) FROM tick)");
  database_.run("DELETE FROM session WHERE session < (SELECT min(session) FROM tick)");
  database_.run("DELETE FROM note WHERE session < (SELECT min(session) FROM tick)");
}

void RecordingWriter::trim(const RecordingLimits& limits) {
  if (!trim_goes_on_ && ticks_since_trim_ < limits.look_every_ticks) return;
  bool more = false;
  guarded([&] {
    begin();
    const std::int64_t oldest = database_.number("SELECT min(tick) FROM tick");
    const std::int64_t first_kept = deletable_before(limits, oldest);
    if (first_kept > oldest) delete_before(first_kept);
    database_.run("COMMIT");
    more = first_kept >= oldest + kTrimTicks;
  });
  ticks_since_trim_ = 0;
  trim_goes_on_ = give_pages_back(limits) || more;
}

HistoryStanding RecordingWriter::standing() {
  HistoryStanding standing;
  standing.bytes = static_cast<std::uint64_t>(database_.number("PRAGMA page_count") *
                                              database_.number("PRAGMA page_size"));
  RecordingStatement oldest =
      database_.prepare("SELECT wall_seconds FROM tick ORDER BY tick LIMIT 1");
  if (oldest.step()) standing.oldest = recorded_wall_time(oldest.real(0));
  return standing;
}

}  // namespace tierwatch

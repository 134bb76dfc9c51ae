// SPDX-License-Identifier: MIT
#include "exporters/recording/recording_reader.h"

#include <set>

#include "analysis/runs/demand.h"
#include "analysis/runs/server_changes.h"
#include "exporters/recording/recording_fields.h"
#include "exporters/recording/recording_schema.h"
#include "exporters/recording/recording_select.h"
#include "exporters/recording/recording_window.h"

namespace tierwatch {
namespace {

using WallTime = std::chrono::system_clock::time_point;

constexpr const char* kInWindow = "WHERE wall_seconds BETWEEN ?1 AND ?2 ";
const std::string kTickRange =
    "BETWEEN (SELECT min(tick) FROM tick WHERE wall_seconds BETWEEN ?1 AND ?2) AND "
    "(SELECT max(tick) FROM tick WHERE wall_seconds BETWEEN ?1 AND ?2)";
/// In one tick: a recorder writes far fewer, and what is made of them takes the square of it.
constexpr std::size_t kMostTiers = 1024, kMostRows = 65'536;
const std::string kTicksInWindow = "WHERE tick " + kTickRange + " ORDER BY tick, position";
/// Ticks themselves. The plus keeps SQLite from taking the index of times and sorting a whole
/// window in memory (sqlite.org/optoverview.html).
const std::string kTicksInOrder =
    "WHERE tick " + kTickRange + " AND +wall_seconds BETWEEN ?1 AND ?2 ORDER BY tick";

RunSample sample_of(TickRow row) {
  RunSample sample{.at = row.at.wall};
  sample.facts.seconds = row.seconds;
  sample.facts.host = std::move(row.host);
  sample.facts.load = row.load;
  sample.state = row.verdict.state;
  if (row.verdict.tier && row.verdict.resource)
    sample.named = TierResource{*row.verdict.tier, *row.verdict.resource};
  return sample;
}

struct TooManyRows {};

[[noreturn]] void refuse_many_rows(const std::string& file) {
  throw RecordingError(file + ": more tiers or rows in one tick than any recording has");
}

/// The rows of one table, in the order of ticks; looks one row ahead.
template <typename Row>
class RowCursor {
 public:
  explicit RowCursor(RecordingStatement statement) : statement_(std::move(statement)) { advance(); }

  /// Uses the rows of a tick; ticks must not fall from call to call.
  template <typename Use>
  void rows_of(std::int64_t tick, Use use) {
    while (row_ && row_->tick < tick) advance();
    for (std::size_t rows = 0; row_ && row_->tick == tick; advance()) {
      if (++rows > kMostRows) throw TooManyRows();
      use(*row_);
    }
  }

 private:
  void advance() {
    row_ = statement_.step() ? std::optional(row_at<Row>(statement_)) : std::nullopt;
  }

  RecordingStatement statement_;
  std::optional<Row> row_;
};

}  // namespace

RecordingReader::RecordingReader(const std::filesystem::path& file)
    : database_(file, RecordingDatabase::Access::kRead) {
  check_recording(database_);
}

/// What stands beside the ticks of a window, table by table.
struct RecordingReader::Cursors {
  RowCursor<TierRow> tiers;
  RowCursor<ListenerRow> listeners;
  RowCursor<WaitRow> waits;
  RowCursor<PeerRow> peers;
  RowCursor<ForeignRow> foreign;
  RowCursor<DiskRow> disks;
  RowCursor<LinkRow> links;

  void add_rows_of(std::int64_t tick, JudgeInput& facts) {
    const auto use = [&facts](auto& row) { put_back(std::move(row), facts); };
    tiers.rows_of(tick, use);
    if (facts.tiers.size() > kMostTiers) throw TooManyRows();
    listeners.rows_of(tick, use);
    waits.rows_of(tick, use);
    peers.rows_of(tick, use);
    foreign.rows_of(tick, use);
    disks.rows_of(tick, use);
    links.rows_of(tick, use);
  }
};

void RecordingReader::each_sample(const RecordedWindow& window,
                                  const std::function<void(RunSample)>& use) {
  database_.run("BEGIN");  // one view of all tables while a writer goes on
  {
    Cursors beside{RowCursor<TierRow>(in_window<TierRow>(kTicksInWindow, window)),
                   RowCursor<ListenerRow>(in_window<ListenerRow>(kTicksInWindow, window)),
                   RowCursor<WaitRow>(in_window<WaitRow>(kTicksInWindow, window)),
                   RowCursor<PeerRow>(in_window<PeerRow>(kTicksInWindow, window)),
                   RowCursor<ForeignRow>(in_window<ForeignRow>(kTicksInWindow, window)),
                   RowCursor<DiskRow>(in_window<DiskRow>(kTicksInWindow, window)),
                   RowCursor<LinkRow>(in_window<LinkRow>(kTicksInWindow, window))};
    RecordingStatement ticks = in_window<TickRow>(kTicksInOrder, window);
    while (ticks.step()) {
      TickRow row = row_at<TickRow>(ticks);
      const std::int64_t tick = row.tick;
      RunSample sample = sample_of(std::move(row));
      try {
        beside.add_rows_of(tick, sample.facts);
      } catch (const TooManyRows&) {
        refuse_many_rows(database_.file());
      }
      use(std::move(sample));
    }
  }
  database_.run("COMMIT");
}

std::vector<TierActivity> RecordingReader::activity(const RecordedWindow& window) {
  RecordingStatement statement = database_.prepare(
      "SELECT tick.wall_seconds, tick.seconds, sum(tier.cpu_cores), sum(tier.busy_workers) "
      "FROM tick LEFT JOIN tier ON tier.tick = tick.tick AND tier.name <> '" +
      std::string(kGeneratorTier) + "' WHERE tick.tick " + kTickRange +
      " AND +tick.wall_seconds BETWEEN ?1 AND ?2 GROUP BY tick.tick ORDER BY tick.tick");
  bind_window(statement, window);
  std::vector<TierActivity> all;
  while (statement.step()) {
    TierActivity& one = all.emplace_back(TierActivity{.at = recorded_wall_time(statement.real(0)),
                                                      .seconds = statement.real(1),
                                                      .busy_workers = {}});
    if (!statement.is_null(2)) one.cpu_cores = statement.real(2);
    if (!statement.is_null(3)) one.busy_workers = statement.real(3);
  }
  return all;
}

void RecordingReader::each_verdict(const RecordedWindow& window,
                                   const std::function<void(const VerdictStretch&)>& use) {
  // Few columns: a whole row costs ten times as much, and a window of hours has 20,000 of them.
  RecordingStatement statement = database_.prepare(
      "SELECT wall_seconds, seconds, verdict_state, verdict_tier, verdict_resource FROM tick " +
      kTicksInOrder);
  bind_window(statement, window);
  while (statement.step()) {
    const std::chrono::duration<double> length(statement.real(1));
    VerdictStretch span{.end = recorded_wall_time(statement.real(0))};
    span.begin = span.end - std::chrono::duration_cast<WallTime::duration>(length);
    span.state = enum_value<VerdictState>(statement.text(2)).value_or(VerdictState::kUnknown);
    const auto resource = enum_value<Resource>(statement.text(4));
    if (!statement.is_null(3) && resource) span.named = TierResource{statement.text(3), *resource};
    use(span);
  }
}

std::size_t RecordingReader::tick_count(const RecordedWindow& window) {
  RecordingStatement statement =
      database_.prepare("SELECT count(*) FROM tick " + std::string(kInWindow));
  bind_window(statement, window);
  return statement.step() ? static_cast<std::size_t>(statement.integer(0)) : 0;
}

std::vector<RunMark> RecordingReader::marks(const RecordedWindow& window) {
  std::vector<RunMark> marks;
  for (MarkRow& row : rows<MarkRow>(std::string(kInWindow) + "ORDER BY wall_seconds", window))
    marks.push_back({.at = row.at, .text = std::move(row.text)});
  return marks;
}

std::vector<RecordedGap> RecordingReader::gaps(const RecordedWindow& window) {
  RecordingStatement statement =
      database_.prepare("SELECT wall_seconds, kind, seconds FROM (" + gap_query() + ") " +
                        kInWindow + "ORDER BY tick");
  bind_window(statement, window);
  std::vector<RecordedGap> gaps;
  while (statement.step())
    gaps.push_back({.at = recorded_wall_time(statement.real(0)),
                    .kind = statement.text(1),
                    .seconds = statement.real(2)});
  return gaps;
}

std::vector<SettingRow> RecordingReader::settings() {
  return rows<SettingRow>("ORDER BY tick, tier, name");
}
std::vector<SettingAt> RecordingReader::server_things(const RecordedWindow& window) {
  RecordingStatement statement = database_.prepare(
      "SELECT wall_seconds, tier, name, value FROM setting JOIN tick USING (tick) WHERE (name LIKE "
      "'started_%' OR name LIKE 'program_%' OR name LIKE 'file_%') AND ?1 <= ?2 AND wall_seconds "
      "<= ?2 ORDER BY tick");
  bind_window(statement, window);
  std::vector<SettingAt> things;
  while (statement.step()) {
    SettingAt thing{.at = recorded_wall_time(statement.real(0)),
                    .tier = statement.text(1),
                    .name = statement.text(2),
                    .value = {}};
    if (!statement.is_null(3)) thing.value = statement.real(3);
    if (is_server_thing(thing.name)) things.push_back(std::move(thing));
  }
  return things;
}

std::vector<SessionRow> RecordingReader::sessions() { return rows<SessionRow>("ORDER BY session"); }
std::vector<RunRow> RecordingReader::runs() { return rows<RunRow>("ORDER BY run"); }

void RecordingReader::put_label(LoadLabelRow row, LoadSeries& series) {
  const std::string where = "WHERE load = " + std::to_string(row.load) +
                            " AND label = " + std::to_string(row.position) + " ORDER BY position";
  for (LoadLabelPointRow& point : rows<LoadLabelPointRow>(where))
    row.label.points.push_back(std::move(point.point));
  if (row.others == 0) {
    series.labels.push_back(std::move(row.label));
    return;
  }
  series.other_labels = std::move(row.label);
  series.other_label_count = row.others;
  series.other_labels_are_more = row.others_are_more;
}

std::vector<LoadSeries> RecordingReader::loads() {
  std::vector<LoadSeries> all;
  for (LoadRow& row : rows<LoadRow>("ORDER BY load")) {
    LoadSeries& series = all.emplace_back(std::move(row.series));
    const std::string where = "WHERE load = " + std::to_string(row.load) + " ORDER BY position";
    for (LoadPointRow& point : rows<LoadPointRow>(where))
      series.points.push_back(std::move(point.point));
    for (LoadLabelRow& label : rows<LoadLabelRow>(where)) put_label(std::move(label), series);
    for (LoadWarningRow& warning : rows<LoadWarningRow>(where))
      series.warnings.push_back(std::move(warning.text));
  }
  return all;
}

std::optional<std::pair<WallTime, WallTime>> RecordingReader::span() {
  RecordingStatement statement =
      database_.prepare("SELECT min(wall_seconds), max(wall_seconds) FROM tick");
  if (!statement.step() || statement.is_null(0)) return std::nullopt;
  return std::pair(recorded_wall_time(statement.real(0)), recorded_wall_time(statement.real(1)));
}

std::vector<RecordedMoment> RecordingReader::ticks() {
  RecordingStatement statement =
      database_.prepare("SELECT tick, wall_seconds FROM tick ORDER BY tick");
  std::vector<RecordedMoment> all;
  while (statement.step())
    all.emplace_back(statement.integer(0), recorded_wall_time(statement.real(1)));
  return all;
}

std::optional<RecordedTick> RecordingReader::tick(std::int64_t number) {
  const std::string at = std::to_string(number);
  const std::string where = "WHERE tick = " + at;
  const std::string in_order = where + " ORDER BY position";
  database_.run("BEGIN");  // one view of all tables while a writer goes on
  RecordedTick out;
  std::vector<TickRow> found = rows<TickRow>(where);
  if (!found.empty()) {
    out.tick = std::move(found.front());
    out.tiers = rows<TierRow>(in_order);
    if (out.tiers.size() > kMostTiers) refuse_many_rows(database_.file());
    out.listeners = rows<ListenerRow>(in_order);
    out.waits = rows<WaitRow>(in_order);
    out.peers = rows<PeerRow>(in_order);
    out.foreign = rows<ForeignRow>(in_order);
    out.disks = rows<DiskRow>(in_order);
    out.links = rows<LinkRow>(in_order);
    out.edges = rows<EdgeRow>(in_order);
    out.processes = rows<HotProcessRow>(in_order);
    for (const HotProcessRow& process : out.processes) {
      auto titles = rows<TitleRow>("WHERE title = " + std::to_string(process.title));
      out.titles.push_back(titles.empty() ? TitleRow{.pid = process.pid} : titles.front());
    }
    // Written at the tick at which another thing was named: in force while that is.
    out.evidence = rows<EvidenceRow>(
        "WHERE tick = (SELECT max(tick) FROM evidence WHERE tick <= " + at +
        ") AND EXISTS (SELECT 1 FROM tick AS a, tick AS b WHERE a.tick = " + at +
        " AND b.tick = evidence.tick AND a.session = b.session AND a.verdict_state IS "
        "b.verdict_state AND a.verdict_tier IS b.verdict_tier AND a.verdict_resource IS "
        "b.verdict_resource) ORDER BY position");
  }
  database_.run("COMMIT");
  return found.empty() ? std::nullopt : std::optional(std::move(out));
}

std::vector<std::string> RecordingReader::notes(std::int64_t session) {
  std::vector<std::string> all;
  for (NoteRow& row : rows<NoteRow>("WHERE session = " + std::to_string(session)))
    all.push_back(std::move(row.text));
  return all;
}

std::map<std::string, std::int64_t> RecordingReader::first_seen() {
  RecordingStatement statement =
      database_.prepare("SELECT name, min(tick) FROM tier WHERE processes > 0 GROUP BY name");
  std::map<std::string, std::int64_t> first;
  while (statement.step()) first[statement.text(0)] = statement.integer(1);
  return first;
}

std::uint64_t RecordingReader::dropped_ticks(const RecordedWindow& window) {
  RecordingStatement statement =
      database_.prepare("SELECT sum(dropped_ticks) FROM tick " + std::string(kInWindow));
  bind_window(statement, window);
  return statement.step() ? static_cast<std::uint64_t>(statement.integer(0)) : 0;
}

}  // namespace tierwatch

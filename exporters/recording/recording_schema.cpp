// SPDX-License-Identifier: MIT
#include "exporters/recording/recording_schema.h"

#include <set>

#include "exporters/recording/recording_columns.h"
#include "exporters/recording/recording_fields.h"

namespace tierwatch {
namespace {

/// What is missing, and when the clock was set: the view `gap`.
constexpr const char* kGaps = R"(SELECT tick, wall_seconds, kind, seconds FROM (
  SELECT tick, wall_seconds,
    CASE WHEN session <> before_session THEN 'restarted'
         WHEN abs(stepped) > 0.5 THEN 'clock stepped'
         WHEN uncovered > 0.5 * seconds THEN 'not recorded' END AS kind,
    CASE WHEN session <> before_session THEN wall_seconds - before_wall - seconds
         WHEN abs(stepped) > 0.5 THEN stepped
         ELSE uncovered END AS seconds
  FROM (
    SELECT tick, session, wall_seconds, seconds,
      lag(session) OVER w AS before_session,
      lag(wall_seconds) OVER w AS before_wall,
      (wall_seconds - lag(wall_seconds) OVER w) - (boot_seconds - lag(boot_seconds) OVER w) AS stepped,
      boot_seconds - lag(boot_seconds) OVER w - seconds AS uncovered
    FROM tick WINDOW w AS (ORDER BY tick)))
WHERE kind IS NOT NULL)";

constexpr const char* kViewNames[] = {"gap", "timeline", "hottest_process"};

constexpr const char* kOtherViews = R"(
-- tiers over time, with the time of day where you are
CREATE VIEW IF NOT EXISTS timeline AS
SELECT strftime('%Y-%m-%d %H:%M:%f', wall_seconds, 'unixepoch', 'localtime') AS time,
  name AS tier, cpu_cores, run_delay_cores, busy_workers, workers, processes, resident_bytes,
  open_fds, verdict_tier, verdict_resource
FROM tier JOIN tick USING (tick);

-- the hottest processes over time, with what they called themselves
CREATE VIEW IF NOT EXISTS hottest_process AS
SELECT strftime('%Y-%m-%d %H:%M:%f', wall_seconds, 'unixepoch', 'localtime') AS time,
  tier, role, process.pid, cpu_cores, resident_bytes, process.open_fds, comm, text AS title
FROM process JOIN tick USING (tick) JOIN title USING (title);
)";

template <typename Row>
std::string create_table() {
  using Table = RecordingTable<Row>;
  const std::string key = Table::key;
  const bool row_number = key.find(',') == std::string::npos;
  std::string sql =
      std::string("-- ") + Table::about + "\nCREATE TABLE IF NOT EXISTS " + Table::name + " (";
  for (const RecordingColumn& column : columns_of<Row>()) {
    if (sql.back() != '(') sql += ',';
    sql += "\n  " + column.name + " " + std::string(column.type);
    if (row_number && column.name == key) sql += " PRIMARY KEY";
  }
  if (!row_number) sql += ",\n  PRIMARY KEY (" + key + ")";
  return sql + "\n)" + (row_number ? ";\n\n" : " WITHOUT ROWID;\n\n");
}

template <typename Row>
void add_missing_columns(RecordingDatabase& database) {
  const std::string table = RecordingTable<Row>::name;
  const std::set<std::string> present = database.columns_in(table);
  for (const RecordingColumn& column : columns_of<Row>()) {
    if (present.contains(column.name)) continue;
    database.run("ALTER TABLE " + table + " ADD COLUMN " + column.name + " " +
                 std::string(column.type));
  }
}

bool is_ours(RecordingDatabase& database) {
  return database.number("PRAGMA application_id") == kRecordingApplicationId;
}

void check_version(RecordingDatabase& database) {
  if (!is_ours(database))
    throw RecordingError(database.file() + ": it is not a tierwatch recording");
  const auto version = database.number("PRAGMA user_version");
  if (version == kRecordingFormatVersion) return;
  throw RecordingError(database.file() + ": it is a recording of version " +
                       std::to_string(version) + "; this program knows version " +
                       std::to_string(kRecordingFormatVersion));
}

void create_all(RecordingDatabase& database) {
  database.run("BEGIN IMMEDIATE");
  database.run(recording_schema());
  database.run("PRAGMA application_id = " + std::to_string(kRecordingApplicationId));
  database.run("PRAGMA user_version = " + std::to_string(kRecordingFormatVersion));
  database.run("COMMIT");
}

void upgrade(RecordingDatabase& database) {
  database.run("BEGIN IMMEDIATE");
  // Views hold nothing: an older program's are made anew.
  for (const char* view : kViewNames) database.run(std::string("DROP VIEW IF EXISTS ") + view);
  database.run(recording_schema());
  for_each_table([&database]<typename Row>() { add_missing_columns<Row>(database); });
  database.run("COMMIT");
}

}  // namespace

std::string recording_schema() {
  std::string sql;
  for_each_table([&sql]<typename Row>() { sql += create_table<Row>(); });
  sql += "CREATE INDEX IF NOT EXISTS tick_by_time ON tick (wall_seconds);\n";
  sql += std::string(
             "\n-- what is missing, and when the clock was set: `seconds` without any tick, or ") +
         "stepped by\nCREATE VIEW IF NOT EXISTS gap AS\n" + kGaps + ";\n";
  return sql + kOtherViews;
}

std::string gap_query() { return kGaps; }

void prepare_recording(RecordingDatabase& database) {
  const bool fresh = database.number("SELECT count(*) FROM sqlite_schema") == 0;
  if (!fresh) check_version(database);
  // Counts only before the first table is made: freed pages can be given back without a rewrite.
  if (fresh) database.run("PRAGMA auto_vacuum = INCREMENTAL");
  database.run("PRAGMA journal_mode = WAL");
  // WAL's default, NORMAL, does not wait for the disk at a commit: after a power cut, whatever the
  // kernel had not yet written would be missing, half a minute perhaps.
  database.run("PRAGMA synchronous = FULL");
  database.run("PRAGMA journal_size_limit = 16777216");
  fresh ? create_all(database) : upgrade(database);
}

void check_recording(RecordingDatabase& database) { check_version(database); }

}  // namespace tierwatch

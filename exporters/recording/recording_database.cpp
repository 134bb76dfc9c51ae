// SPDX-License-Identifier: MIT
#include "exporters/recording/recording_database.h"

#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>

namespace tierwatch {
namespace {

constexpr int kBusyMilliseconds = 5000;

[[noreturn]] void fail(sqlite3* database, const std::string& file, int result) {
  std::string what = database ? sqlite3_errmsg(database) : sqlite3_errstr(result);
  if (result == SQLITE_NOTADB) what = "it is not a tierwatch recording";
  // SQLite itself says only that it was "unable to open database file".
  const int cause = database ? sqlite3_system_errno(database) : 0;
  if ((result & 0xff) == SQLITE_CANTOPEN && cause != 0) what = std::strerror(cause);
  throw RecordingError(file + ": " + what);
}

/// The name as SQLite takes it for nothing but a name: ":memory:", "" and, as Debian builds it,
/// "file:..." mean something else there.
std::string plain_name(const std::string& file) {
  return file.starts_with('/') ? file : "./" + file;
}

/// The file as SQLite reads one that nobody changes (sqlite.org/uri.html).
std::string immutable_uri(const std::string& file) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string uri = "file:";
  for (const char c : std::filesystem::absolute(file).string()) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '?' || c == '#' || c == '%')
      uri.append({'%', kHex[byte >> 4], kHex[byte & 15]});
    else
      uri += c;
  }
  return uri + "?immutable=1";
}

/// A journal of another user beside a recording may name files, which SQLite then deletes; run by
/// root, SQLite would even make it ours.
void refuse_journals_of_others(const std::string& file) {
  struct stat database {};
  if (stat(file.c_str(), &database) != 0) return;
  for (const char* suffix : {"-journal", "-wal"}) {
    struct stat beside {};
    if (stat((file + suffix).c_str(), &beside) == 0 && beside.st_uid != database.st_uid)
      throw RecordingError(file + suffix + " is another user's than the recording: remove it");
  }
}

/// A reader may have to tidy up after a writer that was killed, which takes writing. Not in a file
/// of somebody else, whose journal is theirs, too.
int reading_flags(const std::string& file) {
  struct stat status {};
  const bool ours = stat(file.c_str(), &status) == 0 && status.st_uid == geteuid();
  return ours ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY;
}

}  // namespace

void refuse_irregular(const std::string& file) {
  if (file.empty()) throw RecordingError("the name of the recording is empty");
  struct stat status {};
  if (stat(file.c_str(), &status) != 0 || S_ISREG(status.st_mode)) return;
  const bool directory = S_ISDIR(status.st_mode);
  throw RecordingError(file + (directory ? ": it is a directory" : ": it is not a regular file"));
}

void RecordingStatement::Finalize::operator()(sqlite3_stmt* statement) const {
  sqlite3_finalize(statement);
}

RecordingStatement::RecordingStatement(sqlite3* database, const std::string& file,
                                       std::string_view sql)
    : database_(database), file_(file) {
  sqlite3_stmt* statement = nullptr;
  check(sqlite3_prepare_v3(database, sql.data(), static_cast<int>(sql.size()),
                           SQLITE_PREPARE_PERSISTENT, &statement, nullptr));
  statement_.reset(statement);
}

void RecordingStatement::check(int result) const {
  if (result != SQLITE_OK) fail(database_, file_, result);
}

void RecordingStatement::bind_null(int parameter) {
  check(sqlite3_bind_null(statement_.get(), parameter + 1));
}
void RecordingStatement::bind(int parameter, std::int64_t number) {
  check(sqlite3_bind_int64(statement_.get(), parameter + 1, number));
}
void RecordingStatement::bind(int parameter, double number) {
  check(sqlite3_bind_double(statement_.get(), parameter + 1, number));
}
void RecordingStatement::bind(int parameter, std::string_view text) {
  // A null pointer would be bound as NULL.
  check(sqlite3_bind_text(statement_.get(), parameter + 1, text.empty() ? "" : text.data(),
                          static_cast<int>(text.size()), SQLITE_STATIC));
}

bool RecordingStatement::step() {
  const int result = sqlite3_step(statement_.get());
  if (result == SQLITE_ROW) return true;
  if (result == SQLITE_DONE) return false;
  const int extended = sqlite3_errcode(database_);
  const std::string what = sqlite3_errmsg(database_);
  sqlite3_reset(statement_.get());
  throw RecordingError(file_ + ": " +
                       (extended == SQLITE_NOTADB ? "it is not a tierwatch recording" : what));
}

void RecordingStatement::run() {
  while (step()) {
  }
  reset();
}

void RecordingStatement::reset() { sqlite3_reset(statement_.get()); }

bool RecordingStatement::is_null(int column) const {
  return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL;
}
std::int64_t RecordingStatement::integer(int column) const {
  return sqlite3_column_int64(statement_.get(), column);
}
double RecordingStatement::real(int column) const {
  return sqlite3_column_double(statement_.get(), column);
}
std::string RecordingStatement::text(int column) const {
  const auto* bytes = sqlite3_column_blob(statement_.get(), column);
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column));
  return bytes ? std::string(static_cast<const char*>(bytes), size) : std::string();
}

void RecordingDatabase::Close::operator()(sqlite3* database) const { sqlite3_close_v2(database); }

RecordingDatabase::RecordingDatabase(const std::filesystem::path& file, Access access)
    : file_(file.string()) {
  refuse_irregular(file_);
  refuse_journals_of_others(file_);
  if (access == Access::kRead)
    open_for_reading();
  else
    open(plain_name(file_), SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
  run("PRAGMA trusted_schema = OFF");
}

void RecordingDatabase::open(const std::string& name, int flags) {
  sqlite3* database = nullptr;
  const int result = sqlite3_open_v2(name.c_str(), &database, flags | SQLITE_OPEN_NOMUTEX, nullptr);
  handle_.reset(database);
  if (result != SQLITE_OK) fail(database, file_, result);
  sqlite3_busy_timeout(database, kBusyMilliseconds);
}

/// A file in WAL mode wants a -shm beside it, which a reader who may not write there cannot make.
/// Without a -wal (its writer has closed it) the file alone is everything. A writer that starts
/// meanwhile puts what is new into a -wal and touches the file only once that is long: a report is
/// done by then.
void RecordingDatabase::open_for_reading() {
  open(plain_name(file_), reading_flags(file_));
  const char* probe = "SELECT count(*) FROM sqlite_schema";
  const int result = sqlite3_exec(handle_.get(), probe, nullptr, nullptr, nullptr) & 0xff;
  if (result == SQLITE_CANTOPEN || result == SQLITE_READONLY) {
    std::error_code absent;
    if (const auto size = std::filesystem::file_size(file_ + "-wal", absent); !absent && size > 0)
      throw RecordingError(file_ +
                           ": it was not closed (its -wal holds the newest part), and you " +
                           "may not write beside it; read it as its owner, or copy both files");
    open(immutable_uri(file_), SQLITE_OPEN_READONLY | SQLITE_OPEN_URI);
  }
  run("PRAGMA query_only = ON");
}

void RecordingDatabase::run(const std::string& sql) {
  const int result = sqlite3_exec(handle_.get(), sql.c_str(), nullptr, nullptr, nullptr);
  if (result != SQLITE_OK) fail(handle_.get(), file_, result);
}

std::int64_t RecordingDatabase::number(std::string_view sql, std::int64_t otherwise) {
  RecordingStatement statement = prepare(sql);
  return statement.step() && !statement.is_null(0) ? statement.integer(0) : otherwise;
}

std::set<std::string> RecordingDatabase::columns_in(const std::string& table) {
  std::set<std::string> names;
  RecordingStatement info = prepare("SELECT name FROM pragma_table_info('" + table + "')");
  while (info.step()) names.insert(info.text(0));
  return names;
}

bool RecordingDatabase::in_transaction() const {
  return sqlite3_get_autocommit(handle_.get()) == 0;
}

void RecordingDatabase::roll_back() {
  // Its only failure is that there is nothing to roll back.
  if (in_transaction()) sqlite3_exec(handle_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
}

}  // namespace tierwatch

// SPDX-License-Identifier: MIT
//
// SQLite as recordings use it: a file in WAL mode that survives a crash at any moment, prepared
// statements, errors as exceptions. Everything of a recording goes through here.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace tierwatch {

/// A recording that cannot be opened, read or written; what() is for people and names the file.
class RecordingError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Throws RecordingError if the name is empty, or leads to what is no regular file: to open a FIFO
/// waits for its other end, to read a device may have no end.
void refuse_irregular(const std::string& file);

/// A prepared statement. Columns and parameters count from 0. Every step may throw RecordingError.
/// Must not outlive its database.
class RecordingStatement {
 public:
  RecordingStatement(sqlite3* database, const std::string& file, std::string_view sql);

  void bind_null(int parameter);
  void bind(int parameter, std::int64_t number);
  void bind(int parameter, double number);
  /// The text must live until the statement has run.
  void bind(int parameter, std::string_view text);

  /// True while there is a row to look at.
  bool step();
  /// Runs a statement that gives no rows, and is then ready for the next parameters.
  void run();
  /// Ready to be run again; never throws.
  void reset();

  bool is_null(int column) const;
  std::int64_t integer(int column) const;
  double real(int column) const;
  std::string text(int column) const;

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  void check(int result) const;

  sqlite3* database_;
  std::string file_;
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

/// One connection; belongs to one thread at a time.
class RecordingDatabase {
 public:
  enum class Access {
    /// An existing recording. One that lies where the reader may not write, as the service's does
    /// for its group, is read as it is once its writer has closed it.
    kRead,
    kWrite,  ///< made when it does not exist
  };

  /// Throws RecordingError when the file cannot be opened or is no database.
  RecordingDatabase(const std::filesystem::path& file, Access access);

  void run(const std::string& sql);
  RecordingStatement prepare(std::string_view sql) { return {handle_.get(), file_, sql}; }
  /// The first column of the first row; `otherwise` when there is no row or it is NULL.
  std::int64_t number(std::string_view sql, std::int64_t otherwise = 0);
  /// Names of the columns that a table has in this file.
  std::set<std::string> columns_in(const std::string& table);
  bool in_transaction() const;
  /// Gives up the open transaction, if any; never throws.
  void roll_back();
  const std::string& file() const { return file_; }

 private:
  struct Close {
    void operator()(sqlite3* database) const;
  };

  void open(const std::string& name, int flags);
  void open_for_reading();

  std::string file_;
  std::unique_ptr<sqlite3, Close> handle_;
};

}  // namespace tierwatch

// SPDX-License-Identifier: MIT
//
// Rows of a file of delimited fields, at the speed of memory. Quotes as spreadsheets and JMeter
// write them: doubled inside, delimiters and newlines allowed between them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "collectors/loads/reading/byte_source.h"

namespace tierwatch {

struct CsvDialect {
  char delimiter = ',';
  bool quotes = true;  ///< false: a quote is a character like any other
  /// A last line without its newline is a row, too: its reader can tell whether it is whole.
  bool last_line = false;
};

/// One field, the whole line: for files with a JSON document in each. JSON has no such character.
inline constexpr CsvDialect kWholeLines{'\0', false, true};

/// Reads row by row; CRLF, LF, a byte order mark and empty lines are taken care of. A last line
/// without its newline is not a row, unless the dialect says so: it may be cut in the middle of a
/// number. A quote that is never closed costs its own row: reading goes on at the next line that is
/// a row by itself, with a number in front and as many fields as the rows before. Two zero bytes
/// and more are a hole, as a crash leaves it: what stands before it in its line is no row.
class CsvReader {
 public:
  using Row = std::span<const std::string_view>;

  /// `source` must outlive the reader; `name` is for errors.
  CsvReader(ByteSource& source, std::string name, CsvDialect dialect = {});

  /// The next row; absent at the end. Valid until the next call. Throws ImportError for a row of
  /// more than 4 MiB.
  std::optional<Row> next();
  /// Line on which the row of the last next() began, from 1.
  std::uint64_t line() const { return row_line_; }
  /// Line of what was left over at the end, absent if the file ended with a newline.
  std::optional<std::uint64_t> cut_line() const { return cut_line_; }
  /// The row of the last next() had no newline.
  bool unterminated() const { return unterminated_; }
  /// Lines with a quote that is never closed, and what follows them up to the next row: left out.
  struct BrokenLines {
    std::vector<std::uint64_t> first;  ///< three at most
    std::uint64_t count = 0;
  };
  const BrokenLines& broken_lines() const { return broken_; }
  /// Lines whose begin was cut by a hole: left out up to it.
  const BrokenLines& lines_with_holes() const { return holed_; }
  /// The line from which on there is nothing but zero bytes; absent: there is another end.
  std::optional<std::uint64_t> zeros_from() const { return zeros_from_; }
  /// That row proved to be cut: cut_line() is its line.
  void leave_out_last() { cut_line_ = row_line_; }

 private:
  enum class Scan { kRow, kMore };
  struct Field {
    const char* begin;
    const char* end;
    bool doubled_quotes;
  };
  Scan scan_row(const char*& end);
  const char* scan_quoted(const char* at, const char* stop, Field& field);
  const char* row_below(const char* stop) const;
  bool leave_broken_line(const char* stop);
  bool leave_hole(const char* stop);
  bool leave_hole_at_end();
  std::size_t shorten_holes(char* text, std::size_t size);
  bool refill();
  bool end_last_line();
  void publish_fields();

  ByteSource& source_;
  std::string name_;
  CsvDialect dialect_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0, end_ = 0;  ///< what is not yet read of buffer_
  std::uint64_t line_ = 1, row_line_ = 0;
  std::uint64_t newlines_ = 0;  ///< in the row being scanned
  std::size_t columns_ = 0;     ///< of the newest row on a single line
  BrokenLines broken_, holed_;
  std::size_t zeros_ = 0;  ///< with which what was read ends
  bool any_hole_ = false;  ///< in what was read
  std::optional<std::uint64_t> zeros_from_;
  std::optional<std::uint64_t> cut_line_;
  bool unterminated_ = false;
  std::vector<Field> raw_;
  std::vector<std::string_view> fields_;
};

}  // namespace tierwatch

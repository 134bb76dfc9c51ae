// SPDX-License-Identifier: MIT
//
// What the reader of a format works with, and the table of all of them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "collectors/loads/load_import.h"
#include "collectors/loads/reading/byte_source.h"
#include "collectors/loads/reading/csv_reader.h"

namespace tierwatch {

/// What refuse() throws for one line: a reader of rows leaves that row out and goes on.
class RowError : public ImportError {
 public:
  RowError(const std::string& file, std::uint64_t line, const std::string& what)
      : ImportError(file + ":" + std::to_string(line) + ": " + what),
        said_("line " + std::to_string(line) + " is left out: " + what) {}
  const std::string& said() const { return said_; }

 private:
  std::string said_;
};

/// Rows that cannot be read, one at a time: the first few are named, then they are counted.
class RowLosses {
 public:
  void keep() { ++kept_; }
  /// Throws the first error when most rows are such: then the file is not what it was taken for.
  void lose(const RowError& error);
  /// Throws the first error when there are more such rows than good ones.
  void require_most() const;
  /// At the end; throws as require_most().
  void warn(std::vector<std::string>& warnings) const;

 private:
  std::vector<RowError> first_;
  std::uint64_t kept_ = 0, lost_ = 0;
};

struct ImportInput {
  ByteSource& source;
  std::filesystem::path file;
  const ImportOptions& options;
  RowLosses losses{};

  /// Reads one row by `read`; if it refuses that row's line, the row is left out.
  template <typename Read>
  void row(const Read& read) {
    try {
      read();
      losses.keep();
    } catch (const RowError& error) {
      losses.lose(error);
    }
  }

  /// Throws ImportError `FILE: WHAT` or, with a line, RowError `FILE:LINE: WHAT`. `what` says what
  /// is wrong and what to do.
  [[noreturn]] void refuse(const std::string& what) const;
  [[noreturn]] void refuse(std::uint64_t line, const std::string& what) const;
};

/// "line 17 is incomplete and left out…", and which lines a quote without its end or zero bytes
/// took; nothing when the file is whole.
void warn_of_cut_line(const CsvReader& reader, LoadSeries& series);

/// The whole of a short file of text, without the colours of a terminal and without zero bytes at
/// its end. Refuses one of more than 4 MiB.
std::string read_text(ImportInput& input);

/// Refuses a summary whose count, rate and time do not fit together within a twentieth: it is of
/// another tool, or in another unit.
void require_rate(double requests, std::optional<double> rate, double seconds,
                  const ImportInput& input);

/// A line of text without its newline; the rest stays in `text`.
std::string_view take_line(std::string_view& text);

/// A field as a message may show it: at most 40 bytes, made printable.
std::string shown(std::string_view field);

/// One format of one tool. `recognises` sees the first 64 KiB at most, without a byte order mark.
struct LoadFormat {
  std::string_view tool;
  std::string_view variant;
  bool (*recognises)(std::string_view head);
  LoadSeries (*read)(ImportInput& input);
};

/// In the order in which they are tried.
std::span<const LoadFormat* const> load_format_table();

/// The format whose reader the file is for. Throws ImportError.
const LoadFormat& recognise(const ImportInput& input);

}  // namespace tierwatch

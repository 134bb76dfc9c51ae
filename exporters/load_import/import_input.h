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

#include "exporters/load_import/byte_source.h"
#include "exporters/load_import/csv_reader.h"
#include "exporters/load_import/load_import.h"

namespace tierwatch {

struct ImportInput {
  ByteSource& source;
  std::filesystem::path file;
  const ImportOptions& options;

  /// Throws ImportError `FILE: WHAT` or, with a line, `FILE:LINE: WHAT`. `what` says what is wrong
  /// and what to do.
  [[noreturn]] void refuse(const std::string& what) const;
  [[noreturn]] void refuse(std::uint64_t line, const std::string& what) const;
};

/// "line 17 is incomplete and left out…"; nothing when the file ended with a newline.
void warn_of_cut_line(const CsvReader& reader, LoadSeries& series);

/// The whole of a short file of text. Refuses one of more than 4 MiB.
std::string read_text(ImportInput& input);

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
std::span<const LoadFormat> load_format_table();

/// The format whose reader the file is for. Throws ImportError.
const LoadFormat& recognise(const ImportInput& input);

}  // namespace tierwatch

// SPDX-License-Identifier: MIT
//
// Finding columns by their names.
#pragma once

#include <algorithm>
#include <initializer_list>
#include <optional>
#include <string_view>

#include "collectors/loads/reading/csv_reader.h"

namespace tierwatch {

/// Index of the first column that has one of the names; the names are tried in turn.
inline std::optional<std::size_t> find_column(CsvReader::Row header,
                                              std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    const auto at = std::find(header.begin(), header.end(), name);
    if (at != header.end()) return static_cast<std::size_t>(at - header.begin());
  }
  return std::nullopt;
}

/// The field of that column; empty when the row or the file does not have it.
inline std::string_view field_of(CsvReader::Row row, std::optional<std::size_t> column) {
  return column && *column < row.size() ? row[*column] : std::string_view{};
}

}  // namespace tierwatch

// SPDX-License-Identifier: MIT
//
// Where the fields of a JMeter CSV file are: by its header, or by the count of columns where JMeter
// was told to write none (2.x by default).
#pragma once

#include <optional>
#include <string_view>

#include "collectors/loads/reading/csv_reader.h"

namespace tierwatch {

/// Indices of the columns that are read; absent ones are not in the file.
struct JmeterColumns {
  std::size_t time = 0, elapsed = 1;
  std::optional<std::size_t> label, message, thread, data_type, success, bytes, all_threads, code,
      host, idle, url, samples, errors;
  std::size_t count = 0;  ///< of all columns
};

/// The delimiter of a JMeter CSV file; absent: its first line is neither a header, with timeStamp
/// and elapsed somewhere in it, nor a row that begins with 13 digits of time.
std::optional<char> jmeter_delimiter(std::string_view head);

/// By a header's names; absent: the row is no header.
std::optional<JmeterColumns> jmeter_header(CsvReader::Row row);

/// By the count of columns of a first row without header: 10 (2.9 to 2.12), 12 (2.13), 14 (3.0), 16
/// (3.1 to 4.0), 17 (5.0 to 5.6), with their default columns. Absent: another count, or `success`
/// is no truth value.
std::optional<JmeterColumns> jmeter_columns_without_header(CsvReader::Row row);

}  // namespace tierwatch

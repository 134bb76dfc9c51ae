// SPDX-License-Identifier: MIT
//
// The reader's queries, table by table; for files of the reader only.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "exporters/recording/recording_columns.h"
#include "exporters/recording/recording_fields.h"
#include "exporters/recording/recording_window.h"

namespace tierwatch {

/// Columns that the file does not have yet are unknown: NULL.
template <typename Row>
std::string RecordingReader::select(const std::string& where) {
  const std::string table = RecordingTable<Row>::name;
  const std::set<std::string> present = database_.columns_in(table);
  std::string list, none;
  for (const RecordingColumn& column : columns_of<Row>()) {
    list += (list.empty() ? "" : ", ") + (present.contains(column.name) ? column.name : "NULL");
    none += (none.empty() ? "NULL AS " : ", NULL AS ") + column.name;
  }
  // A recording that is older than the table.
  const std::string from = present.empty() ? "(SELECT " + none + " WHERE 0)" : table;
  return "SELECT " + list + " FROM " + from + " " + where;
}

template <typename Row>
std::vector<Row> RecordingReader::rows(const std::string& where, const RecordedWindow& window) {
  RecordingStatement statement = database_.prepare(select<Row>(where));
  if (where.find('?') != std::string::npos) bind_window(statement, window);
  std::vector<Row> all;
  while (statement.step()) all.push_back(row_at<Row>(statement));
  return all;
}

template <typename Row>
RecordingStatement RecordingReader::in_window(const std::string& where,
                                              const RecordedWindow& window) {
  RecordingStatement statement = database_.prepare(select<Row>(where));
  bind_window(statement, window);
  return statement;
}

}  // namespace tierwatch

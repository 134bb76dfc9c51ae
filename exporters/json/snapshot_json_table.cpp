// SPDX-License-Identifier: MIT
#include "exporters/json/snapshot_json_table.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <utility>

#include "exporters/glyphs.h"

namespace tierwatch {
namespace {

/// No figure of a process is below zero.
template <std::integral T>
void read(JsonValue value, const JsonPlace& where, T& number) {
  number = whole_in<T>(value, where);
  if (std::cmp_less(number, 0)) refuse(where, "a number below zero");
}
void read(JsonValue value, const JsonPlace& where, double& cores) {
  cores = number_in(value, where);
}
void read(JsonValue value, const JsonPlace& where, std::string& text) {
  text = text_in(value, where);
}
void read(JsonValue value, const JsonPlace& where, char& letter) {
  letter = letter_in(value, where);
}
void read(JsonValue value, const JsonPlace& where, nanoseconds& time) {
  const double seconds = number_in(value, where);
  if (!(std::abs(seconds) < 9e9)) refuse(where, "no time that fits");
  time = std::chrono::milliseconds(std::llround(seconds * 1000));
}
template <typename T>
void read(JsonValue value, const JsonPlace& where, std::optional<T>& field) {
  read(value, where, field.emplace());
}

template <std::integral T>
Json written(T number) {
  return number;
}
Json written(double cores) { return std::round(cores * 10'000) / 10'000; }
Json written(const std::string& text) { return text.substr(0, kLongestTableTitle); }
Json written(char letter) { return std::string(1, letter); }
Json written(nanoseconds time) { return std::round(seconds_of(time) * 100) / 100; }
template <typename T>
Json written(const std::optional<T>& field) {
  return field ? written(*field) : Json(nullptr);
}

/// A column: its name, how it is written, how a value that is not null is read.
struct RowColumn {
  std::string_view name;
  Json (*write)(const ProcessSample&);
  void (*read)(JsonValue, const JsonPlace&, ProcessSample&);
};

/// `Field` is a lambda that points to a process' field.
template <typename Field>
RowColumn column(std::string_view name, Field) {
  return {name, [](const ProcessSample& process) { return written(*Field{}(process)); },
          [](JsonValue value, const JsonPlace& where, ProcessSample& process) {
            read(value, where, *Field{}(process));
          }};
}

/// The same of a field within a part that may be absent.
template <auto field, typename Part>
RowColumn column_in(std::string_view name, Part) {
  return {name,
          [](const ProcessSample& process) {
            const auto& part = *Part{}(process);
            return part ? written((*part).*field) : Json(nullptr);
          },
          [](JsonValue value, const JsonPlace& where, ProcessSample& process) {
            auto& part = *Part{}(process);
            if (!part) part.emplace();
            read(value, where, (*part).*field);
          }};
}

const std::array kColumns = {
    column("pid", [](auto& p) { return &p.reading.id.pid; }),
    column("started_seconds", [](auto& p) { return &p.reading.id.started; }),
    column("parent_pid", [](auto& p) { return &p.reading.parent_pid; }),
    column("comm", [](auto& p) { return &p.reading.comm; }),
    column("title", [](auto& p) { return &p.reading.title; }),
    column("uid", [](auto& p) { return &p.reading.uid; }),
    column("user", [](auto& p) { return &p.reading.user; }),
    column("state", [](auto& p) { return &p.reading.state; }),
    column("user_cpu_seconds", [](auto& p) { return &p.reading.user_cpu; }),
    column("system_cpu_seconds", [](auto& p) { return &p.reading.system_cpu; }),
    column("thread_count", [](auto& p) { return &p.reading.thread_count; }),
    column_in<&Membership::tier>("tier", [](auto& p) { return &p.reading.member; }),
    column_in<&Membership::role>("role", [](auto& p) { return &p.reading.member; }),
    column_in<&MemoryReading::resident_bytes>("resident_bytes",
                                              [](auto& p) { return &p.reading.memory; }),
    column_in<&MemoryReading::anonymous_bytes>("anonymous_bytes",
                                               [](auto& p) { return &p.reading.memory; }),
    column_in<&MemoryReading::swap_bytes>("swap_bytes", [](auto& p) { return &p.reading.memory; }),
    column("open_fds", [](auto& p) { return &p.reading.open_fds; }),
    column("fd_limit", [](auto& p) { return &p.reading.fd_limit; }),
    column("cpu_cores", [](auto& p) { return &p.cpu_cores; }),
    column("run_delay_cores", [](auto& p) { return &p.run_delay_cores; }),
    column("hottest_thread_cores", [](auto& p) { return &p.hottest_thread_cores; }),
};

/// The known column of each position; null for one we do not know.
std::vector<const RowColumn*> columns_of(JsonArray names, const JsonPlace& where) {
  std::vector<const RowColumn*> columns;
  for (const JsonValue name : names) {
    const std::string_view text = text_in(name, where);
    const auto known = std::ranges::find(kColumns, text, &RowColumn::name);
    columns.push_back(known == kColumns.end() ? nullptr : &*known);
  }
  return columns;
}

JsonArray list_in(JsonObject table, const JsonPlace& where) {
  JsonValue found;
  if (!find_field(table, where.name, found)) refuse(where, "missing");
  return array_in(found, where);
}

ProcessSample read_row(JsonArray row, const std::vector<const RowColumn*>& columns,
                       const JsonPlace& where) {
  if (row.size() != columns.size()) refuse(where, "a row is not as long as the columns");
  ProcessSample process;
  auto column = columns.begin();
  for (const JsonValue value : row) {
    const RowColumn* const known = *column++;
    if (known && !value.is_null())
      known->read(value, {.outer = &where, .name = known->name}, process);
  }
  return process;
}

}  // namespace

Json process_table(const std::vector<ProcessSample>& processes) {
  Json names = Json::array(), rows = Json::array();
  for (const RowColumn& column : kColumns) names.push_back(column.name);
  for (const ProcessSample& process : processes) {
    Json row = Json::array();
    for (const RowColumn& column : kColumns) row.push_back(column.write(process));
    rows.push_back(std::move(row));
  }
  Json table = Json::object();
  table["columns"] = std::move(names);
  table["rows"] = std::move(rows);
  return table;
}

std::vector<ProcessSample> read_process_table(JsonValue table) {
  const JsonPlace where{.name = "process_table"};
  const JsonPlace names{.outer = &where, .name = "columns"}, rows{.outer = &where, .name = "rows"};
  const JsonObject object = object_in(table, where);
  const auto columns = columns_of(list_in(object, names), names);
  std::vector<ProcessSample> processes;
  for (const JsonValue row : list_in(object, rows)) {
    const JsonPlace place{.outer = &rows, .index = processes.size()};
    processes.push_back(read_row(array_in(row, place), columns, place));
  }
  return processes;
}

}  // namespace tierwatch

// SPDX-License-Identifier: MIT
#include "exporters/json/snapshot_json_table.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

namespace tierwatch {
namespace {

using nlohmann::ordered_json;

/// No figure of a process is below zero.
template <typename T>
T count_in(JsonValue value, const JsonPlace& where) {
  const T number = whole_in<T>(value, where);
  if (std::cmp_less(number, 0)) refuse(where, "a number below zero");
  return number;
}

ordered_json seconds(nanoseconds time) {
  return std::round(std::chrono::duration<double>(time).count() * 100) / 100;
}
nanoseconds time_in(JsonValue value, const JsonPlace& where) {
  const double number = number_in(value, where);
  if (!(std::abs(number) < 9e9)) refuse(where, "no time that fits");
  return std::chrono::milliseconds(std::llround(number * 1000));
}

ordered_json cores(const std::optional<double>& value) {
  return value ? ordered_json(std::round(*value * 10'000) / 10'000) : ordered_json(nullptr);
}

template <typename T>
ordered_json maybe(const std::optional<T>& value) {
  return value ? ordered_json(*value) : ordered_json(nullptr);
}

/// A column: its name, how it is written, how a value that is not null is read.
struct Column {
  std::string_view name;
  ordered_json (*write)(const ProcessSample&);
  void (*read)(JsonValue, const JsonPlace&, ProcessSample&);
};

using Json = ordered_json;
using Process = ProcessSample;

Membership& member_of(Process& p) {
  return p.reading.member ? *p.reading.member : p.reading.member.emplace();
}

const std::array kColumns = {
    Column{"pid", [](const Process& p) { return Json(p.reading.id.pid); },
           [](JsonValue v, const JsonPlace& at, Process& p) {
             p.reading.id.pid = count_in<pid_t>(v, at);
           }},
    Column{"started_seconds", [](const Process& p) { return seconds(p.reading.id.started); },
           [](JsonValue v, const JsonPlace& at, Process& p) {
             p.reading.id.started = time_in(v, at);
           }},
    Column{"parent_pid", [](const Process& p) { return Json(p.reading.parent_pid); },
           [](JsonValue v, const JsonPlace& at, Process& p) {
             p.reading.parent_pid = count_in<pid_t>(v, at);
           }},
    Column{"comm", [](const Process& p) { return Json(p.reading.comm); },
           [](JsonValue v, const JsonPlace& at, Process& p) { p.reading.comm = text_in(v, at); }},
    Column{"title",
           [](const Process& p) { return Json(p.reading.title.substr(0, kLongestTableTitle)); },
           [](JsonValue v, const JsonPlace& at, Process& p) { p.reading.title = text_in(v, at); }},
    Column{"uid", [](const Process& p) { return maybe(p.reading.uid); },
           [](JsonValue v, const JsonPlace& at, Process& p) {
             p.reading.uid = count_in<uid_t>(v, at);
           }},
    Column{
        "state", [](const Process& p) { return Json(std::string(1, p.reading.state)); },
        [](JsonValue v, const JsonPlace& at, Process& p) { p.reading.state = letter_in(v, at); }},
    Column{
        "user_cpu_seconds", [](const Process& p) { return seconds(p.reading.user_cpu); },
        [](JsonValue v, const JsonPlace& at, Process& p) { p.reading.user_cpu = time_in(v, at); }},
    Column{"system_cpu_seconds", [](const Process& p) { return seconds(p.reading.system_cpu); },
           [](JsonValue v, const JsonPlace& at, Process& p) {
             p.reading.system_cpu = time_in(v, at);
           }},
    Column{"thread_count", [](const Process& p) { return Json(p.reading.thread_count); },
           [](JsonValue v, const JsonPlace& at, Process& p) {
             p.reading.thread_count = count_in<std::uint32_t>(v, at);
           }},
    Column{"tier",
           [](const Process& p) {
             return p.reading.member ? Json(p.reading.member->tier) : Json(nullptr);
           },
           [](JsonValue v, const JsonPlace& at, Process& p) {
             member_of(p).tier = count_in<std::uint16_t>(v, at);
           }},
    Column{"role",
           [](const Process& p) {
             return p.reading.member ? Json(p.reading.member->role) : Json(nullptr);
           },
           [](JsonValue v, const JsonPlace& at, Process& p) {
             member_of(p).role = count_in<std::uint16_t>(v, at);
           }},
    Column{"resident_bytes",
           [](const Process& p) {
             return p.reading.memory ? Json(p.reading.memory->resident_bytes) : Json(nullptr);
           },
           [](JsonValue v, const JsonPlace& at, Process& p) {
             p.reading.memory = MemoryReading{.resident_bytes = count_in<std::uint64_t>(v, at)};
           }},
    Column{"open_fds", [](const Process& p) { return maybe(p.reading.open_fds); },
           [](JsonValue v, const JsonPlace& at, Process& p) {
             p.reading.open_fds = count_in<std::uint64_t>(v, at);
           }},
    Column{"fd_limit", [](const Process& p) { return maybe(p.reading.fd_limit); },
           [](JsonValue v, const JsonPlace& at, Process& p) {
             p.reading.fd_limit = count_in<std::uint64_t>(v, at);
           }},
    Column{"cpu_cores", [](const Process& p) { return cores(p.cpu_cores); },
           [](JsonValue v, const JsonPlace& at, Process& p) { p.cpu_cores = number_in(v, at); }},
    Column{
        "run_delay_cores", [](const Process& p) { return cores(p.run_delay_cores); },
        [](JsonValue v, const JsonPlace& at, Process& p) { p.run_delay_cores = number_in(v, at); }},
};

/// The known column of each position; null for one we do not know.
std::vector<const Column*> columns_of(JsonArray names, const JsonPlace& where) {
  std::vector<const Column*> columns;
  for (const JsonValue name : names) {
    const std::string_view text = text_in(name, where);
    const auto known = std::ranges::find(kColumns, text, &Column::name);
    columns.push_back(known == kColumns.end() ? nullptr : &*known);
  }
  return columns;
}

JsonArray list_in(JsonObject table, const JsonPlace& where) {
  JsonValue found;
  if (!find_field(table, where.name, found)) refuse(where, "missing");
  return array_in(found, where);
}

ProcessSample read_row(JsonArray row, const std::vector<const Column*>& columns,
                       const JsonPlace& where) {
  if (row.size() != columns.size()) refuse(where, "a row is not as long as the columns");
  ProcessSample process;
  auto column = columns.begin();
  for (const JsonValue value : row) {
    const Column* const known = *column++;
    if (known && !value.is_null())
      known->read(value, {.outer = &where, .name = known->name}, process);
  }
  return process;
}

}  // namespace

ordered_json process_table(const std::vector<ProcessSample>& processes) {
  ordered_json names = ordered_json::array(), rows = ordered_json::array();
  for (const Column& column : kColumns) names.push_back(column.name);
  for (const ProcessSample& process : processes) {
    ordered_json row = ordered_json::array();
    for (const Column& column : kColumns) row.push_back(column.write(process));
    rows.push_back(std::move(row));
  }
  ordered_json table = ordered_json::object();
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

// SPDX-License-Identifier: MIT
#include "exporters/snapshot_json_table.h"

#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <utility>

namespace tierwatch {
namespace {

using nlohmann::ordered_json;

[[noreturn]] void refuse(const std::string& what) {
  throw std::invalid_argument("snapshot: process_table: " + what);
}

double number_in(const ordered_json& value) {
  if (!value.is_number()) refuse(std::string("expected a number, found ") + value.type_name());
  return value.get<double>();
}

/// A whole number that fits; a value out of range would be undefined to convert.
template <typename T>
T whole_in(const ordered_json& value) {
  const double number = number_in(value);
  if (!(number >= 0 && number <= 9e15)) refuse("a number does not fit");
  const auto wide = static_cast<std::uint64_t>(number);
  if (!std::in_range<T>(wide)) refuse("a number does not fit");
  return static_cast<T>(wide);
}

std::string text_in(const ordered_json& value) {
  if (!value.is_string()) refuse(std::string("expected a string, found ") + value.type_name());
  return value.get<std::string>();
}

ordered_json seconds(nanoseconds time) {
  return std::round(std::chrono::duration<double>(time).count() * 100) / 100;
}
nanoseconds time_in(const ordered_json& value) {
  const double number = number_in(value);
  if (!(std::abs(number) < 9e9)) refuse("no time that fits");
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
  const char* name;
  ordered_json (*write)(const ProcessSample&);
  void (*read)(const ordered_json&, ProcessSample&);
};

using Json = ordered_json;
using Process = ProcessSample;

Membership& member_of(Process& p) {
  return p.reading.member ? *p.reading.member : p.reading.member.emplace();
}

const std::array kColumns = {
    Column{"pid", [](const Process& p) { return Json(p.reading.id.pid); },
           [](const Json& v, Process& p) { p.reading.id.pid = whole_in<pid_t>(v); }},
    Column{"started_seconds", [](const Process& p) { return seconds(p.reading.id.started); },
           [](const Json& v, Process& p) { p.reading.id.started = time_in(v); }},
    Column{"parent_pid", [](const Process& p) { return Json(p.reading.parent_pid); },
           [](const Json& v, Process& p) { p.reading.parent_pid = whole_in<pid_t>(v); }},
    Column{"comm", [](const Process& p) { return Json(p.reading.comm); },
           [](const Json& v, Process& p) { p.reading.comm = text_in(v); }},
    Column{"title",
           [](const Process& p) { return Json(p.reading.title.substr(0, kLongestTableTitle)); },
           [](const Json& v, Process& p) { p.reading.title = text_in(v); }},
    Column{"uid", [](const Process& p) { return maybe(p.reading.uid); },
           [](const Json& v, Process& p) { p.reading.uid = whole_in<uid_t>(v); }},
    Column{"state", [](const Process& p) { return Json(std::string(1, p.reading.state)); },
           [](const Json& v, Process& p) {
             const std::string state = text_in(v);
             if (state.size() != 1) refuse("a state is one letter");
             p.reading.state = state[0];
           }},
    Column{"user_cpu_seconds", [](const Process& p) { return seconds(p.reading.user_cpu); },
           [](const Json& v, Process& p) { p.reading.user_cpu = time_in(v); }},
    Column{"system_cpu_seconds", [](const Process& p) { return seconds(p.reading.system_cpu); },
           [](const Json& v, Process& p) { p.reading.system_cpu = time_in(v); }},
    Column{"thread_count", [](const Process& p) { return Json(p.reading.thread_count); },
           [](const Json& v, Process& p) { p.reading.thread_count = whole_in<std::uint32_t>(v); }},
    Column{"tier",
           [](const Process& p) {
             return p.reading.member ? Json(p.reading.member->tier) : Json(nullptr);
           },
           [](const Json& v, Process& p) { member_of(p).tier = whole_in<std::uint16_t>(v); }},
    Column{"role",
           [](const Process& p) {
             return p.reading.member ? Json(p.reading.member->role) : Json(nullptr);
           },
           [](const Json& v, Process& p) { member_of(p).role = whole_in<std::uint16_t>(v); }},
    Column{"resident_bytes",
           [](const Process& p) {
             return p.reading.memory ? Json(p.reading.memory->resident_bytes) : Json(nullptr);
           },
           [](const Json& v, Process& p) {
             p.reading.memory = MemoryReading{.resident_bytes = whole_in<std::uint64_t>(v)};
           }},
    Column{"open_fds", [](const Process& p) { return maybe(p.reading.open_fds); },
           [](const Json& v, Process& p) { p.reading.open_fds = whole_in<std::uint64_t>(v); }},
    Column{"fd_limit", [](const Process& p) { return maybe(p.reading.fd_limit); },
           [](const Json& v, Process& p) { p.reading.fd_limit = whole_in<std::uint64_t>(v); }},
    Column{"cpu_cores", [](const Process& p) { return cores(p.cpu_cores); },
           [](const Json& v, Process& p) { p.cpu_cores = number_in(v); }},
    Column{"run_delay_cores", [](const Process& p) { return cores(p.run_delay_cores); },
           [](const Json& v, Process& p) { p.run_delay_cores = number_in(v); }},
};

/// The known column of each position; null for one we do not know.
std::vector<const Column*> columns_of(const ordered_json& names) {
  std::vector<const Column*> columns;
  for (const ordered_json& name : names) {
    columns.push_back(nullptr);
    for (const Column& known : kColumns) {
      if (name == known.name) columns.back() = &known;
    }
  }
  return columns;
}

const ordered_json& list_in(const ordered_json& table, const char* name) {
  const auto found = table.find(name);
  if (found == table.end() || !found->is_array()) refuse(std::string(name) + " is no list");
  return *found;
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

std::vector<ProcessSample> read_process_table(const ordered_json& table) {
  if (!table.is_object()) refuse(std::string("expected an object, found ") + table.type_name());
  const auto columns = columns_of(list_in(table, "columns"));
  const ordered_json& rows = list_in(table, "rows");
  std::vector<ProcessSample> processes(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const ordered_json& row = rows[i];
    if (!row.is_array() || row.size() != columns.size())
      refuse("a row is not as long as the columns");
    for (std::size_t c = 0; c < columns.size(); ++c) {
      if (columns[c] && !row[c].is_null()) columns[c]->read(row[c], processes[i]);
    }
  }
  return processes;
}

}  // namespace tierwatch

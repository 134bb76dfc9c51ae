// SPDX-License-Identifier: MIT
//
// A row struct's fields as columns of a table: the list of fields (snapshot_fields.h and its
// siblings) names, writes and reads them all in one order.
//
// A struct inside a row puts its name before its fields' (quota → quota_cores); one that may be
// absent is absent when its first column is NULL, so its first field must not be optional. Lists
// have tables of their own; of a list that may be absent, the row keeps the length (NULL: not
// known). Times are seconds, true is 1, words of an enumeration are text.
#pragma once

#include <array>
#include <chrono>
#include <cmath>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "exporters/recording/recording_database.h"
#include "exporters/json/verdict_fields.h"

namespace tierwatch {

struct RecordingColumn {
  std::string name;
  std::string_view type;  ///< "INTEGER", "REAL", "TEXT"
};

/// SQL reserves these words; a column so called would have to be quoted each time.
inline std::string column_name(const std::string& prefix, std::string_view field) {
  if (prefix.empty() && field == "for") return "waits_for";
  if (prefix.empty() && field == "limit") return "queue_limit";
  return prefix + std::string(field);
}

using RecordedWallTime = std::chrono::system_clock::time_point;

/// Microseconds, which a double holds until the year 2255.
inline double recorded_seconds(nanoseconds time) {
  const auto micros = std::chrono::floor<std::chrono::microseconds>(time);
  return static_cast<double>(micros.count()) / 1e6;
}
inline nanoseconds from_recorded_seconds(double seconds) {
  return std::chrono::microseconds(std::llround(seconds * 1e6));
}

/// Names and types.
class ColumnLister {
 public:
  template <typename T>
  void operator()(const char* name, const T& value) {
    add(column_name(prefix_, name), value);
  }

  std::vector<RecordingColumn> columns;

 private:
  void add(std::string name, const std::string&) { columns.push_back({std::move(name), "TEXT"}); }
  void add(std::string name, nanoseconds) { columns.push_back({std::move(name), "REAL"}); }
  void add(std::string name, RecordedWallTime) { columns.push_back({std::move(name), "REAL"}); }
  void add(std::string name, char) { columns.push_back({std::move(name), "TEXT"}); }
  template <typename T>
  requires std::is_arithmetic_v<T>
  void add(std::string name, T) {
    columns.push_back({std::move(name), std::is_floating_point_v<T> ? "REAL" : "INTEGER"});
  }
  template <typename T>
  requires std::is_enum_v<T>
  void add(std::string name, T) { columns.push_back({std::move(name), "TEXT"}); }
  template <typename T>
  void add(std::string, const std::vector<T>&) {}
  template <typename T>
  void add(std::string name, const std::optional<std::vector<T>>&) {
    columns.push_back({std::move(name), "INTEGER"});
  }
  template <typename T>
  void add(std::string name, const std::optional<T>&) {
    add(std::move(name), T{});
  }
  template <typename T>
  requires std::is_class_v<T>
  void add(std::string name, const T& value) {
    const std::string outer = std::exchange(prefix_, name + "_");
    fields(*this, value);
    prefix_ = outer;
  }

  std::string prefix_;
};

template <typename Row>
std::vector<RecordingColumn> columns_of() {
  ColumnLister lister;
  const Row row{};
  fields(lister, row);
  return std::move(lister.columns);
}

/// Binds a row's fields to the parameters of a statement, in order.
class RowBinder {
 public:
  explicit RowBinder(RecordingStatement& statement) : statement_(statement) {}

  template <typename T>
  void operator()(const char*, const T& value) {
    add(value);
  }

 private:
  void add(const std::string& text) { absent_ ? skip() : statement_.bind(next_++, text); }
  void add(nanoseconds time) { add(recorded_seconds(time)); }
  void add(RecordedWallTime time) { add(nanoseconds(time.time_since_epoch())); }
  void add(double number) { absent_ ? skip() : statement_.bind(next_++, number); }
  void add(char letter) {
    letter_ = letter;
    absent_ ? skip() : statement_.bind(next_++, std::string_view(&letter_, 1));
  }
  template <typename T>
  requires std::is_integral_v<T>
  void add(T number) {
    absent_ ? skip() : statement_.bind(next_++, static_cast<std::int64_t>(number));
  }
  template <typename T>
  requires std::is_enum_v<T>
  void add(T value) { absent_ ? skip() : statement_.bind(next_++, enum_name(value)); }
  template <typename T>
  void add(const std::vector<T>&) {}
  template <typename T>
  void add(const std::optional<std::vector<T>>& list) {
    list ? add(list->size()) : skip();
  }
  template <typename T>
  void add(const std::optional<T>& value) {
    if (value) return add(*value);
    const bool outer = std::exchange(absent_, true);
    add(T{});
    absent_ = outer;
  }
  template <typename T>
  requires std::is_class_v<T>
  void add(const T& value) { fields(*this, value); }
  void skip() { statement_.bind_null(next_++); }

  RecordingStatement& statement_;
  int next_ = 0;
  bool absent_ = false;
  char letter_ = 0;
};

/// Takes a row's fields from the columns of a statement's row, in order. NULL leaves a field as it
/// is by default.
class RowTaker {
 public:
  explicit RowTaker(const RecordingStatement& statement) : statement_(statement) {}

  template <typename T>
  void operator()(const char*, T& value) {
    take(value);
  }

 private:
  void take(std::string& text) { text = statement_.text(next_++); }
  void take(nanoseconds& time) { time = from_recorded_seconds(statement_.real(next_++)); }
  void take(RecordedWallTime& time) {
    time = RecordedWallTime(std::chrono::duration_cast<RecordedWallTime::duration>(
        from_recorded_seconds(statement_.real(next_++))));
  }
  void take(double& number) { number = statement_.real(next_++); }
  void take(bool& truth) { truth = statement_.integer(next_++) != 0; }
  void take(char& letter) {
    const std::string text = statement_.text(next_++);
    if (!text.empty()) letter = text.front();
  }
  template <typename T>
  requires std::is_integral_v<T>
  void take(T& number) { number = static_cast<T>(statement_.integer(next_++)); }
  template <typename T>
  requires std::is_enum_v<T>
  void take(T& value) { value = enum_value<T>(statement_.text(next_++)).value_or(value); }
  template <typename T>
  void take(std::vector<T>&) {}
  template <typename T>
  void take(std::optional<std::vector<T>>& list) {
    list.reset();
    if (!statement_.is_null(next_++)) list.emplace();
  }
  template <typename T>
  void take(std::optional<T>& value) {
    const bool present = !statement_.is_null(next_);
    take(value.emplace());
    if (!present) value.reset();
  }
  template <typename T>
  requires std::is_class_v<T>
  void take(T& value) { fields(*this, value); }

  const RecordingStatement& statement_;
  int next_ = 0;
};

}  // namespace tierwatch

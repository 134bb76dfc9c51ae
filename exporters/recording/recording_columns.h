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

#include <chrono>
#include <cmath>
#include <concepts>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "exporters/glyphs.h"
#include "exporters/json/enum_names.h"
#include "exporters/json/snapshot_fields.h"
#include "exporters/recording/recording_database.h"

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
inline RecordedWallTime recorded_wall_time(double seconds) {
  return RecordedWallTime(from_recorded_seconds(seconds));
}

/// How a field stands in a column: a text, a number, a whole number.
inline std::string_view stored(const std::string& text) { return text; }
inline std::string_view stored(const char& letter) { return {&letter, 1}; }
inline double stored(double number) { return number; }
inline double stored(nanoseconds time) { return recorded_seconds(time); }
inline double stored(RecordedWallTime time) { return recorded_seconds(time.time_since_epoch()); }
template <std::integral T>
std::int64_t stored(T number) {
  return static_cast<std::int64_t>(number);
}
template <typename T>
requires std::is_enum_v<T> std::string_view stored(T value) { return to_string(value); }

inline std::string_view column_type(std::string_view) { return "TEXT"; }
inline std::string_view column_type(double) { return "REAL"; }
inline std::string_view column_type(std::int64_t) { return "INTEGER"; }

/// What can be said of T: it is a column; a list; something that may be absent; else a struct.
template <typename T>
concept Column = requires(const T& value) {
  stored(value);
};
template <typename T>
concept List = requires(const T& value) {
  value.front();
}
&&!Column<T>;
template <typename T>
concept Optional = requires(const T& value) {
  value.has_value();
};

/// Calls `use(prefix, name, field, absent)` for each column of a row, in order; the field of one
/// that is absent is its default.
template <typename Use>
class ColumnWalk {
 public:
  explicit ColumnWalk(Use use) : use_(std::move(use)) {}

  template <typename T>
  void operator()(const char* name, const T& value) {
    if constexpr (Column<T>) {
      use_(prefix_, name, value, absent_);
    } else if constexpr (Optional<T>) {
      const bool outer = std::exchange(absent_, absent_ || !value);
      if (value)
        present(name, *value);
      else
        present(name, typename T::value_type{});
      absent_ = outer;
    } else if constexpr (!List<T>) {
      const std::size_t outer = prefix_.size();
      prefix_.append(name).append("_");
      fields(*this, value);
      prefix_.resize(outer);
    }
  }

 private:
  template <typename T>
  void present(const char* name, const T& value) {
    if constexpr (List<T>)
      use_(prefix_, name, value.size(), absent_);
    else
      (*this)(name, value);
  }

  Use use_;
  std::string prefix_;
  bool absent_ = false;
};

/// Names and types.
template <typename Row>
std::vector<RecordingColumn> columns_of() {
  std::vector<RecordingColumn> columns;
  ColumnWalk walk([&](const std::string& prefix, const char* name, const auto& field, bool) {
    columns.push_back({column_name(prefix, name), column_type(stored(field))});
  });
  const Row row{};
  fields(walk, row);
  return columns;
}

/// Binds a row's fields to the parameters of a statement, and runs it.
template <typename Row>
void run_with(RecordingStatement& statement, const Row& row) {
  int next = 0;
  ColumnWalk walk([&](const std::string&, const char*, const auto& field, bool absent) {
    absent ? statement.bind_null(next) : statement.bind(next, stored(field));
    ++next;
  });
  fields(walk, row);
  statement.run();
}

/// Takes a row's fields from the columns of a statement's row, in order. NULL leaves a field as it
/// is by default.
class RowTaker {
 public:
  explicit RowTaker(const RecordingStatement& statement) : statement_(statement) {}

  template <typename T>
  void operator()(const char*, T& value) {
    if constexpr (Column<T>) {
      take(value);
    } else if constexpr (Optional<T>) {
      const bool present = !statement_.is_null(next_);
      value.emplace();
      if constexpr (List<typename T::value_type>)
        ++next_;
      else
        (*this)("", *value);
      if (!present) value.reset();
    } else if constexpr (!List<T>) {
      fields(*this, value);
    }
  }

 private:
  void take(std::string& text) { text = statement_.text(next_++); }
  void take(nanoseconds& time) { time = from_recorded_seconds(statement_.real(next_++)); }
  void take(RecordedWallTime& time) { time = recorded_wall_time(statement_.real(next_++)); }
  void take(double& number) { number = statement_.real(next_++); }
  void take(char& letter) {
    const std::string text = statement_.text(next_++);
    if (!text.empty()) letter = text.front();
  }
  template <std::integral T>
  void take(T& number) {
    if (!statement_.is_null(next_)) number = static_cast<T>(statement_.integer(next_));
    ++next_;
  }
  template <typename T>
  requires std::is_enum_v<T>
  void take(T& value) { value = enum_value<T>(statement_.text(next_++)).value_or(value); }

  const RecordingStatement& statement_;
  int next_ = 0;
};

/// The row that a statement stands at.
template <typename Row>
Row row_at(const RecordingStatement& statement) {
  Row row;
  RowTaker taker(statement);
  fields(taker, row);
  return row;
}

}  // namespace tierwatch

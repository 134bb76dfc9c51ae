// SPDX-License-Identifier: MIT
//
// JSON from lists of fields (field_lists.h): the only includer of nlohmann-json in exporters. Times
// are seconds, values of enumerations their words; a field that is absent is left out.
#pragma once

#include <chrono>
#include <concepts>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "collectors/seconds.h"
#include "exporters/json/enum_names.h"

namespace tierwatch {

using Json = nlohmann::ordered_json;

/// Whole and broken seconds apart: their nanoseconds together are more than a double holds.
inline double json_seconds(nanoseconds time) {
  const auto whole = std::chrono::floor<std::chrono::seconds>(time);
  return static_cast<double>(whole.count()) + static_cast<double>((time - whole).count()) / 1e9;
}

/// Names of processes may be any bytes; JSON is UTF-8, so others become U+FFFD.
inline std::string json_text(const Json& document, int indent) {
  return document.dump(indent, ' ', false, Json::error_handler_t::replace);
}

/// Puts fields into an object, in the order of the list.
class JsonWriter {
 public:
  /// In reports empty texts are left out, and times of day are cut to the microsecond.
  enum class Style { kSnapshot, kReport };

  explicit JsonWriter(Style style = Style::kSnapshot) : style_(style) {}

  template <typename T>
  void operator()(const char* name, const T& value) {
    Json written = json(value);
    if (style_ == Style::kSnapshot || written != "") object_[name] = std::move(written);
  }
  template <typename T>
  void operator()(const char* name, const std::optional<T>& value) {
    if (value) (*this)(name, *value);
  }
  /// Absent is said: null.
  template <typename T>
  void nullable(const char* name, const std::optional<T>& value) {
    object_[name] = json(value);
  }
  void put(const char* name, Json value) { object_[name] = std::move(value); }
  /// An object that `fill` fills.
  template <std::invocable<JsonWriter&> Fill>
  void object(const char* name, Fill fill) {
    JsonWriter inner(style_);
    fill(inner);
    put(name, inner.take());
  }

  Json take() { return std::move(object_); }

 private:
  static Json json(const char* text) { return text; }
  static Json json(const std::string& text) { return text; }
  static Json json(std::string_view text) { return text; }
  static Json json(char letter) { return std::string(1, letter); }
  static Json json(nanoseconds time) { return json_seconds(time); }
  Json json(std::chrono::system_clock::time_point time) const {
    if (style_ == Style::kReport) time = std::chrono::floor<std::chrono::microseconds>(time);
    return json_seconds(time.time_since_epoch());
  }
  static Json json(CpuTimes::Time time) { return seconds_of(time); }
  template <typename T>
  requires std::is_arithmetic_v<T>
  static Json json(T number) { return number; }
  template <typename T>
  requires std::is_enum_v<T>
  static Json json(T value) { return to_string(value); }
  template <typename T>
  Json json(const std::optional<T>& value) const {
    return value ? json(*value) : Json(nullptr);
  }
  template <typename T>
  Json json(const std::vector<T>& list) const {
    Json array = Json::array();
    for (const T& item : list) array.push_back(json(item));
    return array;
  }
  template <typename T>
  requires std::is_class_v<T> Json json(const T& value)
  const {
    JsonWriter inner(style_);
    fields(inner, value);
    return inner.take();
  }

  Json object_ = Json::object();
  Style style_;
};

}  // namespace tierwatch

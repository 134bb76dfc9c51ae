// SPDX-License-Identifier: MIT
//
// Objects put together field by field; a value that is absent leaves no field.
#pragma once

#include <chrono>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>

#include "analysis/stats/estimate.h"
#include "analysis/resource.h"

namespace tierwatch {

using ReportJson = nlohmann::ordered_json;

/// Seconds since the epoch, to the microsecond that a double still holds.
inline double epoch_seconds(std::chrono::system_clock::time_point at) {
  return static_cast<double>(
             std::chrono::floor<std::chrono::microseconds>(at.time_since_epoch()).count()) /
         1e6;
}

/// JSON has no infinity and no NaN: these are unknown, too.
inline ReportJson json_number(double value) {
  return std::isfinite(value) ? ReportJson(value) : ReportJson(nullptr);
}

class JsonObject {
 public:
  JsonObject& put(const char* name, ReportJson value) {
    object_[name] = std::move(value);
    return *this;
  }
  JsonObject& number(const char* name, double value) { return put(name, json_number(value)); }
  JsonObject& number(const char* name, const std::optional<double>& value) {
    return value ? number(name, *value) : *this;
  }
  JsonObject& estimate(const char* name, const Estimate& value) {
    return put(name, {{"value", json_number(value.value)},
                      {"low", json_number(value.low)},
                      {"high", json_number(value.high)}});
  }
  JsonObject& words(const char* name, std::string_view text) {
    return text.empty() ? *this : put(name, text);
  }
  /// A list, made item by item.
  template <typename List, typename ToJson>
  JsonObject& list(const char* name, const List& items, ToJson to_json) {
    ReportJson array = ReportJson::array();
    for (const auto& item : items) array.push_back(to_json(item));
    return put(name, std::move(array));
  }
  ReportJson take() { return std::move(object_); }

 private:
  ReportJson object_ = ReportJson::object();
};

inline ReportJson json_of(const TierResource& what) {
  return {{"tier", what.tier}, {"resource", to_string(what.resource)}};
}

/// Written out; bytes that are not UTF-8 become U+FFFD.
inline std::string json_text(const ReportJson& document, int indent) {
  return document.dump(indent, ' ', false, ReportJson::error_handler_t::replace);
}

}  // namespace tierwatch

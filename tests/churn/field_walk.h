// SPDX-License-Identifier: MIT
//
// Every number of a snapshot, by the same lists that JSON is made of.
#pragma once

#include <cmath>
#include <string>

#include "exporters/json/enum_names.h"
#include "exporters/json/snapshot_fields.h"

namespace tierwatch {

/// Finds the first number that is not finite, or is negative: none of a snapshot may be.
class FieldWalk {
 public:
  template <typename T>
  void operator()(const char* name, const T& value) {
    const std::size_t length = path_.size();
    path_ += std::string("/") + name;
    visit(value);
    path_.resize(length);
  }

  template <typename T>
  void nullable(const char* name, const T& value) {
    (*this)(name, value);
  }

  /// Its path, with the value; empty: there is none.
  const std::string& senseless() const { return senseless_; }

 private:
  template <typename T>
  requires std::is_arithmetic_v<T>
  void visit(T number) {
    if constexpr (std::is_signed_v<T> && !std::is_same_v<T, char>)
      if ((!std::isfinite(static_cast<double>(number)) || number < 0) && senseless_.empty())
        senseless_ = path_ + " = " + std::to_string(number);
  }
  template <typename T>
  requires std::is_enum_v<T>
  void visit(T) {}
  template <typename Rep, typename Period>
  void visit(std::chrono::duration<Rep, Period> time) {
    visit(time.count());
  }
  void visit(std::chrono::system_clock::time_point) {}
  void visit(const std::string&) {}
  template <typename T>
  void visit(const std::optional<T>& value) {
    if (value) visit(*value);
  }
  template <typename T>
  void visit(const std::vector<T>& list) {
    for (const T& one : list) visit(one);
  }
  template <typename T>
  requires std::is_class_v<T>
  void visit(const T& value) { fields(*this, value); }

  std::string path_, senseless_;
};

}  // namespace tierwatch

// SPDX-License-Identifier: MIT
//
// One line of an access log, by the format that the server was given. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tierwatch {

/// Of a finished request what its line says; the texts point into the line.
struct LoggedRequest {
  std::string_view method;  ///< empty: not known
  std::string_view target;  ///< "/order/7?x=1"; empty: not known
  std::optional<unsigned> status;
  std::optional<std::chrono::nanoseconds> time;      ///< $request_time
  std::optional<std::chrono::nanoseconds> upstream;  ///< $upstream_response_time, of all attempts
};

/// A value. What stands between two variables must not be empty: else where the first ends is not
/// known.
class LogFormat {
 public:
  /// Absent, with the reason in words, when lines of this format cannot be read.
  static std::optional<LogFormat> parse(std::string_view format, std::string& why);

  /// False when the line is none of this format.
  bool read(std::string_view line, LoggedRequest& request) const;

  bool has_time() const { return has_time_; }
  bool has_upstream() const { return has_upstream_; }

 private:
  enum class Field : std::uint8_t {
    kOther,
    kRequest,
    kMethod,
    kTarget,
    kStatus,
    kTime,
    kUpstream,
  };
  /// A variable, and what comes behind it up to the next one.
  struct Piece {
    Field field = Field::kOther;
    std::string behind;
  };

  static Field field_of(std::string_view name);
  static void take(Field field, std::string_view value, LoggedRequest& request);

  std::string before_;
  std::vector<Piece> pieces_;
  bool has_time_ = false, has_upstream_ = false;
};

/// "0.012"; absent when it is no such number. Seconds with up to nine digits behind the point.
std::optional<std::chrono::nanoseconds> logged_seconds(std::string_view text);

}  // namespace tierwatch

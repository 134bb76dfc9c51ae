// SPDX-License-Identifier: MIT
//
// What a server tells of its requests.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>

namespace tierwatch {

/// Why a request was refused by who asked.
enum class AuthFailure : std::uint8_t { kNoPassword, kWrongPassword, kTooMany, kCertificate };
inline constexpr std::size_t kAuthFailures = 4;

/// The `reason` label of tierwatch_http_authentication_failures_total.
constexpr std::string_view to_string(AuthFailure failure) {
  constexpr std::array<std::string_view, kAuthFailures> kNames = {"no_password", "wrong_password",
                                                                  "too_many", "certificate"};
  return kNames[static_cast<std::size_t>(failure)];
}

/// Called by the threads of a server. None may throw.
struct WebEvents {
  /// `handler` is the path of the page, "other" where there is none.
  std::function<void(std::string_view handler, int status)> answered;
  std::function<void(AuthFailure)> refused;
};

}  // namespace tierwatch

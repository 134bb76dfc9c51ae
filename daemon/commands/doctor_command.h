// SPDX-License-Identifier: MIT
//
// `tierwatch doctor`: what can be read here as this user, what cannot and how to fix it; whether
// the daemon of this machine runs, is fresh and keeps a history.
#pragma once

#include <filesystem>
#include <iosfwd>
#include <optional>

namespace tierwatch {

struct DoctorOptions {
  std::optional<std::filesystem::path> config;
  bool json = false;
};

/// 0 nothing is missing that matters, 1 something is, 2 the machine could not be looked at (why
/// goes to `errors`). A configuration that is named and cannot be used is a ConfigError; the one of
/// the machine is a finding.
int run_doctor(const DoctorOptions& options, std::ostream& out, std::ostream& errors);

}  // namespace tierwatch

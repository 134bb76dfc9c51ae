// SPDX-License-Identifier: MIT
//
// `tierwatch check-config [FILE]`: can this file be used? Starts nothing, touches nothing.
#pragma once

#include <filesystem>
#include <iosfwd>
#include <optional>

namespace tierwatch {

struct CheckConfigOptions {
  std::optional<std::filesystem::path> file;        ///< absent: the default file
  std::optional<std::filesystem::path> web_config;  ///< of `daemon --web.config.file`
};

/// Without a file the default one is checked; that it does not exist is well, too. Writes
/// `FILE: OK (2 tiers: nginx uwsgi)` to `out` and returns 0, or all that is wrong to
/// `errors`, a line each, and returns 2.
int run_check_config(const CheckConfigOptions& options, std::ostream& out, std::ostream& errors);

}  // namespace tierwatch

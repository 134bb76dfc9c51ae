// SPDX-License-Identifier: MIT
//
// Where a uWSGI tells of its requests in progress, out of its command line and its ini files. Pure.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace tierwatch {

/// The text of a file that the command line names; absent when it cannot be read.
using UwsgiFiles = std::function<std::optional<std::string>(const std::string& path)>;

/// The value of `stats` ("/run/app.stats", "127.0.0.1:9191"): the last that is set. Absent where
/// none is, or it holds a placeholder. `title` is the command line, with blanks between its words.
std::optional<std::string> uwsgi_stats_address(std::string_view title, const UwsgiFiles& read);

}  // namespace tierwatch

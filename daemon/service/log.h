// SPDX-License-Identifier: MIT
//
// What is told on stderr (spdlog's only includer is log.cpp): with time and level in a terminal,
// with a syslog priority and no time under systemd, whose journal knows the time itself.
#pragma once

#include <string_view>

namespace tierwatch {

enum class LogLevel { kTrace, kDebug, kInfo, kWarn, kError };

/// Sets the level by its name ("trace", "debug", "info", "warn", "error"; others leave it as it is)
/// and the form by the environment (JOURNAL_STREAM, see systemd.exec(5)). May be called again, e.g.
/// at a reload.
void set_up_log(std::string_view level);

/// Thread-safe. `message` is one line; bytes that a terminal would obey are escaped.
void log(LogLevel level, std::string_view message);

inline void log_debug(std::string_view message) { log(LogLevel::kDebug, message); }
/// Each line of a text of several for itself, as of all errors in a configuration file.
void log_lines(LogLevel level, std::string_view text);

inline void log_info(std::string_view message) { log(LogLevel::kInfo, message); }
inline void log_warn(std::string_view message) { log(LogLevel::kWarn, message); }
inline void log_error(std::string_view message) { log(LogLevel::kError, message); }

}  // namespace tierwatch

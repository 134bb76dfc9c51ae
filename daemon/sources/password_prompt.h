// SPDX-License-Identifier: MIT
//
// Asks whoever sits at the terminal, without showing what is typed.
#pragma once

#include <optional>
#include <string>

namespace tierwatch {

/// Absent when there is no controlling terminal (/dev/tty, tty(4)), or nothing was typed. The
/// terminal's echo is as before afterwards, also when a signal ends the program while it waits.
std::optional<std::string> ask_password(const std::string& prompt);

}  // namespace tierwatch

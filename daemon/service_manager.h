// SPDX-License-Identifier: MIT
//
// What systemd wants to hear (libsystemd's only includer is service_manager.cpp). Without systemd
// every call does nothing.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace tierwatch {

/// READY=1 with a status line; also ends a reload.
void tell_ready(std::string_view status);
/// RELOADING=1 and the time, see sd_notify(3).
void tell_reloading();
void tell_stopping();
/// Feeds the watchdog; to be called at each tick.
void tell_alive();

}  // namespace tierwatch

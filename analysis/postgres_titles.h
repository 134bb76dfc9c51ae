// SPDX-License-Identifier: MIT
//
// What a Postgres backend's title says it is doing (ps_status.c, set_ps_display()). Pure.
#pragma once

#include <cstdint>
#include <string_view>

namespace tierwatch {

enum class BackendState : std::uint8_t {
  kStarting,           ///< "initializing", "authentication", "startup", or no title of its own yet
  kIdle,               ///< "idle"
  kIdleInTransaction,  ///< "idle in transaction", also "(aborted)"
  kActive,             ///< a command: "SELECT", "COPY", "BIND"
  kWaiting,            ///< a command and "waiting": for a heavyweight lock
  kSilent,             ///< nothing after the client: between two commands, or it never tells
};

/// Of "postgres: 15/main: shop shopdb 127.0.0.1(45678) UPDATE waiting" and the like.
BackendState backend_state(std::string_view title);

}  // namespace tierwatch

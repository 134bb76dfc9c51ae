// SPDX-License-Identifier: MIT
//
// The settings of one server, out of the files it has read itself when it started.
#pragma once

#include <string>

#include "collectors/parse/foreign_file.h"
#include "collectors/reading.h"

namespace tierwatch {

/// What a server tells of itself: any of it may be a lie.
struct ServerProcess {
  ProcessId id;
  std::string preset;  ///< of its tier
  std::string title;
};

/// Absent is what its files do not say, or what could not be read in full. May block: see
/// ForeignFiles. `tier` is left to the caller.
ServerSettingsReading read_server_settings(const ProcFs& files, const ServerProcess& server);

}  // namespace tierwatch

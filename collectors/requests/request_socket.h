// SPDX-License-Identifier: MIT
//
// Requests in progress, by a server that tells of them to whoever connects (uWSGI's stats server:
// one JSON document).
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "collectors/parse/proc_fs.h"
#include "collectors/process_reading.h"

namespace tierwatch {

struct RequestInProgress {
  pid_t pid = 0;                              ///< of the worker, as it calls itself
  std::string endpoint;                       ///< "GET /order/<n>"; "": the server does not say
  std::optional<std::chrono::seconds> begun;  ///< since the epoch, by the server's clock
};

/// What one answer says. Absent when it is no such document. Of the variables of a request the
/// method and the path alone are kept, and the path as a kind of page. Pure.
std::optional<std::vector<RequestInProgress>> requests_in_progress(std::string_view json);

/// Asks once. A path is one of the process' own root, and who listens there must be of its user;
/// "HOST:PORT" must be a number of this machine's ("127.0.0.1", "::1" or empty), in our network.
/// Absent, with the reason in words, when nothing came within half a second, or no more than 4 MiB.
std::optional<std::string> ask_request_socket(const ProcFs& files, pid_t pid, uid_t user,
                                              const std::string& address, std::string& why);

}  // namespace tierwatch

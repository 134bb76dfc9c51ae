// SPDX-License-Identifier: MIT
//
// Snapshots of a running daemon, asked for over its Unix socket or by URL.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "daemon/feeds/top_feed.h"

namespace tierwatch {

/// Where the daemon listens by itself (config.h: WebConfig).
inline constexpr const char* kDaemonSocket = "/run/tierwatch/tierwatch.sock";
inline constexpr const char* kDaemonUrl = "http://127.0.0.1:9718";
inline constexpr std::uint16_t kDaemonPort = 9718;

struct RemoteOptions {
  std::string unix_socket;  ///< empty: by URL
  std::string url;          ///< http(s)://[user@]host[:port]
  std::string ca_file;
  bool insecure = false;  ///< any certificate will do
  /// Of the URL's user; absent: of ~/.netrc.
  std::optional<std::string> password;
  /// Nobody asked for this URL by name: ~/.netrc is not looked at, and who answers is not believed
  /// if he is a stranger (port_owner.h).
  bool anonymous = false;
};

/// Throws nothing yet when nobody answers: the first sample() tells.
std::unique_ptr<TopFeed> make_remote_feed(const RemoteOptions& options);

/// The user that a URL names; empty when it names none. "%40" is "@".
std::string user_of(const std::string& url);

/// Whether the daemon answers that it wants (another) user and password. Asks it.
bool wants_password(const RemoteOptions& options);

/// What is wrong with a URL of a daemon; empty when nothing is.
std::string url_problem(const std::string& url);

}  // namespace tierwatch

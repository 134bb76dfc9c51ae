// SPDX-License-Identifier: MIT
//
// GET and POST over a Unix socket, http or https (http_fetcher.cpp is libcurl's only includer).
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>

namespace tierwatch {

struct HttpFetcherOptions {
  std::string unix_socket;  ///< empty: TCP, as the URL says
  std::string base_url;     ///< "http://host:9718", "https://user:password@host"; no "/" at its end
  std::string ca_file;      ///< certificates to trust instead of the system's
  bool insecure = false;    ///< any certificate will do
  std::string user;         ///< empty: of the URL, or of ~/.netrc
  std::string password;     ///< of `user`
  bool anonymous = false;   ///< ~/.netrc is not looked at
  std::chrono::milliseconds connect_timeout{2000}, timeout{5000};
};

struct Fetched {
  int status = 0;  ///< of HTTP; 0 when there was no answer
  std::string body;
  std::string problem;                 ///< why there was none: "Connection refused"
  bool nobody_there = false;           ///< it was refused, or there is no such socket
  std::chrono::seconds retry_after{};  ///< what the answer asks for; 0: nothing
};

/// One connection, kept open between requests. Not thread-safe but for cancel(). A password is
/// taken from the URL or from ~/.netrc. Redirects are not followed: a password goes where it was
/// meant to. Unix sockets and loopback addresses are reached past every proxy of the environment,
/// and the "default" entry of ~/.netrc does not count for them.
class HttpFetcher {
 public:
  /// Throws std::runtime_error when libcurl cannot be used.
  explicit HttpFetcher(HttpFetcherOptions options);
  ~HttpFetcher();
  HttpFetcher(const HttpFetcher&) = delete;
  HttpFetcher& operator=(const HttpFetcher&) = delete;

  /// `path` begins with "/". Throws nothing.
  Fetched get(const std::string& path);

  /// `path` may be empty: then the base URL is whole.
  Fetched post(const std::string& path, const std::string& body,
               const std::map<std::string, std::string>& headers);

  /// A get() or post() that is under way ends within a second, all later ones at once. From any
  /// thread.
  void cancel();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// The user that a URL names; empty when it names none. "%40" is "@".
std::string user_in(const std::string& url);

/// A URL without user and password, to be shown.
std::string without_password(const std::string& url);

}  // namespace tierwatch

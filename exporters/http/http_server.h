// SPDX-License-Identifier: MIT
//
// HTTP over TCP and Unix sockets by libmicrohttpd on epoll (http_server.cpp is its only includer).
// Knows nothing of what it serves: routes are functions from a request to a response.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tierwatch {

struct HttpRequest {
  std::string method;
  std::string path;
  std::map<std::string, std::string> query;
  /// Came over a Unix socket; or from a loopback address, to a loopback host name, and not through
  /// a proxy: a reverse proxy on this machine, or a web page that rebinds its name, carries
  /// requests of strangers.
  bool local = false;
  bool authenticated = false;  ///< a user's password came with it
};

struct HttpResponse {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;
};

using HttpHandler = std::function<HttpResponse(const HttpRequest&)>;

struct HttpServerOptions {
  /// "127.0.0.1:9718", ":9718" (every address, IPv6 and IPv4), "[::1]:9718",
  /// "unix:/run/tierwatch/tierwatch.sock".
  std::vector<std::string> listen_addresses;
  unsigned max_connections = 1024;  ///< of each address; further ones are closed at once
  /// Of silence; a half-sent request is dropped after it.
  unsigned connection_timeout_seconds = 10;
  /// PEM: then TCP addresses speak TLS 1.2 and 1.3 only. Both or none.
  std::string tls_certificate, tls_key;
  /// Name to password hash (exporters/http/password_book.h): then every request over TCP needs one of
  /// them. Unix sockets never do: their files have permissions.
  std::map<std::string, std::string> users;
  bool operator==(const HttpServerOptions&) const = default;
};

/// Called by the threads of a server with what a handler threw.
using HttpFault = std::function<void(const std::string&)>;

/// Serves from construction to destruction, each address from a thread of its own: who exhausts one
/// does not block the others. Handlers may run on several threads at once; one that throws is
/// answered with status 500 and reported.
/// Answers GET and HEAD only; compresses bodies over 1 kB with gzip when the client accepts it.
class HttpServer {
 public:
  /// Throws std::runtime_error with one line naming the address and the reason when an address
  /// cannot be bound: `cannot listen on 127.0.0.1:9718: address already in use (is another
  /// tierwatch running?)`. Unix sockets get mode 0660; a stale socket file is replaced when nobody
  /// answers there.
  /// `predecessor` goes on serving, and is to be destroyed next: sockets of addresses that both
  /// serve are shared, so that no connection is refused meanwhile, and its other addresses may
  /// overlap with new ones. When this throws the predecessor is as it was.
  HttpServer(HttpServerOptions options, std::map<std::string, HttpHandler> routes,
             HttpFault on_fault = {}, const HttpServer* predecessor = nullptr);
  /// Closes open connections, waits for handlers that run, removes the files of Unix sockets.
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  /// The addresses actually bound, with real ports ("127.0.0.1:43211" when port 0 was asked for).
  std::vector<std::string> bound_addresses() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tierwatch

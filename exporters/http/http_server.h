// SPDX-License-Identifier: MIT
//
// HTTP over TCP and Unix sockets by libmicrohttpd on epoll (http_server.cpp is its only includer).
// Knows nothing of what it serves: routes are functions from a request to a response.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "exporters/http/listening_socket.h"
#include "exporters/web_events.h"

namespace tierwatch {

struct HttpRequest {
  std::string method;
  std::string path;
  std::map<std::string, std::string> query;
  /// Came over a Unix socket; or from a loopback address, to a loopback host name, and not through
  /// a proxy: a reverse proxy on this machine, or a web page that rebinds its name, carries
  /// requests of strangers.
  bool local = false;
  bool authenticated = false;  ///< with a user's password or a client's certificate that holds
  std::string accept{};        ///< the header of that name; empty: it is not there
};

struct HttpResponse {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;
  /// What a page may load; empty: nothing at all.
  std::string content_security_policy{};
};

using HttpHandler = std::function<HttpResponse(const HttpRequest&)>;

struct HttpServerOptions {
  /// "127.0.0.1:9718", ":9718" (every address, IPv6 and IPv4), "[::1]:9718",
  /// "unix:/run/tierwatch/tierwatch.sock"; of a socket that was passed, passed_address().
  std::vector<std::string> listen_addresses;
  /// Of the Unix sockets among them that are made here.
  SocketAccess socket_access{};
  /// Of each address. Beyond them, who has sent no whole request goes for who comes; when all are
  /// being answered, who comes is closed at once.
  unsigned max_connections = 1024;
  /// Of one host elsewhere (client_network()): when it has them, the next one drops one of its own.
  /// Clients of this machine and of Unix sockets share an address, and have no such limit.
  unsigned max_connections_of_one = 256;
  /// Of all bodies that clients have not read yet. Long ones beyond it are refused with status 503.
  std::size_t body_room_bytes = 64 << 20;
  /// Of silence; and for a whole request from the connection on or the answer before it, however
  /// little by little it comes (looked at when somebody connects, and by drop_late()).
  unsigned connection_timeout_seconds = 10;
  /// PEM: then TCP addresses speak TLS 1.2 and 1.3 only. Both or none.
  std::string tls_certificate, tls_key;
  /// GnuTLS' priorities: versions, cipher suites, curves. By default what browsers and Prometheus
  /// still speak, and nothing older.
  std::string tls_priorities = "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2";
  /// PEM, of those who sign the certificates of clients: these are asked for one, and what does not
  /// hold is refused. Empty: nobody is asked.
  std::string client_ca;
  bool client_certificate_required = false;  ///< who shows none is refused, too
  /// Name to password hash (exporters/http/password_book.h): then every request over TCP needs one
  /// of them. Unix sockets never do: their files have permissions.
  std::map<std::string, std::string> users;
  /// Added to every answer, in place of our own of the same name.
  std::map<std::string, std::string> headers;
  bool operator==(const HttpServerOptions&) const = default;
};

/// Called by the threads of a server with what a handler threw, and when connections are dropped.
using HttpFault = std::function<void(const std::string&)>;

/// Serves from construction to destruction, each address from a thread of its own: who exhausts one
/// does not block the others. Handlers may run on several threads at once; one that throws is
/// answered with status 500 and reported.
/// Answers GET and HEAD only; compresses bodies over 1 kB with gzip when the client accepts it. Who
/// is sent the same text shares it, in both forms.
class HttpServer {
 public:
  /// Throws std::runtime_error with one line naming the address and the reason when an address
  /// cannot be bound: `cannot listen on 127.0.0.1:9718: address already in use (is another
  /// tierwatch running?)`. A stale socket file is replaced when nobody answers there.
  /// `predecessor` goes on serving, and is to be retired or destroyed next: sockets of addresses
  /// that both serve are shared, so that no connection is refused meanwhile, and its other
  /// addresses may overlap with new ones. When this throws the predecessor is as it was.
  HttpServer(HttpServerOptions options, std::map<std::string, HttpHandler> routes,
             HttpFault on_fault = {}, const HttpServer* predecessor = nullptr,
             WebEvents events = {});
  /// Closes open connections, waits for handlers that run, removes the files of Unix sockets.
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  /// Leaves what comes to the successor, and answers who is connected: each with its last answer,
  /// so that nobody is cut off in the middle. Addresses that the successor does not serve are let
  /// go at once. To be destroyed when clients have had time enough.
  void retire();

  /// Drops clients whose request takes too long to come. To be called now and then; cheap.
  void drop_late();

  /// The addresses actually bound, with real ports ("127.0.0.1:43211" when port 0 was asked for).
  std::vector<std::string> bound_addresses() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tierwatch

// SPDX-License-Identifier: MIT
//
// A client that sends exactly what a test says, also half of it, over TCP on loopback or a Unix
// socket.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>
#include <stdexcept>
#include <string>

#include "collectors/parse/proc_fs.h"

namespace tierwatch {

class HttpClient {
 public:
  /// `address` as HttpServer::bound_addresses() tells it. Throws std::runtime_error when nobody
  /// accepts.
  explicit HttpClient(const std::string& address) {
    address.starts_with("unix:") ? connect_unix(address.substr(5)) : connect_tcp(address);
  }

  HttpClient& send(const std::string& text) {
    if (::send(fd_.get(), text.data(), text.size(), MSG_NOSIGNAL) !=
        static_cast<ssize_t>(text.size())) {
      throw std::runtime_error("send: " + std::string(std::strerror(errno)));
    }
    return *this;
  }

  /// All that comes until the server closes; waits at most `seconds` in silence, and throws after
  /// them.
  std::string read_to_end(int seconds = 20) {
    std::string all;
    char buffer[4096];
    for (;;) {
      pollfd ready{.fd = fd_.get(), .events = POLLIN, .revents = 0};
      if (poll(&ready, 1, seconds * 1000) == 0)
        throw std::runtime_error("the server does not close");
      const ssize_t got = recv(fd_.get(), buffer, sizeof buffer, 0);
      if (got <= 0) return all;
      all.append(buffer, static_cast<std::size_t>(got));
    }
  }

  /// Reads until `end` has come.
  std::string read_until(const std::string& end) {
    std::string all;
    char byte = 0;
    while (!all.ends_with(end) && recv(fd_.get(), &byte, 1, 0) == 1) all += byte;
    return all;
  }

 private:
  void connect_tcp(const std::string& address) {
    const auto colon = address.rfind(':');
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_port = htons(static_cast<std::uint16_t>(std::stoi(address.substr(colon + 1))));
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connect(AF_INET, reinterpret_cast<const sockaddr*>(&where), sizeof where);
  }
  void connect_unix(const std::string& path) {
    sockaddr_un where{};
    where.sun_family = AF_UNIX;
    path.copy(where.sun_path, sizeof where.sun_path - 1);
    connect(AF_UNIX, reinterpret_cast<const sockaddr*>(&where), sizeof where);
  }
  void connect(int family, const sockaddr* where, socklen_t size) {
    fd_ = FileDescriptor(socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (::connect(fd_.get(), where, size) != 0) throw std::runtime_error(std::strerror(errno));
  }

  FileDescriptor fd_;
};

/// One request with `Connection: close` and the given further header lines (each ending in \r\n);
/// the whole answer.
inline std::string http_request(const std::string& address, const std::string& request_line,
                                const std::string& headers = "Host: localhost\r\n") {
  HttpClient client(address);
  client.send(request_line + " HTTP/1.1\r\nConnection: close\r\n" + headers + "\r\n");
  return client.read_to_end();
}

inline std::string body_of(const std::string& answer) {
  const auto end = answer.find("\r\n\r\n");
  return end == std::string::npos ? std::string() : answer.substr(end + 4);
}

}  // namespace tierwatch

// SPDX-License-Identifier: MIT
//
// Takes what is posted over HTTP, and answers as a test says.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "collectors/parse/proc_fs.h"

namespace tierwatch {

class PushReceiver {
 public:
  struct Request {
    std::string head, body;
    int status = 0;
  };

  /// Statuses in their order, the last again and again; 0 never answers.
  explicit PushReceiver(std::vector<int> statuses) : statuses_(std::move(statuses)) {
    listener_ = FileDescriptor(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    address_.sin_family = AF_INET;
    address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address_;
    auto* generic = reinterpret_cast<sockaddr*>(&address_);
    if (bind(listener_.get(), generic, size) != 0 || listen(listener_.get(), 8) != 0 ||
        getsockname(listener_.get(), generic, &size) != 0)
      throw std::runtime_error("no socket to receive at");
    thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
  }

  std::string url() const {
    return "http://127.0.0.1:" + std::to_string(ntohs(address_.sin_port)) + "/v1/metrics";
  }

  std::vector<Request> requests() {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

  void wait_for_request() {
    std::unique_lock lock(mutex_);
    news_.wait(lock, [this] { return !requests_.empty(); });
  }

 private:
  static bool readable(int fd) {
    pollfd one{.fd = fd, .events = POLLIN, .revents = 0};
    return poll(&one, 1, 20) == 1;
  }

  void run(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      if (!readable(listener_.get())) continue;
      const FileDescriptor client(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      std::string text;
      while (!stop.stop_requested() && talk(client.get(), text)) {
      }
    }
  }

  /// False: the client has gone.
  bool talk(int client, std::string& text) {
    if (!readable(client)) return true;
    char buffer[1 << 16];
    const ssize_t got = recv(client, buffer, sizeof buffer, 0);
    if (got <= 0) return false;
    text.append(buffer, static_cast<std::size_t>(got));
    const auto end = text.find("\r\n\r\n");
    const auto length = text.find("Content-Length: ");
    if (end == std::string::npos || length == std::string::npos) return true;
    const std::size_t body = std::stoul(text.substr(length + 16));
    if (text.size() < end + 4 + body) return true;
    take({text.substr(0, end + 2), text.substr(end + 4, body), 0}, client);
    text.clear();
    return true;
  }

  void take(Request request, int client) {
    {
      const std::lock_guard lock(mutex_);
      request.status = statuses_[std::min(requests_.size(), statuses_.size() - 1)];
      requests_.push_back(request);
    }
    news_.notify_all();
    if (request.status == 0) return;
    const std::string answer =
        "HTTP/1.1 " + std::to_string(request.status) + " x\r\nContent-Length: 2\r\n\r\nno";
    (void)!send(client, answer.data(), answer.size(), MSG_NOSIGNAL);
  }

  std::vector<int> statuses_;
  FileDescriptor listener_;
  sockaddr_in address_{};
  std::mutex mutex_;
  std::condition_variable news_;
  std::vector<Request> requests_;
  std::jthread thread_;
};

}  // namespace tierwatch

// SPDX-License-Identifier: MIT
#include "daemon/recorder/status_line.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>

#include "collectors/text/printable_text.h"

namespace tierwatch {
namespace {

std::size_t terminal_width() {
  winsize size{};
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

bool takes_output(int descriptor) {
  pollfd terminal{.fd = descriptor, .events = POLLOUT, .revents = 0};
  return poll(&terminal, 1, 0) == 1 && (terminal.revents & POLLOUT);
}

/// At most `columns` characters of UTF-8, never a part of one.
std::string cut(const std::string& text, std::size_t columns) {
  std::size_t characters = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xC0) == 0x80) continue;
    if (++characters > columns) return text.substr(0, i);
  }
  return text;
}

}  // namespace

bool write_all(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(descriptor, bytes.data(), bytes.size());
    if (written > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EAGAIN) {
      pollfd waiting{.fd = descriptor, .events = POLLOUT, .revents = 0};
      poll(&waiting, 1, -1);
    } else if (errno != EINTR) {
      return false;
    }
  }
  return true;
}

StatusLine::StatusLine(bool wanted) : enabled_(wanted && isatty(STDERR_FILENO)) {}

void StatusLine::show(const std::string& line) {
  if (!enabled_) return;
  // Output may be held up by a stopped terminal (Ctrl-S): whoever samples must not wait for it.
  const std::unique_lock lock(mutex_, std::try_to_lock);
  if (!lock || !at_line_begin_ || !takes_output(STDERR_FILENO)) return;
  const std::size_t width = terminal_width();
  shown_ = write_all(STDERR_FILENO, "\r\033[K" + cut(printable(line), width > 1 ? width - 1 : 1));
}

void StatusLine::erase() {
  if (shown_) write_all(STDERR_FILENO, "\r\033[K");
  shown_ = false;
}

void StatusLine::clear() {
  const std::lock_guard lock(mutex_);
  erase();
}

int StatusLine::pass_output(std::string_view bytes) {
  const std::lock_guard lock(mutex_);
  erase();
  if (!bytes.empty()) at_line_begin_ = bytes.back() == '\n' || bytes.back() == '\r';
  return write_all(STDOUT_FILENO, bytes) ? 0 : errno;
}

}  // namespace tierwatch

// SPDX-License-Identifier: MIT
#include "daemon/commands/standard_output.h"

#include <cerrno>
#include <string_view>

#include "daemon/recorder/status_line.h"

namespace tierwatch {

StandardOutput::StandardOutput(int descriptor)
    : std::ostream(static_cast<std::streambuf*>(this)), descriptor_(descriptor) {
  setp(buffer_.data(), buffer_.data() + buffer_.size());
}

int StandardOutput::sync() {
  const std::string_view bytes(pbase(), static_cast<std::size_t>(pptr() - pbase()));
  setp(buffer_.data(), buffer_.data() + buffer_.size());
  if (error_ == 0 && !write_all(descriptor_, bytes)) error_ = errno;
  return error_ == 0 ? 0 : -1;
}

int StandardOutput::overflow(int byte) {
  if (sync() != 0) return std::char_traits<char>::eof();
  using Traits = std::char_traits<char>;
  if (byte != Traits::eof()) sputc(static_cast<char>(byte));
  return Traits::not_eof(byte);
}

int StandardOutput::close() {
  flush();
  return error_ == EPIPE ? 0 : error_;
}

}  // namespace tierwatch

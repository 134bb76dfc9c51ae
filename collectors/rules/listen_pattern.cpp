// SPDX-License-Identifier: MIT
#include "collectors/rules/listen_pattern.h"

#include "collectors/text/text_scan.h"

namespace tierwatch {

namespace {

std::string without_var(std::string_view path) {
  return std::string(path.starts_with("/var/run/") ? path.substr(4) : path);
}

}  // namespace

std::optional<ListenPattern> ListenPattern::parse(std::string_view text) {
  const std::string_view scheme = take_until(text, ':');
  ListenPattern pattern;
  if (scheme == "unix") {
    if (text.empty() || (text[0] != '/' && text[0] != '@' && text[0] != '*')) return std::nullopt;
    pattern.unix_path_.emplace(without_var(text));
    return pattern;
  }
  if (scheme != "tcp") return std::nullopt;
  const auto colon = text.rfind(':');
  const auto port =
      to_number<std::uint16_t>(colon == std::string_view::npos ? text : text.substr(colon + 1));
  if (!port || *port == 0 || colon == 0) return std::nullopt;
  pattern.port_ = *port;
  if (colon != std::string_view::npos) pattern.address_ = text;
  return pattern;
}

bool ListenPattern::matches(const ListenerReading& listener) const {
  if (listener.family == SocketFamily::kUnix)
    return unix_path_ && unix_path_->matches(without_var(listener.address));
  if (unix_path_) return false;
  return address_.empty() ? listener.port == port_ : listener.address == address_;
}

}  // namespace tierwatch

// SPDX-License-Identifier: MIT
#include "config/values.h"

#include <arpa/inet.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <numeric>
#include <vector>

namespace tierwatch {
namespace {

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};

constexpr std::array kDurations{Unit{"ms", 1}, Unit{"s", 1000}, Unit{"m", 60'000},
                                Unit{"h", 3'600'000}, Unit{"d", 86'400'000}};
constexpr std::array kSizes{Unit{"B", 1}, Unit{"KiB", 1ull << 10}, Unit{"MiB", 1ull << 20},
                            Unit{"GiB", 1ull << 30}};

std::optional<std::uint64_t> parse_with_unit(std::string_view text, std::span<const Unit> units) {
  std::uint64_t number = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return std::nullopt;
  const std::string_view name = text.substr(static_cast<std::size_t>(stop - text.data()));
  for (const Unit& unit : units) {
    if (unit.name != name) continue;
    constexpr std::uint64_t kMax = std::numeric_limits<std::int64_t>::max();
    if (number > kMax / unit.factor) return std::nullopt;
    return number * unit.factor;
  }
  return std::nullopt;
}

bool is_port(std::string_view text, unsigned least) {
  unsigned port = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, port);
  return error == std::errc() && stop == end && port >= least && port <= 65535;
}

std::optional<std::string> unix_path_problem(std::string_view path) {
  if (!path.starts_with('/')) return "the path of a Unix socket must be absolute";
  if (path.size() >= sizeof(sockaddr_un::sun_path)) {
    return "the path of a Unix socket has at most " +
           std::to_string(sizeof(sockaddr_un::sun_path) - 1) + " bytes";
  }
  return std::nullopt;
}

/// Host and port of "host:port", "[v6]:port", ":port"; what is wrong otherwise.
std::optional<std::string> host_port_problem(std::string_view address, unsigned least_port) {
  const std::size_t colon = address.rfind(':');
  if (colon == std::string_view::npos) return "a port is missing";
  const std::string_view host = address.substr(0, colon);
  if (!is_port(address.substr(colon + 1), least_port)) {
    return "the port must be a number from " + std::to_string(least_port) + " to 65535";
  }
  if (host.find_first_of(" \t/") != std::string_view::npos) return "the host has odd characters";
  const bool numeric = host.find_first_not_of("0123456789.") == std::string_view::npos;
  if (in_addr four;
      numeric && !host.empty() && inet_pton(AF_INET, std::string(host).c_str(), &four) != 1)
    return "that is not an IPv4 address";
  const bool bracketed = host.starts_with('[') && host.ends_with(']') && host.size() > 2;
  if (!bracketed && host.find_first_of(":[]") != std::string_view::npos) {
    return "an IPv6 address is written in brackets, [::1]:9718";
  }
  return std::nullopt;
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

}  // namespace

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
  const auto milliseconds = parse_with_unit(text, kDurations);
  if (!milliseconds) return std::nullopt;
  return std::chrono::milliseconds(static_cast<std::int64_t>(*milliseconds));
}

std::string format_duration(std::chrono::milliseconds duration) {
  const auto count = static_cast<std::uint64_t>(duration.count());
  const Unit* best = &kDurations.front();
  for (const Unit& unit : kDurations) {
    if (count >= unit.factor && count % unit.factor == 0) best = &unit;
  }
  return std::to_string(count / best->factor).append(best->name);
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
  return parse_with_unit(text, kSizes);
}

std::optional<std::string> listen_address_problem(std::string_view address) {
  constexpr std::string_view kUnix = "unix:";
  if (address.starts_with(kUnix)) return unix_path_problem(address.substr(kUnix.size()));
  if (address.starts_with('/')) return "a Unix socket is written unix:/path";
  return host_port_problem(address, 0);
}

std::optional<std::string> listener_pattern_problem(std::string_view pattern) {
  constexpr std::string_view kUnix = "unix:", kTcp = "tcp:";
  if (pattern.starts_with(kUnix)) {
    const std::string_view glob = pattern.substr(kUnix.size());
    if (auto problem = unix_path_problem(glob)) return problem;
    return glob_problem(glob);
  }
  if (!pattern.starts_with(kTcp)) return "it must begin with tcp: or unix:";
  const std::string_view rest = pattern.substr(kTcp.size());
  if (is_port(rest, 1)) return std::nullopt;
  return host_port_problem(rest, 1);
}

std::optional<std::string> glob_problem(std::string_view glob) {
  if (glob.empty()) return "it is empty";
  for (std::size_t i = 0; i < glob.size(); ++i) {
    if (glob[i] == '\\') {
      if (++i == glob.size()) return "it ends in a single backslash";
    } else if (glob[i] == '[') {
      // A ']' right after '[' or '[!' is a member of the set.
      std::size_t begin = i + 1;
      if (begin < glob.size() && (glob[begin] == '!' || glob[begin] == '^')) ++begin;
      const std::size_t end = glob.find(']', begin + 1);
      if (end == std::string_view::npos) return "'[' has no closing ']' (write \\[ for itself)";
      i = end;
    }
  }
  return std::nullopt;
}

std::optional<std::string> name_problem(std::string_view name) {
  if (name.empty()) return "it is empty";
  if (name.size() > 63) return "it is longer than 63 characters";
  constexpr std::string_view kAllowed = "abcdefghijklmnopqrstuvwxyz0123456789_-";
  if (name.find_first_not_of(kAllowed) != std::string_view::npos) {
    return "only a to z, 0 to 9, - and _ may stand in it";
  }
  return std::nullopt;
}

std::span<const std::string_view> log_levels() {
  static constexpr std::array<std::string_view, 5> kLevels{"trace", "debug", "info", "warn",
                                                           "error"};
  return kLevels;
}

std::optional<std::string_view> nearest(std::string_view word,
                                        std::span<const std::string_view> candidates) {
  std::optional<std::string_view> best;
  std::size_t best_distance = 0;
  for (const std::string_view candidate : candidates) {
    const std::size_t distance = edit_distance(word, candidate);
    // Half of the letters wrong is another word; a prefix ("proportional" of a longer key) is
    // likely meant.
    const std::size_t allowed =
        std::max<std::size_t>(1, std::min(word.size(), candidate.size()) / 2);
    const bool prefix = word.size() >= 3 && candidate.starts_with(word);
    if (distance > allowed && !prefix) continue;
    if (best && distance >= best_distance) continue;
    best = candidate;
    best_distance = distance;
  }
  return best;
}

std::optional<std::string> push_url_problem(std::string_view url) {
  if (url.empty()) return std::nullopt;
  const std::size_t scheme = url.starts_with("http://") ? 7 : url.starts_with("https://") ? 8 : 0;
  if (scheme == 0) return " is not a URL to push to; it begins with http:// or https://";
  if (url.size() == scheme || url[scheme] == '/') return " names no host";
  for (const char c : url)
    if (static_cast<unsigned char>(c) <= ' ' || c == '\x7f') return " has a blank in it";
  return std::nullopt;
}

std::optional<std::string> push_header_problem(std::string_view name, std::string_view value) {
  constexpr std::string_view kToken =
      "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  if (name.empty() || name.find_first_not_of(kToken) != std::string_view::npos)
    return " is not a valid header name";
  for (const char c : value)
    if ((static_cast<unsigned char>(c) < ' ' && c != '\t') || c == '\x7f')
      return " has a control character in its value";
  return std::nullopt;
}

}  // namespace tierwatch

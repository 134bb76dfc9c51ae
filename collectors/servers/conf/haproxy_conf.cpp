// SPDX-License-Identifier: MIT
#include "collectors/servers/conf/haproxy_conf.h"

#include <algorithm>
#include <span>

#include "collectors/text/text_scan.h"

namespace tierwatch {
namespace {

constexpr std::string_view kHaproxySections[] = {
    "global",    "defaults", "frontend", "backend",     "listen", "userlist", "peers",
    "resolvers", "mailers",  "cache",    "http-errors", "ring",   "program",  "log-forward"};
constexpr std::string_view kHaproxyServers[] = {"server", "default-server", "server-template"};

bool contains(std::span<const std::string_view> words, std::string_view word) {
  return std::ranges::find(words, word) != words.end();
}

/// The words of a line: quotes and backslashes join, a hash ends it (parse_line(), tools.c).
std::vector<std::string> words_of(std::string_view line) {
  std::vector<std::string> words;
  bool within = false;
  char quote = 0;
  const auto add = [&](char letter) {
    if (!within) words.emplace_back();
    within = true;
    words.back() += letter;
  };
  for (std::size_t at = 0; at < line.size(); ++at) {
    const char letter = line[at];
    if (letter == '\\' && quote != '\'' && at + 1 < line.size()) {
      add(line[++at]);
    } else if (quote == 0 ? letter == '"' || letter == '\'' : letter == quote) {
      quote = quote == 0 ? letter : '\0';
    } else if (quote == 0 && letter == '#') {
      break;
    } else if (quote == 0 && (letter == ' ' || letter == '\t' || letter == '\r')) {
      within = false;
    } else {
      add(letter);
    }
  }
  return words;
}

}  // namespace

bool add_haproxy_limits(std::string_view text, HaproxyLimits& limits) {
  bool global = false;
  while (!text.empty()) {
    const std::vector<std::string> words = words_of(take_until(text, '\n'));
    if (words.empty()) continue;
    const std::string& first = words.front();
    if (contains(kHaproxySections, first)) global = first == "global";
    const bool server = contains(kHaproxyServers, first);
    const std::size_t names = server && first != "default-server" ? 2 : 1;  // and that of a server
    std::string value;
    if (first == "maxconn" && words.size() > 1) value = words[1];
    for (std::size_t at = names; server && at + 1 < words.size(); ++at)
      if (words[at] == "maxconn") value = words[at + 1];
    if (value.empty()) continue;
    const auto number = to_number<std::uint64_t>(value);
    if (!number) return false;
    auto& least = server ? limits.server : global ? limits.global : limits.frontend;
    if (*number > 0) least = std::min(least.value_or(*number), *number);
  }
  return true;
}

std::optional<std::vector<std::string>> haproxy_conf_paths(std::string_view title) {
  std::vector<std::string> paths;
  take_field(title);  // the program
  while (!title.empty()) {
    const std::string_view word = take_field(title);
    if (word == "-n" || word == "-N") return std::nullopt;
    if (word == "-f") paths.emplace_back(take_field(title));
    if (word != "--") continue;
    while (!title.empty()) paths.emplace_back(take_field(title));
  }
  return paths;
}

}  // namespace tierwatch

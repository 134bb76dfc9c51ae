// SPDX-License-Identifier: MIT
#include "collectors/servers/conf/nginx_logs.h"

#include <algorithm>
#include <map>

#include "collectors/servers/conf/conf_text.h"
#include "collectors/servers/conf/nginx_tokens.h"

namespace tierwatch {
namespace {

using Words = std::vector<std::string>;

constexpr std::size_t kMostLogs = 64;

/// ngx_http_log_module.c, ngx_http_combined_fmt.
constexpr const char* kCombined =
    "$remote_addr - $remote_user [$time_local] \"$request\" $status $body_bytes_sent "
    "\"$http_referer\" \"$http_user_agent\"";

struct Directives {
  std::vector<Words> logs;
  std::map<std::string, std::string> formats{{"combined", kCombined}};
};

void add_format(const Words& words, Directives& found) {
  if (words.size() < 3) return;
  std::string format;
  const std::size_t begin = words[2].starts_with("escape=") ? 3 : 2;
  for (std::size_t i = begin; i < words.size(); ++i) format += words[i];
  found.formats[words[1]] = std::move(format);
}

/// Takes the words of each directive, whatever block it stands in. False when not all can be read.
bool add_logs(std::string_view text, const NginxIncludes& read, int depth, Directives& found) {
  Words words;
  while (auto token = take_nginx_token(text)) {
    if (token->mark == 0) {
      words.push_back(std::move(token->text));
      continue;
    }
    const std::string name = words.empty() ? "" : words.front();
    if (name == "include" && words.size() == 2) {
      const auto texts = depth < kDeepestInclude ? read(words[1]) : std::nullopt;
      if (!texts) return false;
      for (const std::string& more : *texts)
        if (!add_logs(more, read, depth + 1, found)) return false;
    }
    if (name == "log_format") add_format(words, found);
    if (name == "access_log" && words.size() > 1 && found.logs.size() < kMostLogs)
      found.logs.push_back(words);
    words.clear();
  }
  return true;
}

/// Why it cannot be followed; "" when it can.
std::string why_not_followed(const Words& words) {
  if (words[1].starts_with("syslog:")) return "it is sent to syslog";
  if (words[1].find('$') != std::string::npos) return "its path holds a variable";
  if (std::ranges::any_of(words, [](const std::string& w) { return w.starts_with("gzip"); }))
    return "it is compressed";
  return "";
}

void add_place(const Words& words, const Directives& found, AccessLogs& logs) {
  if (words[1] == "off") return;
  const bool named = words.size() > 2 && words[2].find('=') == std::string::npos;
  const auto format = found.formats.find(named ? words[2] : "combined");
  std::string why = why_not_followed(words);
  if (why.empty() && format == found.formats.end()) why = "its format is not in the configuration";
  if (!why.empty()) {
    logs.not_followed.push_back(words[1] + ": " + why);
    return;
  }
  const bool known = std::ranges::any_of(
      logs.places, [&](const AccessLogPlace& one) { return one.path == words[1]; });
  if (!known) logs.places.push_back({words[1], format->second});
}

}  // namespace

std::optional<AccessLogs> nginx_access_logs(std::string_view text, const NginxIncludes& read) {
  Directives found;
  if (!add_logs(text, read, 0, found)) return std::nullopt;
  AccessLogs logs;
  for (const Words& words : found.logs) add_place(words, found, logs);
  return logs;
}

}  // namespace tierwatch

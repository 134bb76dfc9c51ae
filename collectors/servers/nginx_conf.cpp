// SPDX-License-Identifier: MIT
#include "collectors/servers/nginx_conf.h"

#include <algorithm>

#include "collectors/text/text_scan.h"

namespace tierwatch {
namespace {

constexpr std::uint64_t kDefaultConnections = 512;  // ngx_event.c, DEFAULT_CONNECTIONS
constexpr int kDeepestInclude = 10;                 // nginx itself knows no end

struct Token {
  std::string text;
  char mark = 0;  ///< { } or ; where it is no word
};

/// Takes a quoted word; a backslash keeps the next character.
std::string take_quoted(std::string_view& rest) {
  const char quote = rest.front();
  std::string word;
  std::size_t at = 1;
  for (; at < rest.size() && rest[at] != quote; ++at) {
    if (rest[at] == '\\' && at + 1 < rest.size()) ++at;
    word += rest[at];
  }
  rest.remove_prefix(std::min(at + 1, rest.size()));
  return word;
}

/// The next word or mark; absent at the end. Comments are skipped (ngx_conf_read_token()).
std::optional<Token> take_token(std::string_view& rest) {
  constexpr std::string_view kBlanks = " \t\r\n", kMarks = "{};";
  while (true) {
    rest.remove_prefix(std::min(rest.find_first_not_of(kBlanks), rest.size()));
    if (!rest.starts_with('#')) break;
    take_until(rest, '\n');
  }
  if (rest.empty()) return std::nullopt;
  const char first = rest.front();
  if (kMarks.find(first) != std::string_view::npos) {
    rest.remove_prefix(1);
    return Token{.text = {}, .mark = first};
  }
  if (first == '"' || first == '\'') return Token{.text = take_quoted(rest)};
  const auto end = std::min(rest.find_first_of(" \t\r\n{};"), rest.size());
  Token word{.text = std::string(rest.substr(0, end))};
  rest.remove_prefix(end);
  return word;
}

/// Reads the top of the configuration and the events block; all other blocks are passed over.
class ConnectionsReader {
 public:
  explicit ConnectionsReader(const NginxIncludes& read) : read_(read) {}

  void read_top(std::string_view text, int depth) {
    while (!text.empty() && !has_events_) {
      const auto name = take_token(text);
      if (!name) return;
      const std::string value = take_value(text);
      if (ended_by_ == '{' && name->text == "events") {
        has_events_ = true;
        read_events(text, depth);
      } else if (ended_by_ == '{') {
        pass_over(text);
      } else if (name->text == "include") {
        for (const std::string& more : included(value, depth)) read_top(more, depth + 1);
      }
    }
  }

  std::optional<std::uint64_t> result() const {
    if (!has_events_ || malformed_) return std::nullopt;
    if (connections_) return connections_;
    return unread_ ? std::nullopt : std::optional(kDefaultConnections);
  }

 private:
  void read_events(std::string_view& text, int depth) {
    while (!text.empty()) {
      const auto name = take_token(text);
      if (!name || name->mark == '}') return;
      const std::string value = take_value(text);
      if (name->text == "worker_connections") {
        connections_ = to_number<std::uint64_t>(value);
        malformed_ = malformed_ || !connections_;
      } else if (name->text == "include") {
        for (const std::string& more : included(value, depth)) {
          std::string_view rest = more;
          read_events(rest, depth + 1);
        }
      }
    }
  }

  /// The first word after a directive's name, up to the end of the directive.
  std::string take_value(std::string_view& text) {
    std::string value;
    ended_by_ = 0;
    while (auto token = take_token(text)) {
      ended_by_ = token->mark;
      if (ended_by_ != 0) break;
      if (value.empty()) value = std::move(token->text);
    }
    return value;
  }

  static void pass_over(std::string_view& text) {
    int open = 1;
    while (open > 0) {
      const auto token = take_token(text);
      if (!token) return;
      open += token->mark == '{' ? 1 : token->mark == '}' ? -1 : 0;
    }
  }

  std::vector<std::string> included(const std::string& pattern, int depth) {
    auto texts = depth < kDeepestInclude ? read_(pattern) : std::nullopt;
    unread_ = unread_ || !texts;
    return std::move(texts).value_or(std::vector<std::string>{});
  }

  const NginxIncludes& read_;
  std::optional<std::uint64_t> connections_;
  bool has_events_ = false, unread_ = false, malformed_ = false;
  char ended_by_ = 0;
};

/// Where a program of this path looks: the prefix it was compiled with, and its file.
struct BuiltIn {
  std::string prefix;  ///< empty: not known
  std::string file;
};

std::optional<BuiltIn> built_in(const std::string& program) {
  for (const char* prefix : {"/usr/local/nginx/", "/usr/local/openresty/nginx/"})
    if (program == prefix + std::string("sbin/nginx")) return BuiltIn{prefix, "conf/nginx.conf"};
  if (program == "/usr/local/openresty/bin/openresty")
    return BuiltIn{"/usr/local/openresty/nginx/", "conf/nginx.conf"};
  // Every distribution's, and nginx' own packages; their prefixes differ.
  if (program == "/usr/sbin/nginx" || program == "nginx")
    return BuiltIn{"", "/etc/nginx/nginx.conf"};
  return std::nullopt;
}

struct Options {
  std::string program;
  std::optional<std::string> prefix, file;
  bool sets_events = false;  ///< by -g, with quotes that the title has lost
};

std::optional<Options> parse_title(std::string_view title) {
  constexpr std::string_view kMaster = "nginx: master process ";
  if (title.starts_with(kMaster)) {
    title.remove_prefix(kMaster.size());
  } else if (title.starts_with("nginx: ")) {
    return std::nullopt;  // cut short, or no master
  }
  Options options{.program = std::string(take_field(title))};
  while (!title.empty()) {
    const std::string_view word = take_field(title);
    options.sets_events = options.sets_events || word.starts_with("events");
    const bool names = word.starts_with("-c") || word.starts_with("-p");
    if (!names) continue;
    const std::string value(word.size() > 2 ? word.substr(2) : take_field(title));
    if (value.empty()) return std::nullopt;
    (word[1] == 'c' ? options.file : options.prefix) = value;
  }
  return options;
}

}  // namespace

std::optional<std::uint64_t> nginx_worker_connections(std::string_view text,
                                                      const NginxIncludes& read) {
  ConnectionsReader reader(read);
  reader.read_top(text, 0);
  return reader.result();
}

std::optional<std::string> nginx_conf_path(std::string_view title,
                                           const std::optional<std::string>& program) {
  const auto options = parse_title(title);
  if (!options || options->sets_events) return std::nullopt;
  if (options->file && options->file->starts_with('/')) return options->file;
  const auto known = built_in(program ? *program : options->program);
  if (!options->file && (!known || known->file.starts_with('/')))
    return known ? std::optional(known->file) : std::nullopt;
  std::string prefix = options->prefix ? *options->prefix : known ? known->prefix : "";
  if (prefix.empty()) return std::nullopt;
  if (!prefix.ends_with('/')) prefix += '/';
  return prefix + (options->file ? *options->file : known->file);
}

}  // namespace tierwatch

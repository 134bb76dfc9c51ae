// SPDX-License-Identifier: MIT
#include "collectors/servers/conf/nginx_conf.h"

#include <algorithm>

#include "collectors/servers/conf/conf_text.h"
#include "collectors/servers/conf/nginx_tokens.h"
#include "collectors/text/text_scan.h"

namespace tierwatch {
namespace {

constexpr std::uint64_t kNginxConnections = 512;  // ngx_event.c, DEFAULT_CONNECTIONS

/// Reads the top of the configuration and the events block; all other blocks are passed over.
class ConnectionsReader {
 public:
  explicit ConnectionsReader(const NginxIncludes& read) : read_(read) {}

  void read_top(std::string_view text, int depth) {
    while (!text.empty() && !has_events_) {
      const auto name = take_nginx_token(text);
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
    return unread_ ? std::nullopt : std::optional(kNginxConnections);
  }

 private:
  void read_events(std::string_view& text, int depth) {
    while (!text.empty()) {
      const auto name = take_nginx_token(text);
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
    while (auto token = take_nginx_token(text)) {
      ended_by_ = token->mark;
      if (ended_by_ != 0) break;
      if (value.empty()) value = std::move(token->text);
    }
    return value;
  }

  static void pass_over(std::string_view& text) {
    int open = 1;
    while (open > 0) {
      const auto token = take_nginx_token(text);
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

void lessen(std::uint64_t& least, std::uint64_t one) {
  if (one > 0 && (least == 0 || one < least)) least = one;
}

/// Takes the words of each directive, whatever block it stands in. False when not all can be read.
bool add_part_limits(std::string_view text, const NginxIncludes& read, int depth,
                     NginxPartLimits& limits) {
  constexpr std::string_view kMost = "max_conns=";
  std::vector<std::string> words;
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
        if (!add_part_limits(more, read, depth + 1, limits)) return false;
    }
    limits.rate = limits.rate || name == "limit_req";
    for (const std::string& word : words) {
      const bool upstream = name == "server" && word.starts_with(kMost);
      if (!upstream && (name != "limit_conn" || &word != &words.back())) continue;
      const auto most = to_number<std::uint64_t>(upstream ? word.substr(kMost.size()) : word);
      if (!most) return false;
      lessen(upstream ? limits.upstreams : limits.clients, *most);
    }
    words.clear();
  }
  return true;
}

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
  if (program == "/usr/sbin/angie" || program == "angie")
    return BuiltIn{"", "/etc/angie/angie.conf"};
  return std::nullopt;
}

struct TitleOptions {
  std::string program;
  std::optional<std::string> prefix, file;
  bool sets_events = false;  ///< by -g, with quotes that the title has lost
};

/// The command line in "nginx: master process nginx -c a.conf" and "angie: master process v1.8.0 #2
/// [angie -c a.conf]"; without a master it is the title itself (Angie: "single process"). Empty
/// when the title was cut short, or is no such process'.
std::string_view command_line(std::string_view title) {
  constexpr std::string_view kMaster = "nginx: master process ";
  if (title.starts_with(kMaster)) return title.substr(kMaster.size());
  if (title.starts_with("nginx: ")) return {};
  if (!title.starts_with("angie: ")) return title;
  const auto open = title.find('['), close = title.rfind(']');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) return {};
  return title.substr(open + 1, close - open - 1);
}

/// One word that begins with a hyphen, and its value, as ngx_get_options() reads them: "-qc PATH",
/// "-c/srv/n.conf". False where the value is missing, there was one before, or nginx has no such
/// option.
bool take_options(std::string_view word, std::string_view& rest, TitleOptions& options,
                  bool& directives) {
  constexpr std::string_view kFlags = "?hVvtTq", kWithValue = "specg";
  directives = false;
  for (std::string_view letters = word.substr(1); !letters.empty(); letters.remove_prefix(1)) {
    const char letter = letters.front();
    if (kFlags.find(letter) != std::string_view::npos) continue;
    if (kWithValue.find(letter) == std::string_view::npos) return false;
    const std::string value(letters.size() > 1 ? letters.substr(1) : take_field(rest));
    if (value.empty()) return false;
    directives = letter == 'g';
    options.sets_events = options.sets_events || (directives && value.starts_with("events"));
    if (letter != 'c' && letter != 'p') return true;
    auto& path = letter == 'c' ? options.file : options.prefix;
    if (path) return false;
    path = value;
    return true;
  }
  return true;
}

/// nginx takes no words but options and their values: another is the rest of a value with blanks,
/// and where that of a path ends is not known.
std::optional<TitleOptions> parse_title(std::string_view title) {
  title = command_line(title);
  if (title.empty()) return std::nullopt;
  TitleOptions options{.program = std::string(take_field(title))};
  bool directives = false;
  while (!title.empty()) {
    const std::string_view word = take_field(title);
    if (word.empty()) break;
    if (word.starts_with('-')) {
      if (!take_options(word, title, options, directives)) return std::nullopt;
    } else if (!directives) {
      return std::nullopt;
    } else {
      options.sets_events = options.sets_events || word.find("events") != std::string_view::npos;
    }
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

std::optional<NginxPartLimits> nginx_part_limits(std::string_view text, const NginxIncludes& read) {
  NginxPartLimits limits;
  return add_part_limits(text, read, 0, limits) ? std::optional(limits) : std::nullopt;
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

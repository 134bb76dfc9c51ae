// SPDX-License-Identifier: MIT
#include "config/web_config_file.h"

#include <yaml.h>

#include <algorithm>
#include <set>
#include <span>

#include "config/own_file.h"
#include "config/problems.h"
#include "config/values.h"
#include "config/web_keys.h"

namespace tierwatch {
namespace {

/// libyaml 0.2 takes the square of the depth: 100,000 brackets cost it minutes. Those in quotes
/// count as well: nobody writes so many.
bool too_deep(std::string_view text) {
  constexpr int kDeepest = 64;
  int depth = 0;
  for (const char c : text) {
    if (c == '[' || c == '{') ++depth;
    if ((c == ']' || c == '}') && depth > 0) --depth;
    if (depth > kDeepest) return true;
  }
  return false;
}

/// A whole document, as libyaml holds it.
class Document {
 public:
  /// Throws ConfigError for what is no YAML.
  Document(std::string_view text, const std::filesystem::path& path) {
    Problems problems(path);
    if (too_deep(text)) problems.add({1, 1}, "nested too deep; no key here is");
    problems.throw_if_any();
    yaml_parser_t parser;
    if (yaml_parser_initialize(&parser) == 0) throw std::bad_alloc();
    const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
    yaml_parser_set_input_string(&parser, bytes, text.size());
    const bool parsed = yaml_parser_load(&parser, &document_) != 0;
    if (!parsed)
      problems.add({static_cast<unsigned>(parser.problem_mark.line) + 1,
                    static_cast<unsigned>(parser.problem_mark.column) + 1},
                   "no YAML: " + std::string(parser.problem ? parser.problem : "out of memory"));
    yaml_parser_delete(&parser);
    problems.throw_if_any();
  }
  ~Document() { yaml_document_delete(&document_); }
  Document(const Document&) = delete;
  Document& operator=(const Document&) = delete;

  const yaml_node_t* node(int number) { return yaml_document_get_node(&document_, number); }
  /// Null: the document is empty.
  const yaml_node_t* root() { return yaml_document_get_root_node(&document_); }

 private:
  yaml_document_t document_{};
};

std::string_view kind_of(const yaml_node_t& node) {
  if (node.type == YAML_MAPPING_NODE) return "a mapping";
  return node.type == YAML_SEQUENCE_NODE ? "a list" : "a single value";
}

std::string_view text_of(const yaml_node_t& scalar) {
  return {reinterpret_cast<const char*>(scalar.data.scalar.value), scalar.data.scalar.length};
}

class Reader;

/// A key of a mapping and what is done with its value.
struct YamlKey {
  std::string_view name;
  void (*read)(Reader& reader, const yaml_node_t& value);
};

class Reader {
 public:
  Reader(Document& document, const std::filesystem::path& path, WebConfig& web)
      : document_(document), path_(path), problems_(path), web_(web) {}

  void read();
  WebConfig& web() { return web_; }

  void wrong(const yaml_node_t& at, const std::string& what) {
    problems_.add(position(at), key_ + ": " + what);
  }
  std::optional<std::string> string(const yaml_node_t& node);
  void file(const yaml_node_t& node, NamedFile& into);
  void users(const yaml_node_t& node);
  void headers(const yaml_node_t& node);
  /// A list of words, each without a problem.
  void names(const yaml_node_t& node, std::optional<std::string> (*problem_of)(std::string_view),
             std::vector<std::string>& into);
  void mapping(const yaml_node_t& node, std::span<const YamlKey> keys);
  static Position position(const yaml_node_t& node) {
    return {static_cast<unsigned>(node.start_mark.line) + 1,
            static_cast<unsigned>(node.start_mark.column) + 1};
  }
  std::string place(const yaml_node_t& node) const { return problems_.place(position(node)); }

 private:
  /// Calls `use` with each key and value; keys that stand there twice are problems.
  template <typename Use>
  void each(const yaml_node_t& node, Use use);

  Document& document_;
  const std::filesystem::path& path_;
  Problems problems_;
  WebConfig& web_;
  std::string key_;  ///< that is being read
};

template <typename Use>
void Reader::each(const yaml_node_t& node, Use use) {
  // "users:" with nothing behind it.
  if (node.type == YAML_SCALAR_NODE && text_of(node).empty()) return;
  if (node.type != YAML_MAPPING_NODE)
    return wrong(node, "expected a mapping, found " + std::string(kind_of(node)));
  std::set<std::string, std::less<>> seen;
  const std::string outer = key_;
  for (const yaml_node_pair_t* pair = node.data.mapping.pairs.start;
       pair < node.data.mapping.pairs.top; ++pair) {
    const yaml_node_t& name = *document_.node(pair->key);
    key_ = outer;
    if (name.type != YAML_SCALAR_NODE) {
      wrong(name, "a key must be a word");
      continue;
    }
    const std::string key(text_of(name));
    if (!seen.insert(key).second) {
      wrong(name, quote(key) + " stands there twice");
      continue;
    }
    use(key, name, *document_.node(pair->value));
  }
  key_ = outer;
}

std::optional<std::string> Reader::string(const yaml_node_t& node) {
  if (node.type != YAML_SCALAR_NODE) {
    wrong(node, "expected a single value, found " + std::string(kind_of(node)));
    return std::nullopt;
  }
  std::string text(text_of(node));
  if (text.find('\0') != std::string::npos) {
    wrong(node, "a string with a zero byte");
    return std::nullopt;
  }
  return text;
}

void Reader::file(const yaml_node_t& node, NamedFile& into) {
  const auto text = string(node);
  if (!text) return;
  into = {.path = *text, .at = position(node), .place = place(node)};
  if (!text->empty()) into.path = path_.parent_path() / into.path;
}

void Reader::users(const yaml_node_t& node) {
  web_.users.clear();
  each(node, [this](const std::string& user, const yaml_node_t& name, const yaml_node_t& value) {
    if (user.empty() || user.find(':') != std::string::npos)
      return wrong(name, quote(user) + " cannot be a user: a name has no colon and is not empty");
    if (const auto hash = string(value))
      web_.users.push_back({.name = user, .hash = *hash, .place = place(value)});
  });
}

void Reader::headers(const yaml_node_t& node) {
  web_.headers.clear();
  each(node, [this](const std::string& header, const yaml_node_t& name, const yaml_node_t& value) {
    const auto text = string(value);
    if (!text) return;
    if (const auto problem = web_header_problem(header, *text)) return wrong(name, *problem);
    web_.headers[header] = *text;
  });
}

void Reader::names(const yaml_node_t& node,
                   std::optional<std::string> (*problem_of)(std::string_view),
                   std::vector<std::string>& into) {
  if (node.type != YAML_SEQUENCE_NODE)
    return wrong(node, "expected a list, found " + std::string(kind_of(node)));
  into.clear();
  for (const yaml_node_item_t* item = node.data.sequence.items.start;
       item < node.data.sequence.items.top; ++item) {
    const yaml_node_t& one = *document_.node(*item);
    const auto text = string(one);
    if (!text) continue;
    if (const auto problem = problem_of(*text)) wrong(one, *problem);
    into.push_back(*text);
  }
  web_.tls_at = position(node);
}

void Reader::mapping(const yaml_node_t& node, std::span<const YamlKey> keys) {
  each(node, [&](const std::string& key, const yaml_node_t& name, const yaml_node_t& value) {
    const auto found = std::ranges::find(keys, key, &YamlKey::name);
    if (found == keys.end()) {
      std::vector<std::string_view> names;
      for (const YamlKey& one : keys) names.push_back(one.name);
      std::string text = "unknown key " + quote(key);
      if (const auto near = nearest(key, names)) text += "; did you mean " + quote(*near) + "?";
      problems_.add(position(name), text);
      return;
    }
    key_ = key;
    found->read(*this, value);
  });
}

/// What is in force with us whatever the file says, and harmless.
void ignored(Reader&, const yaml_node_t&) {}

/// It would be believed to protect, and did not.
void refused(Reader& reader, const yaml_node_t& value) {
  reader.wrong(value,
               "tierwatch cannot do that; leave it out, in a file of its own if others need it");
}

constexpr YamlKey kTlsKeys[] = {
    {"cert_file", [](Reader& r, const yaml_node_t& v) { r.file(v, r.web().cert_file); }},
    {"key_file", [](Reader& r, const yaml_node_t& v) { r.file(v, r.web().key_file); }},
    {"client_ca_file", [](Reader& r, const yaml_node_t& v) { r.file(v, r.web().client_ca_file); }},
    {"client_auth_type",
     [](Reader& r, const yaml_node_t& v) {
       const auto text = r.string(v);
       if (!text) return;
       const auto type = client_auth_of(*text);
       if (!type) return r.wrong(v, client_auth_problem(*text));
       r.web().client_auth = *type;
       r.web().client_auth_at = r.position(v);
     }},
    {"min_version",
     [](Reader& r, const yaml_node_t& v) {
       const auto text = r.string(v);
       if (!text) return;
       const auto version = tls_version_of(*text);
       if (!version) return r.wrong(v, tls_version_problem(*text));
       r.web().tls.least = *version;
       r.web().tls_at = r.position(v);
     }},
    {"max_version",
     [](Reader& r, const yaml_node_t& v) {
       const auto text = r.string(v);
       if (!text) return;
       const auto version = tls_version_of(*text);
       if (!version) return r.wrong(v, tls_version_problem(*text));
       r.web().tls.most = *version;
       r.web().tls_at = r.position(v);
     }},
    {"cipher_suites",
     [](Reader& r, const yaml_node_t& v) { r.names(v, tls_suite_problem, r.web().tls.suites); }},
    {"curve_preferences",
     [](Reader& r, const yaml_node_t& v) { r.names(v, tls_curve_problem, r.web().tls.curves); }},
    {"prefer_server_cipher_suites", ignored},  // so does Go since 1.17
    {"client_allowed_sans", refused},
    {"cert", refused},
    {"key", refused},
    {"client_ca", refused},
};

constexpr YamlKey kHttpKeys[] = {
    {"headers", [](Reader& r, const yaml_node_t& v) { r.headers(v); }},
    {"http2", ignored},  // clients speak HTTP/1.1 where a server does not offer more
};

constexpr YamlKey kTopKeys[] = {
    {"tls_server_config", [](Reader& r, const yaml_node_t& v) { r.mapping(v, kTlsKeys); }},
    {"http_server_config", [](Reader& r, const yaml_node_t& v) { r.mapping(v, kHttpKeys); }},
    {"basic_auth_users", [](Reader& r, const yaml_node_t& v) { r.users(v); }},
    {"rate_limit", refused},
};

void Reader::read() {
  if (const yaml_node_t* root = document_.root()) mapping(*root, kTopKeys);
  check_web(web_, problems_);
  problems_.throw_if_any();
}

}  // namespace

void parse_web_config(std::string_view text, const std::filesystem::path& path, WebConfig& web) {
  Document document(text, path);
  WebConfig read = web;
  Reader(document, path, read).read();
  web = std::move(read);
}

void load_web_config_file(const std::filesystem::path& path, WebConfig& web) {
  const OwnFile file = read_own_file(path);
  if (!file.problem.empty())
    throw ConfigError(path.string() + ": cannot be read: " + file.problem +
                      "; name the file with --web.config.file, and let the daemon's group read it");
  parse_web_config(file.text, path, web);
}

}  // namespace tierwatch

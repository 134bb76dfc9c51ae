// SPDX-License-Identifier: MIT
#include "config/load_config_web.h"

#include <charconv>

#include "config/web_keys.h"

namespace tierwatch {

void read_socket_mode(const Value& value, WebConfig& web) {
  const auto text = value.as<std::string>("octal digits such as \"0660\"");
  if (!text) return;
  constexpr unsigned kReadWrite = 0666, kOwner = 0600;
  unsigned mode = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), mode, 8);
  if (error != std::errc{} || end != text->data() + text->size() || (mode & ~kReadWrite) != 0 ||
      (mode & kOwner) != kOwner) {
    return value.wrong(quote(*text) +
                       " is not a valid socket mode; write \"0600\", \"0660\" or \"0666\"");
  }
  web.socket_mode = mode;
}

void read_socket_group(const Value& value, WebConfig& web) {
  value.read(web.socket_group);
  web.socket_group_place = value.problems.place(value.at());
}

void read_named_file(const Value& value, NamedFile& into) {
  const auto text = value.as<std::string>("the path of a file");
  if (!text) return;
  into = {.path = *text, .at = value.at(), .place = value.problems.place(value.at())};
  if (!text->empty() && into.at.file)
    into.path = std::filesystem::path(*into.at.file).parent_path() / into.path;
}

void read_web_users(const Value& value, WebConfig& web) {
  const toml::table* table = value.node.as_table();
  if (!table) return value.expected("a table such as {prometheus = \"$2y$10$...\"}");
  for (const auto& [name, node] : *table) {
    const Value hash{node, value.key, value.problems};
    const std::string user(name.str());
    if (user.empty() || user.find(':') != std::string::npos) {
      value.problems.add(position(name.source()),
                         quote(user) + " cannot be a user: a name has no colon and is not empty");
      continue;
    }
    const auto text = hash.as<std::string>("the hash of a password");
    if (!text) continue;
    std::erase_if(web.users, [&user](const WebUser& known) { return known.name == user; });
    web.users.push_back({.name = user, .hash = *text, .place = value.problems.place(hash.at())});
  }
}

void read_client_auth(const Value& value, WebConfig& web) {
  const auto text = value.as<std::string>("a string");
  if (!text) return;
  const auto type = client_auth_of(*text);
  if (!type) return value.wrong(client_auth_problem(*text));
  web.client_auth = *type;
  web.client_auth_at = value.at();
}

namespace {

void read_tls_version(const Value& value, WebConfig& web, TlsVersion& into) {
  const auto text = value.as<std::string>("a string");
  if (!text) return;
  const auto version = tls_version_of(*text);
  if (!version) return value.wrong(tls_version_problem(*text));
  into = *version;
  web.tls_at = value.at();
}

void read_tls_names(const Value& value, WebConfig& web,
                    std::optional<std::string> (*problem_of)(std::string_view),
                    std::vector<std::string>& into) {
  const toml::array* array = value.node.as_array();
  if (!array) return value.expected("a list of names");
  into.clear();
  for (const toml::node& node : *array) {
    const Value one{node, value.key, value.problems};
    const auto text = one.as<std::string>("a string");
    if (!text) continue;
    if (const auto problem = problem_of(*text)) one.wrong(*problem);
    into.push_back(*text);
  }
  web.tls_at = value.at();
}

}  // namespace

void read_tls_min_version(const Value& value, WebConfig& web) {
  read_tls_version(value, web, web.tls.least);
}

void read_tls_max_version(const Value& value, WebConfig& web) {
  read_tls_version(value, web, web.tls.most);
}

void read_tls_suites(const Value& value, WebConfig& web) {
  read_tls_names(value, web, tls_suite_problem, web.tls.suites);
}

void read_tls_curves(const Value& value, WebConfig& web) {
  read_tls_names(value, web, tls_curve_problem, web.tls.curves);
}

void read_web_headers(const Value& value, WebConfig& web) {
  const toml::table* table = value.node.as_table();
  if (!table) return value.expected("a table such as {X-Frame-Options = \"deny\"}");
  for (const auto& [name, node] : *table) {
    const Value header{node, value.key, value.problems};
    const auto text = header.as<std::string>("a string");
    if (!text) continue;
    if (const auto problem = web_header_problem(name.str(), *text))
      header.wrong(*problem);
    else
      web.headers[std::string(name.str())] = *text;
  }
}

}  // namespace tierwatch

// SPDX-License-Identifier: MIT
#include "config/load_config_web.h"

namespace tierwatch {

void read_named_file(const Value& value, NamedFile& into) {
  const auto text = value.as<std::string>("the path of a file");
  if (text) into = {.path = *text, .place = value.problems.place(value.at())};
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
    if (const auto text = hash.as<std::string>("the hash of a password"))
      web.users.push_back({.name = user, .hash = *text, .place = value.problems.place(hash.at())});
  }
}

void check_certificate_has_key(const Value& value, const WebConfig& web) {
  if (web.cert_file.path.empty() == web.key_file.path.empty()) return;
  const bool has_certificate = !web.cert_file.path.empty();
  value.wrong(has_certificate
                  ? "cert_file without key_file; write the file of its private key as key_file"
                  : "key_file without cert_file; write the file of its certificate as cert_file");
}

}  // namespace tierwatch

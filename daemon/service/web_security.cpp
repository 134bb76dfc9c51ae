// SPDX-License-Identifier: MIT
#include "daemon/service/web_security.h"

#include <grp.h>

#include <cerrno>
#include <optional>
#include <vector>

#include "config/own_file.h"
#include "exporters/http/password_book.h"
#include "exporters/http/tls_identity.h"

namespace tierwatch {
namespace {

/// Absent: there is no such group, as far as the system's own files and NSS say.
std::optional<gid_t> group_id(const std::string& name) {
  std::vector<char> buffer(1 << 16);  // all members' names
  group entry{};
  group* result = nullptr;
  getgrnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &result);
  return result ? std::optional(result->gr_gid) : std::nullopt;
}

class Loader {
 public:
  explicit Loader(const Config& config) : config_(config) {}

  HttpServerOptions load() {
    HttpServerOptions options;
    load_identity(options);
    load_client_ca(options);
    load_socket_access(options);
    options.tls_priorities = tls_priorities(config_.web.tls);
    options.headers = config_.web.headers;
    for (const WebUser& user : config_.web.users) {
      if (const auto problem = password_hash_problem(user.hash); !problem.empty())
        add(user.place, "the password of \"" + user.name + "\" cannot be used: " + problem +
                            "; write what `htpasswd -nB " + user.name + "` prints after the colon");
      options.users[user.name] = user.hash;
    }
    if (!problems_.empty()) throw ConfigError(problems_);
    return options;
  }

 private:
  void add(const std::string& place, const std::string& text) {
    problems_ += (problems_.empty() ? "" : "\n") + place + ": " + text;
  }

  std::string read(const NamedFile& file, const char* key) {
    const OwnFile own = read_own_file(file.path);
    if (own.problem.empty() && !own.text.empty()) return own.text;
    add(file.place, std::string(key) + ": " + file.path.string() + " cannot be read: " +
                        (own.problem.empty() ? "it is empty" : own.problem) + hint(own.error));
    return "";
  }

  static std::string hint(int error) {
    if (error == EACCES)
      return "; let the daemon's group read it: chgrp tierwatch FILE; chmod 0640 FILE";
    return error == ENOENT ? "; relative paths begin beside this file" : "";
  }

  void load_client_ca(HttpServerOptions& options) {
    const WebConfig& web = config_.web;
    if (web.client_ca_file.path.empty() || web.client_auth == ClientAuth::kNone) return;
    options.client_certificate_required = web.client_auth == ClientAuth::kRequire;
    options.client_ca = read(web.client_ca_file, "client_ca_file");
    if (options.client_ca.empty()) return;
    if (const auto problem = certificates_problem(options.client_ca); !problem.empty())
      add(web.client_ca_file.place, "client_ca_file: " + web.client_ca_file.path.string() +
                                        " is not a certificate in PEM form (" + problem +
                                        "); such a file begins with -----BEGIN CERTIFICATE-----");
  }

  void load_socket_access(HttpServerOptions& options) {
    options.socket_access.mode = config_.web.socket_mode;
    const std::string& name = config_.web.socket_group;
    if (name.empty()) return;
    options.socket_access.group = group_id(name);
    if (!options.socket_access.group)
      add(config_.web.socket_group_place,
          "socket_group: there is no group \"" + name + "\"; `getent group` lists those there are");
  }

  void load_identity(HttpServerOptions& options) {
    const WebConfig& web = config_.web;
    if (web.cert_file.path.empty()) return;
    options.tls_certificate = read(web.cert_file, "cert_file");
    options.tls_key = read(web.key_file, "key_file");
    if (options.tls_certificate.empty() || options.tls_key.empty()) return;
    const TlsProblem problem = tls_problem(options.tls_certificate, options.tls_key);
    switch (problem.fault) {
      case TlsFault::kNone:
        break;
      case TlsFault::kCertificate:
        return add(web.cert_file.place,
                   "cert_file: " + web.cert_file.path.string() +
                       " is not a certificate in PEM form (" + problem.text +
                       "); such a file begins with -----BEGIN CERTIFICATE-----");
      case TlsFault::kKey:
        return add(web.key_file.place,
                   "key_file: " + web.key_file.path.string() +
                       " is not a private key without passphrase in PEM form (" + problem.text +
                       "); such a file begins with -----BEGIN PRIVATE KEY-----");
      case TlsFault::kMismatch:
        return add(web.key_file.place,
                   "key_file: " + web.key_file.path.string() +
                       " does not belong to the certificate " + web.cert_file.path.string() + " (" +
                       problem.text +
                       "); the server's own certificate must come first in its file");
    }
  }

  const Config& config_;
  std::string problems_;
};

}  // namespace

std::vector<std::filesystem::path> web_security_files(const WebConfig& web) {
  std::vector<std::filesystem::path> files;
  for (const NamedFile* file : {&web.cert_file, &web.key_file, &web.client_ca_file})
    if (!file->path.empty()) files.push_back(file->path);
  return files;
}

HttpServerOptions load_web_security(const Config& config) { return Loader(config).load(); }

}  // namespace tierwatch

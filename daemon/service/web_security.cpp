// SPDX-License-Identifier: MIT
#include "daemon/service/web_security.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

#include "exporters/http/password_book.h"
#include "exporters/http/tls_identity.h"

namespace tierwatch {
namespace {

class Loader {
 public:
  explicit Loader(const Config& config) : config_(config) {}

  HttpServerOptions load() {
    HttpServerOptions options;
    load_identity(options);
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

  std::filesystem::path beside_configuration(const NamedFile& file) const {
    return config_.source.parent_path() / file.path;
  }

  std::string read(const NamedFile& file, const char* key) {
    const std::filesystem::path path = beside_configuration(file);
    errno = 0;
    std::ifstream in(path, std::ios::binary);
    std::string text{std::istreambuf_iterator<char>(in), {}};
    if (in.is_open() && !in.bad() && !text.empty()) return text;
    const int error = errno;
    add(file.place, std::string(key) + ": " + path.string() + " cannot be read: " +
                        (error ? std::strerror(error) : "it is empty") + hint(error));
    return "";
  }

  static std::string hint(int error) {
    if (error == EACCES)
      return "; let the daemon's group read it: chgrp tierwatch FILE; chmod 0640 FILE";
    return error == ENOENT ? "; relative paths begin beside this file" : "";
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
                   "cert_file: " + beside_configuration(web.cert_file).string() +
                       " is no certificate in PEM form (" + problem.text +
                       "); it begins with -----BEGIN CERTIFICATE-----");
      case TlsFault::kKey:
        return add(web.key_file.place, "key_file: " + beside_configuration(web.key_file).string() +
                                           " is no private key without passphrase in PEM form (" +
                                           problem.text +
                                           "); it begins with -----BEGIN PRIVATE KEY-----");
      case TlsFault::kMismatch:
        return add(web.key_file.place,
                   "key_file: " + beside_configuration(web.key_file).string() +
                       " does not belong to the certificate " +
                       beside_configuration(web.cert_file).string() + " (" + problem.text +
                       "); the server's own certificate must come first in its file");
    }
  }

  const Config& config_;
  std::string problems_;
};

}  // namespace

HttpServerOptions load_web_security(const Config& config) { return Loader(config).load(); }

}  // namespace tierwatch

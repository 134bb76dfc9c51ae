// SPDX-License-Identifier: MIT
#include "config/web_keys.h"

#include <algorithm>
#include <array>

namespace tierwatch {
namespace {

constexpr std::array<std::string_view, 5> kHeaders = {"Content-Security-Policy", "X-Frame-Options",
                                                      "X-Content-Type-Options", "X-XSS-Protection",
                                                      "Strict-Transport-Security"};

bool is_visible(std::string_view value) {
  return std::ranges::all_of(value, [](char c) { return c >= ' ' && c <= '~'; });
}

}  // namespace

std::optional<ClientAuth> client_auth_of(std::string_view word) {
  if (word == "NoClientCert") return ClientAuth::kNone;
  if (word == "VerifyClientCertIfGiven") return ClientAuth::kVerifyIfGiven;
  if (word == "RequireAndVerifyClientCert") return ClientAuth::kRequire;
  return std::nullopt;
}

std::string client_auth_problem(std::string_view word) {
  // Go's crypto/tls has two more.
  const bool unverified = word == "RequestClientCert" || word == "RequireAnyClientCert";
  return quote(word) +
         (unverified ? " lets in whoever makes a certificate"
                     : " is not a valid client_auth_type") +
         "; write NoClientCert, VerifyClientCertIfGiven or RequireAndVerifyClientCert";
}

std::optional<TlsVersion> tls_version_of(std::string_view word) {
  if (word == "TLS12") return TlsVersion::k12;
  if (word == "TLS13") return TlsVersion::k13;
  return std::nullopt;
}

std::string tls_version_problem(std::string_view word) {
  const bool old = word == "TLS10" || word == "TLS11";
  return quote(word) + (old ? " is broken and never spoken" : " is not a valid TLS version") +
         "; write TLS12 or TLS13";
}

std::optional<std::string> web_header_problem(std::string_view name, std::string_view value) {
  if (std::ranges::find(kHeaders, name) == kHeaders.end()) {
    std::string text = quote(name) + " cannot be set; there are";
    for (const std::string_view known : kHeaders) text.append(" ").append(known);
    return text;
  }
  if (value.empty() || !is_visible(value))
    return "the value of " + std::string(name) + " must be visible ASCII on one line";
  return std::nullopt;
}

void check_web(const WebConfig& web, Problems& problems) {
  const bool certificate = !web.cert_file.path.empty(), key = !web.key_file.path.empty();
  if (certificate && !key)
    problems.add(web.cert_file.at,
                 "web: cert_file without key_file; write the file of its private key as key_file");
  if (key && !certificate)
    problems.add(web.key_file.at,
                 "web: key_file without cert_file; write the file of its certificate as cert_file");
  const bool authority = !web.client_ca_file.path.empty();
  if (authority && !certificate && !key)
    problems.add(web.client_ca_file.at,
                 "web: client_ca_file without cert_file; clients show certificates over TLS only");
  if (authority && web.client_auth == ClientAuth::kNone)
    problems.add(web.client_ca_file.at,
                 "web: client_ca_file without client_auth_type asks nobody for a certificate; "
                 "write client_auth_type: RequireAndVerifyClientCert");
  if (const auto problem = tls_choice_problem(web.tls))
    problems.add(web.tls_at, "web: " + *problem);
  if (!authority && web.client_auth != ClientAuth::kNone)
    problems.add(web.client_auth_at,
                 "web: client_auth_type without client_ca_file; name the CA that signed the "
                 "clients' certificates");
}

}  // namespace tierwatch

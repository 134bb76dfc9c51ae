// SPDX-License-Identifier: MIT
#include "config/tls_choice.h"

#include <algorithm>
#include <array>
#include <set>
#include <span>

#include "config/problems.h"
#include "config/values.h"

namespace tierwatch {
namespace {

/// A cipher suite by its registered name, and the parts of it that GnuTLS knows. TLS 1.3 names no
/// key exchange.
struct TlsSuite {
  std::string_view name, key_exchange, cipher, mac;
};

constexpr std::string_view kEcdsa = "ECDHE-ECDSA", kRsa = "ECDHE-RSA";

constexpr std::array kSuites = {
    TlsSuite{"TLS_AES_128_GCM_SHA256", "", "AES-128-GCM", "AEAD"},
    TlsSuite{"TLS_AES_256_GCM_SHA384", "", "AES-256-GCM", "AEAD"},
    TlsSuite{"TLS_CHACHA20_POLY1305_SHA256", "", "CHACHA20-POLY1305", "AEAD"},
    TlsSuite{"TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", kEcdsa, "AES-128-GCM", "AEAD"},
    TlsSuite{"TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", kEcdsa, "AES-256-GCM", "AEAD"},
    TlsSuite{"TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", kEcdsa, "CHACHA20-POLY1305", "AEAD"},
    TlsSuite{"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", kRsa, "AES-128-GCM", "AEAD"},
    TlsSuite{"TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", kRsa, "AES-256-GCM", "AEAD"},
    TlsSuite{"TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", kRsa, "CHACHA20-POLY1305", "AEAD"},
    TlsSuite{"TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA", kEcdsa, "AES-128-CBC", "SHA1"},
    TlsSuite{"TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA", kEcdsa, "AES-256-CBC", "SHA1"},
    TlsSuite{"TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", kRsa, "AES-128-CBC", "SHA1"},
    TlsSuite{"TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA", kRsa, "AES-256-CBC", "SHA1"},
};

struct TlsCurve {
  std::string_view name, group;
};

constexpr std::array kCurves = {
    TlsCurve{"X25519", "GROUP-X25519"},
    TlsCurve{"CurveP256", "GROUP-SECP256R1"},
    TlsCurve{"CurveP384", "GROUP-SECP384R1"},
    TlsCurve{"CurveP521", "GROUP-SECP521R1"},
};

template <typename Table>
std::optional<std::string> name_missing(std::string_view name, const Table& table,
                                        std::string_view what) {
  std::vector<std::string_view> names;
  for (const auto& one : table) names.push_back(one.name);
  if (std::ranges::find(names, name) != names.end()) return std::nullopt;
  std::string text = quote(name) + " is not a " + std::string(what) + " that is spoken here";
  if (const auto near = nearest(name, names)) return text + "; did you mean " + quote(*near) + "?";
  text += "; there are";
  for (const std::string_view one : names) text += " " + std::string(one);
  return text;
}

std::vector<const TlsSuite*> chosen_suites(const TlsChoice& choice) {
  std::vector<const TlsSuite*> chosen;
  for (const TlsSuite& suite : kSuites)
    if (std::ranges::find(choice.suites, suite.name) != choice.suites.end())
      chosen.push_back(&suite);
  return chosen;
}

/// Of TLS 1.2: one that comes with the parts of others.
const TlsSuite* unasked(std::span<const TlsSuite* const> chosen) {
  const auto has = [&](auto part, std::string_view value) {
    return std::ranges::any_of(chosen, [&](const TlsSuite* one) { return one->*part == value; });
  };
  for (const TlsSuite& suite : kSuites)
    if (!suite.key_exchange.empty() && has(&TlsSuite::key_exchange, suite.key_exchange) &&
        has(&TlsSuite::cipher, suite.cipher) && std::ranges::find(chosen, &suite) == chosen.end())
      return &suite;
  return nullptr;
}

}  // namespace

std::optional<std::string> tls_suite_problem(std::string_view name) {
  return name_missing(name, kSuites, "cipher suite");
}

std::optional<std::string> tls_curve_problem(std::string_view name) {
  return name_missing(name, kCurves, "curve");
}

std::optional<std::string> tls_choice_problem(const TlsChoice& choice) {
  if (choice.least > choice.most) return "the oldest TLS that is spoken is newer than the newest";
  if (choice.suites.empty()) return std::nullopt;
  const auto chosen = chosen_suites(choice);
  const bool old = std::ranges::any_of(
      chosen, [](const TlsSuite* suite) { return !suite->key_exchange.empty(); });
  const bool modern =
      std::ranges::any_of(chosen, [](const TlsSuite* suite) { return suite->mac == "AEAD"; });
  if (choice.least == TlsVersion::k12 && !old)
    return "none of the cipher suites is one of TLS 1.2; add one, or speak TLS 1.3 alone";
  if (choice.most == TlsVersion::k13 && !modern)
    return "none of the cipher suites has a cipher that TLS 1.3 has; add one, or let TLS 1.2 be "
           "the newest";
  if (choice.least == TlsVersion::k13) return std::nullopt;
  if (const TlsSuite* more = unasked(chosen))
    return "those cipher suites cannot be had without " + std::string(more->name) +
           "; add it, or leave out the others that have its cipher or its kind of certificate";
  return std::nullopt;
}

std::string tls_priorities(const TlsChoice& choice) {
  std::string text = "NORMAL:-VERS-ALL";
  if (choice.most == TlsVersion::k13) text += ":+VERS-TLS1.3";
  if (choice.least == TlsVersion::k12) text += ":+VERS-TLS1.2";
  std::set<std::string_view> said;
  const auto add = [&](std::string_view part) {
    if (!part.empty() && said.insert(part).second) text += ":+" + std::string(part);
  };
  const auto chosen = chosen_suites(choice);
  if (!chosen.empty()) {
    text += ":-KX-ALL:-CIPHER-ALL:-MAC-ALL";
    for (const TlsSuite* suite : chosen) {
      add(suite->key_exchange);
      add(suite->cipher);
      add(suite->mac);
    }
  }
  if (!choice.curves.empty()) text += ":-GROUP-ALL";
  for (const std::string& name : choice.curves)
    add(std::ranges::find(kCurves, name, &TlsCurve::name)->group);
  return text;
}

}  // namespace tierwatch

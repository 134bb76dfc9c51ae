// SPDX-License-Identifier: MIT
#include "config/web_config_file.h"

#include <gmock/gmock.h>

#include "config/problems.h"

namespace tierwatch {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

WebConfig parsed(std::string_view text, WebConfig web = {}) {
  parse_web_config(text, "/etc/exporters/web.yml", web);
  return web;
}

std::string problem_of(std::string_view text) {
  try {
    parsed(text);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "no problem";
}

TEST(WebConfigFile, AnEmptyOneChangesNothing) {
  for (const char* text : {"", "# nothing\n", "---\n", "tls_server_config:\nbasic_auth_users:\n"}) {
    const WebConfig web = parsed(text);
    EXPECT_TRUE(web.cert_file.path.empty()) << text;
    EXPECT_THAT(web.users, IsEmpty()) << text;
  }
}

/// As in exporter-toolkit's documentation.
TEST(WebConfigFile, TheKeysOfExporterToolkitAreThose) {
  const WebConfig web = parsed(R"(
tls_server_config:
  cert_file: server.crt
  key_file: /etc/ssl/server.key
  client_auth_type: "RequireAndVerifyClientCert"
  client_ca_file: ca.crt
  min_version: "TLS13"
  prefer_server_cipher_suites: true
http_server_config:
  http2: true
  headers:
    X-Frame-Options: deny
    Strict-Transport-Security: max-age=31536000
basic_auth_users:
  alice: $2y$10$mDwo.lAisC94iLAyP81MCesa29IzH37oigHC/42V2pdJlUprsJPze
  bob: $2y$10$hLqFl9jSjoAAy95Z/zw8Ye8wkdMBM8c5Bn1ptYqP/AXyV0.oy0S8m
)");
  EXPECT_EQ(web.cert_file.path, "/etc/exporters/server.crt");
  EXPECT_EQ(web.key_file.path, "/etc/ssl/server.key");
  EXPECT_EQ(web.client_ca_file.path, "/etc/exporters/ca.crt");
  EXPECT_EQ(web.client_auth, ClientAuth::kRequire);
  EXPECT_EQ(web.tls.least, TlsVersion::k13);
  EXPECT_EQ(web.headers.at("X-Frame-Options"), "deny");
  ASSERT_THAT(web.users, SizeIs(2));
  EXPECT_EQ(web.users[1].name, "bob");
  EXPECT_EQ(web.users[1].place, "/etc/exporters/web.yml:16");
}

TEST(WebConfigFile, ItsUsersAreAllThereAre) {
  WebConfig web;
  web.users.push_back({.name = "of toml", .hash = "x", .place = ""});
  EXPECT_THAT(parsed("basic_auth_users: {me: y}", web).users, SizeIs(1));
  EXPECT_THAT(parsed("tls_server_config: {}", web).users, SizeIs(1)) << "it says nothing of users";
}

TEST(WebConfigFile, ProblemsNameTheLineAndAWayOut) {
  const struct {
    const char *text, *said;
  } cases[] = {
      {"tls_server_config:\n  cert_flie: x\n",
       "web.yml:2:3: unknown key \"cert_flie\"; did you mean \"cert_file\"?"},
      {"tls_server_config:\n  min_version: TLS10\n",
       "web.yml:2:16: min_version: \"TLS10\" is broken and never spoken; write TLS12 or TLS13"},
      {"tls_server_config:\n  client_auth_type: RequireAnyClientCert\n",
       "lets in whoever makes a certificate"},
      {"tls_server_config:\n  cert_file: a\n",
       "web.yml:2:14: web: cert_file without key_file; write"},
      {"tls_server_config: {cert_file: a, key_file: b, client_ca_file: c}\n",
       "asks nobody for a certificate"},
      {"tls_server_config: {cert_file: a, key_file: b, client_auth_type: "
       "VerifyClientCertIfGiven}\n",
       "web: client_auth_type without client_ca_file"},
      {"tls_server_config:\n  client_allowed_sans: [a]\n",
       "web.yml:2:24: client_allowed_sans: tierwatch cannot do that; leave it out"},
      {"tls_server_config:\n  cipher_suites: TLS_AES_128_GCM_SHA256\n",
       "cipher_suites: expected a list, found a single value"},
      {"tls_server_config:\n  cipher_suites: [TLS_AES_128_GCM_SHA255]\n",
       "web.yml:2:19: cipher_suites: \"TLS_AES_128_GCM_SHA255\" is not a cipher suite that is "
       "spoken here; did you mean \"TLS_AES_128_GCM_SHA256\"?"},
      {"tls_server_config:\n  cipher_suites: [TLS_AES_128_GCM_SHA256]\n",
       "web.yml:2:18: web: none of the cipher suites is one of TLS 1.2"},
      {"tls_server_config:\n  cipher_suites: [TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA]\n",
       "none of the cipher suites has a cipher that TLS 1.3 has"},
      {"tls_server_config:\n  cipher_suites: [TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, "
       "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384]\n",
       "cannot be had without TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"},
      {"tls_server_config:\n  curve_preferences: [P256]\n", "\"P256\" is not a curve"},
      {"tls_server_config: {min_version: TLS13, max_version: TLS12}\n",
       "the oldest TLS that is spoken is newer than the newest"},
      {"basic_auth_users: [me]\n",
       "web.yml:1:19: basic_auth_users: expected a mapping, found a list"},
      {"basic_auth_users: {me: x, me: y}\n", "\"me\" stands there twice"},
      {"basic_auth_users: {'a:b': x}\n", "cannot be a user"},
      {"basic_auth_users: {me: \"a\\0b\"}\n", "a string with a zero byte"},
      {"basic_auth_users: {[a]: b}\n", "a key must be a word"},
      {"http_server_config:\n  headers:\n    Server: x\n", "\"Server\" cannot be set; there are"},
      {"http_server_config:\n  headers: {X-Frame-Options: \"a\\r\\nb: c\"}\n", "visible ASCII"},
      {"tls_server_config: {cert_file: [a]}\n", "expected a single value, found a list"},
      {"a: [\n", "web.yml:2:1: no YAML: "},
      {"\tx: 1\n", "no YAML: "},
      {"just words\n", "expected a mapping, found a single value"},
  };
  for (const auto& [text, said] : cases)
    EXPECT_THAT(problem_of(text), AllOf(StartsWith("/etc/exporters/web.yml:"), HasSubstr(said)))
        << text;
}

TEST(WebConfigFile, WhatOfTlsIsAgreedToBecomesPriorities) {
  const auto priorities_of = [](const std::string& text) {
    WebConfig web;
    return tls_priorities(parsed("tls_server_config: {" + text + "}\n", web).tls);
  };
  EXPECT_EQ(priorities_of(""), "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2");
  EXPECT_EQ(priorities_of("min_version: TLS13"), "NORMAL:-VERS-ALL:+VERS-TLS1.3");
  EXPECT_EQ(priorities_of("max_version: TLS12"), "NORMAL:-VERS-ALL:+VERS-TLS1.2");
  EXPECT_EQ(priorities_of("curve_preferences: [CurveP256, X25519]"),
            "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:-GROUP-ALL:+GROUP-SECP256R1:+GROUP-X25519");
  EXPECT_EQ(priorities_of("cipher_suites: [TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, "
                          "TLS_AES_256_GCM_SHA384]"),
            "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:-KX-ALL:-CIPHER-ALL:-MAC-ALL"
            ":+AES-256-GCM:+AEAD:+ECDHE-RSA");
}

TEST(WebConfigFile, AllProblemsAreListedAtOnce) {
  EXPECT_THAT(problem_of("rate_limit: {burst: 1}\ntls_server_config:\n  max_version: TLS11\n"),
              AllOf(HasSubstr("web.yml:1:"), HasSubstr("\n/etc/exporters/web.yml:3:")));
}

TEST(WebConfigFile, ARingOfAnchorsEnds) {
  EXPECT_THAT(problem_of("tls_server_config: &a\n  cert_file: *a\n"),
              HasSubstr("expected a single value, found a mapping"));
  EXPECT_THAT(problem_of(std::string(100'000, '[')), HasSubstr("nested too deep"));
}

TEST(WebConfigFile, OneThatCannotBeReadIsSaid) {
  WebConfig web;
  try {
    load_web_config_file("/nowhere/web.yml", web);
    FAIL() << "read";
  } catch (const ConfigError& error) {
    EXPECT_THAT(error.what(), HasSubstr("/nowhere/web.yml: cannot be read: No such file"));
  }
}

}  // namespace
}  // namespace tierwatch

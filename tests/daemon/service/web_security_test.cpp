// SPDX-License-Identifier: MIT
#include "daemon/service/web_security.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "exporters/http/http_fetcher.h"
#include "tests/support/source_tree.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/text_file.h"

namespace tierwatch {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

const std::string kTls = source_path("tests/fixtures/tls/");
/// bcrypt of cost 4 of "secret".
const std::string kSecret = "$2b$04$7EIwwdMRdAdDMCv.voHMiO6DrsRMAwzoh8/iYvnFDWGq3H0lfhVf2";

HttpServerOptions load(const std::string& web) {
  return load_web_security(parse_config("[web]\n" + web, kTls + "tierwatch.toml"));
}

std::string problem_of(const std::string& web) {
  try {
    load(web);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "";
}

TEST(WebSecurity, NothingIsWantedByItself) {
  EXPECT_EQ(load_web_security(default_config()), HttpServerOptions{});
}

TEST(WebSecurity, FilesBesideTheConfigurationAreRead) {
  const HttpServerOptions options =
      load("cert_file = \"cert.pem\"\nkey_file = \"key.pem\"\nbasic_auth_users = {me = \"" +
           kSecret + "\"}");
  EXPECT_EQ(options.tls_certificate, text_of(kTls + "cert.pem"));
  EXPECT_EQ(options.tls_key, text_of(kTls + "key.pem"));
  EXPECT_EQ(options.users.at("me"), kSecret);
}

TEST(WebSecurity, ProblemsNameTheLineAndAWayOut) {
  const std::string certificate = "cert_file = \"cert.pem\"\n";
  EXPECT_THAT(problem_of(certificate + "key_file = \"none.pem\""),
              AllOf(HasSubstr("tierwatch.toml:3"), HasSubstr("none.pem cannot be read: No such"),
                    HasSubstr("beside this file")));
  EXPECT_THAT(
      problem_of(certificate + "key_file = \"other_key.pem\""),
      AllOf(HasSubstr("tierwatch.toml:3"), HasSubstr("does not belong to the certificate")));
  EXPECT_THAT(problem_of(certificate + "key_file = \"cert.pem\""),
              AllOf(HasSubstr("tierwatch.toml:3"), HasSubstr("is not a private key")));
  EXPECT_THAT(problem_of("cert_file = \"README.md\"\nkey_file = \"key.pem\""),
              AllOf(HasSubstr("tierwatch.toml:2"), HasSubstr("is not a certificate in PEM form")));
  EXPECT_THAT(problem_of(certificate), HasSubstr("cert_file without key_file"));
  EXPECT_THAT(problem_of("key_file = \"key.pem\""), HasSubstr("key_file without cert_file"));
  EXPECT_THAT(problem_of("basic_auth_users = {me = \"secret\"}"),
              AllOf(HasSubstr("tierwatch.toml:2"), HasSubstr("of \"me\" cannot be used"),
                    HasSubstr("htpasswd -nB me")));
  EXPECT_THAT(problem_of("basic_auth_users = {\"a:b\" = \"x\"}"), HasSubstr("has no colon"));
  EXPECT_THAT(problem_of("basic_auth_users = [\"me\"]"), HasSubstr("expected a table"));
  EXPECT_THAT(problem_of("cert_flie = \"x\""), HasSubstr("did you mean \"cert_file\"?"));
}

TEST(WebSecurity, AGroupIsKnownByItsName) {
  EXPECT_EQ(load("socket_group = \"root\"\nsocket_mode = \"0600\"").socket_access,
            (SocketAccess{.mode = 0600, .group = 0}));
  EXPECT_THAT(problem_of("socket_group = \"no such group\""),
              AllOf(HasSubstr("tierwatch.toml:2"), HasSubstr("there is no group")));
}

TEST(WebSecurity, FilesWithoutAnEndAreNotRead) {
  const std::string fifo = "/tmp/tierwatch-secured-" + std::to_string(getpid()) + ".fifo";
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  EXPECT_THAT(problem_of("cert_file = \"" + fifo + "\"\nkey_file = \"/dev/zero\""),
              AllOf(HasSubstr("cert_file: " + fifo + " cannot be read: it is not a regular file"),
                    HasSubstr("key_file: /dev/zero cannot be read: it is not a regular file")));
  EXPECT_THAT(problem_of("cert_file = \".\"\nkey_file = \"key.pem\""), HasSubstr("Is a directory"));
  std::filesystem::remove(fifo);
}

class SecuredServer : public ::testing::Test {
 protected:
  static HttpServerOptions options(const std::string& socket) {
    HttpServerOptions options = load(
        "cert_file = \"cert.pem\"\nkey_file = \"key.pem\"\n"
        "basic_auth_users = {me = \"" +
        kSecret + "\"}");
    options.listen_addresses = {"127.0.0.1:0", "unix:" + socket};
    return options;
  }
  Fetched get(HttpFetcherOptions wanted) const {
    if (wanted.base_url.empty()) wanted.base_url = "https://" + server_.bound_addresses()[0];
    return HttpFetcher(std::move(wanted)).get("/who");
  }

  const TemporaryFolder folder_;
  const std::string socket_ = folder_ / "s";
  HttpServer server_{options(socket_),
                     {{"/who", [](const HttpRequest& request) {
                         return HttpResponse{.body = request.authenticated ? "a user" : "anybody"};
                       }}}};
};

TEST_F(SecuredServer, AnswersWhoTrustsItAndKnowsThePassword) {
  const Fetched fetched = get({.ca_file = kTls + "cert.pem", .user = "me", .password = "secret"});
  EXPECT_EQ(fetched.status, 200) << fetched.problem;
  EXPECT_EQ(fetched.body, "a user");
}

TEST_F(SecuredServer, RefusesWithoutAPasswordAndWithAWrongOne) {
  EXPECT_EQ(get({.insecure = true}).status, 401);
  EXPECT_EQ(get({.insecure = true, .user = "me", .password = "wrong"}).status, 401);
  EXPECT_EQ(get({.insecure = true, .user = "you", .password = "secret"}).status, 401);
}

TEST_F(SecuredServer, IsNotTrustedByChance) {
  const Fetched fetched = get({.user = "me", .password = "secret"});
  EXPECT_EQ(fetched.status, 0);
  EXPECT_THAT(fetched.problem, HasSubstr("certificate"));
}

TEST_F(SecuredServer, DoesNotSpeakPlainHttpOnItsPort) {
  const Fetched fetched = get({.base_url = "http://" + server_.bound_addresses()[0]});
  EXPECT_EQ(fetched.status, 0);
  EXPECT_THAT(fetched.problem, AnyOf(HasSubstr("Empty reply"), HasSubstr("reset")))
      << "connected, and hung up on";
}

TEST_F(SecuredServer, TheUnixSocketAsksNoPassword) {
  const Fetched fetched = get({.unix_socket = socket_, .base_url = "http://localhost"});
  EXPECT_EQ(fetched.status, 200) << fetched.problem;
  EXPECT_EQ(fetched.body, "anybody");
}

}  // namespace
}  // namespace tierwatch

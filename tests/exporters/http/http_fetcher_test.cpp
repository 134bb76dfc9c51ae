// SPDX-License-Identifier: MIT
#include "exporters/http/http_fetcher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <thread>

#include "exporters/http/http_server.h"
#include "tests/support/temporary_folder.h"

namespace tierwatch {
namespace {

using ::testing::HasSubstr;

std::map<std::string, HttpHandler> routes() {
  return {{"/hello",
           [](const HttpRequest& request) {
             return HttpResponse{.body = request.local ? "friend" : "stranger"};
           }},
          {"/large",
           [](const HttpRequest&) { return HttpResponse{.body = std::string(300'000, 'x')}; }}};
}

TEST(HttpFetcher, FetchesOverTcpAgainAndAgain) {
  const HttpServer server({.listen_addresses = {"127.0.0.1:0"}}, routes());
  HttpFetcher fetcher({.base_url = "http://" + server.bound_addresses().front()});
  for (int i = 0; i < 3; ++i) {
    const Fetched fetched = fetcher.get("/hello");
    EXPECT_EQ(fetched.status, 200);
    EXPECT_EQ(fetched.body, "friend");
  }
  EXPECT_EQ(fetcher.get("/large").body.size(), 300'000u) << "compressed on the way";
  EXPECT_EQ(fetcher.get("/nothing").status, 404);
}

TEST(HttpFetcher, FetchesOverAUnixSocket) {
  const TemporaryFolder folder;
  const std::string path = folder / "s";
  const HttpServer server({.listen_addresses = {"unix:" + path}}, routes());
  HttpFetcher fetcher({.unix_socket = path, .base_url = "http://localhost"});
  EXPECT_EQ(fetcher.get("/hello").body, "friend");
}

TEST(HttpFetcher, NoProxyStandsBetweenUsAndThisMachine) {
  const HttpServer server({.listen_addresses = {"127.0.0.1:0"}}, routes());
  const std::string bound = server.bound_addresses().front();
  const std::string port = bound.substr(bound.rfind(':'));
  setenv("http_proxy", "http://127.0.0.1:1", 1);
  setenv("all_proxy", "http://127.0.0.1:1", 1);
  for (const char* host : {"127.0.0.1", "localhost", "LOCALHOST", "127.1", "0x7f000001"})
    EXPECT_EQ(HttpFetcher({.base_url = "http://" + (host + port)}).get("/hello").body, "friend")
        << host;
  for (const char* host : {"127.0.0.1.example.invalid", "localhost.example.invalid"})
    EXPECT_THAT(HttpFetcher({.base_url = "http://" + (host + port)}).get("/hello").problem,
                HasSubstr("port 1"))
        << host << " is elsewhere: by the proxy";
  unsetenv("http_proxy");
  unsetenv("all_proxy");
}

TEST(HttpFetcher, NobodyThereIsAProblemAndNoStatus) {
  HttpFetcher fetcher({.unix_socket = "/tmp/tierwatch/none", .base_url = "http://localhost"});
  const Fetched fetched = fetcher.get("/hello");
  EXPECT_EQ(fetched.status, 0);
  EXPECT_EQ(fetched.problem, "No such file or directory") << "no port is named";
}

TEST(HttpFetcher, OtherProtocolsAreRefused) {
  HttpFetcher fetcher({.base_url = "file:///etc"});
  EXPECT_EQ(fetcher.get("/passwd").status, 0);
}

TEST(HttpFetcher, CancelledFetchesEnd) {
  const HttpServer server({.listen_addresses = {"127.0.0.1:0"}}, routes());
  HttpFetcher fetcher({.base_url = "http://" + server.bound_addresses().front()});
  fetcher.cancel();
  EXPECT_EQ(fetcher.get("/hello").status, 0);
}

TEST(WithoutPassword, ShowsTheRest) {
  EXPECT_EQ(without_password("https://me:secret@host:9718"), "https://host:9718");
  EXPECT_EQ(without_password("https://me:s@e/cret@host"), "https://e/cret@host")
      << "a slash ends the host";
  EXPECT_EQ(without_password("http://host/a@b"), "http://host/a@b");
}

}  // namespace
}  // namespace tierwatch

// SPDX-License-Identifier: MIT
#include "exporters/web_events.h"

#include <gmock/gmock.h>

#include <thread>

#include "exporters/http/http_server.h"
#include "exporters/service_state.h"
#include "tests/exporters/http_client.h"

namespace tierwatch {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

/// A server that tells a state of its requests.
class WebEventsTest : public ::testing::Test {
 protected:
  void serve(HttpServerOptions options = {}) {
    options.listen_addresses = {"127.0.0.1:0"};
    server_.emplace(
        options,
        std::map<std::string, HttpHandler>{
            {"/hello", [](const HttpRequest&) { return HttpResponse{.body = "hello"}; }},
            {"/bad", [](const HttpRequest&) -> HttpResponse { throw std::runtime_error("no"); }}},
        HttpFault{}, nullptr, state_.web_events());
  }
  void ask(const std::string& request, const std::string& headers = "") {
    http_request(server_->bound_addresses().at(0), request, "Host: localhost\r\n" + headers);
  }

  ServiceState state_;
  std::optional<HttpServer> server_;
};

TEST_F(WebEventsTest, AnswersAreCountedByPageAndStatus) {
  serve();
  ask("GET /hello");
  ask("HEAD /hello");
  ask("GET /bad");
  ask("GET /nothing?a=" + std::string(100, 'x'));
  ask("PUT /hello");
  EXPECT_THAT(state_.requests(),
              ElementsAre(Pair(Pair("/hello", 200), 2), Pair(Pair("other", 404), 1),
                          Pair(Pair("other", 405), 1), Pair(Pair("other", 500), 1)));
}

/// A byte at a time would keep the library's own timeout from ever ending it.
TEST_F(WebEventsTest, AHeaderHasADeadlineAlsoWhenNobodyElseConnects) {
  serve({.connection_timeout_seconds = 1});
  HttpClient slow(server_->bound_addresses().at(0));
  const auto began = std::chrono::steady_clock::now();
  EXPECT_THROW(
      for (;;) {
        slow.send("G");
        server_->drop_late();
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
      },
      std::runtime_error);
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(20));
}

/// A server of one user, "ann" with "secret", whose hash takes about a second.
HttpServerOptions slow_to_admit() {
  return {.users = {{"ann", "$2y$14$ShI3Y1FmK.LEI0hAVEvsk.SWPx0FNeiG/bqu/lvjs7uJJ2CzgRwmC"}}};
}
constexpr const char* kRight = "Authorization: Basic YW5uOnNlY3JldA==\r\n";
constexpr const char* kWrong = "Authorization: Basic YW5uOndyb25n\r\n";

TEST_F(WebEventsTest, WhileAPasswordIsHashedOthersAreAnswered) {
  serve(slow_to_admit());
  ask("GET /hello", kRight);
  ASSERT_THAT(state_.requests(), ElementsAre(Pair(Pair("/hello", 200), 1)));
  HttpClient guess(server_->bound_addresses().at(0));
  guess.send(std::string("GET /hello HTTP/1.1\r\nHost: localhost\r\n") + kWrong + "\r\n");
  ask("GET /hello", kRight);
  EXPECT_THAT(state_.requests(), ElementsAre(Pair(Pair("/hello", 200), 2)))
      << "the guess is still looked at";
  EXPECT_THAT(guess.read_until("\r\n"), ::testing::StartsWith("HTTP/1.1 401 "));
}

TEST_F(WebEventsTest, AServerEndsWhilePasswordsWait) {
  serve(slow_to_admit());
  std::vector<std::unique_ptr<HttpClient>> guesses;
  for (int i = 0; i < 4; ++i) {
    guesses.push_back(std::make_unique<HttpClient>(server_->bound_addresses().at(0)));
    guesses.back()->send(std::string("GET /hello HTTP/1.1\r\nHost: localhost\r\n") + kWrong +
                         "\r\n");
  }
  server_.reset();
  for (const auto& guess : guesses) guess->read_to_end();
}

TEST_F(WebEventsTest, RefusedRequestsAreCountedByTheirReason) {
  serve({.users = {{"ann", "$2y$04$0123456789012345678901uLxFLoPmGKyOz.qxRrBFhFxvvmJyHqe"}}});
  ask("GET /hello");
  ask("GET /hello", "Authorization: Basic YW5uOndyb25n\r\n");
  ask("GET /hello", "Authorization: Bearer x\r\n");
  EXPECT_THAT(state_.auth_failures(), ElementsAre(1, 2, 0, 0));
  EXPECT_THAT(state_.requests(), ElementsAre(Pair(Pair("/hello", 401), 3)));
}

TEST_F(WebEventsTest, OfManyPasswordsAtOnceThoseBeyondTheLimitAreToldApart) {
  serve({.users = {{"ann", "$2y$04$0123456789012345678901uLxFLoPmGKyOz.qxRrBFhFxvvmJyHqe"}}});
  for (int i = 0; i < 30; ++i) ask("GET /hello", "Authorization: Basic YW5uOndyb25n\r\n");
  const auto failures = state_.auth_failures();
  EXPECT_EQ(failures[1] + failures[2], 30u);
  EXPECT_GT(failures[2], 0u);
}

}  // namespace
}  // namespace tierwatch

// SPDX-License-Identifier: MIT
#include "exporters/http/http_server.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "tests/exporters/http_client.h"
#include "tests/support/gzip.h"

namespace tierwatch {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

constexpr const char* kHalfRequest = "GET /hello HTTP/1.1\r\nHost: local";

std::map<std::string, HttpHandler> routes() {
  return {
      {"/hello", [](const HttpRequest&) { return HttpResponse{.body = "hello\n"}; }},
      {"/long", [](const HttpRequest&) { return HttpResponse{.body = std::string(5000, 'x')}; }},
      {"/local",
       [](const HttpRequest& request) {
         return HttpResponse{.body = request.local ? "local" : "remote"};
       }},
      {"/query",
       [](const HttpRequest& request) {
         std::string text = request.method + request.path;
         for (const auto& [name, value] : request.query) text += "|" + name + "=" + value;
         return HttpResponse{.body = text};
       }},
      {"/teapot",
       [](const HttpRequest&) { return HttpResponse{.status = 418, .content_type = "text/tea"}; }},
  };
}

/// A server on a free port.
struct Served {
  explicit Served(HttpServerOptions options = {})
      : server(with_port(std::move(options)), routes()) {}
  std::string address() const { return server.bound_addresses().at(0); }
  static HttpServerOptions with_port(HttpServerOptions options) {
    if (options.listen_addresses.empty()) options.listen_addresses = {"127.0.0.1:0"};
    return options;
  }
  HttpServer server;
};

TEST(HttpServer, AnswersARoute) {
  const Served served;
  const std::string answer = http_request(served.address(), "GET /hello");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_EQ(body_of(answer), "hello\n");
}

TEST(HttpServer, StatusAndTypeAreTheHandlers) {
  const Served served;
  const std::string answer = http_request(served.address(), "GET /teapot");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 418 "));
  EXPECT_THAT(answer, HasSubstr("Content-Type: text/tea\r\n"));
}

TEST(HttpServer, HeadHasTheLengthButNoBody) {
  const Served served;
  const std::string answer = http_request(served.address(), "HEAD /hello");
  EXPECT_THAT(answer, HasSubstr("Content-Length: 6\r\n"));
  EXPECT_THAT(body_of(answer), IsEmpty());
}

TEST(HttpServer, UnknownPathIsNotFound) {
  const Served served;
  EXPECT_THAT(http_request(served.address(), "GET /hello/x"), StartsWith("HTTP/1.1 404 "));
  EXPECT_THAT(http_request(served.address(), "GET /x/../hello"), StartsWith("HTTP/1.1 404 "));
}

TEST(HttpServer, SlashesAndTheAbsoluteFormAreUnderstood) {
  const Served served;
  for (const std::string target : {"/hello/", "//hello", "http://localhost:9718/hello",
                                   "http://localhost/hello/?a=1", "HTTP://other.host//hello"})
    EXPECT_EQ(body_of(http_request(served.address(), "GET " + target)), "hello\n") << target;
  EXPECT_EQ(body_of(http_request(served.address(), "GET http://localhost/query?a=1&b=/x")),
            "GET/query|a=1|b=/x");
}

TEST(HttpServer, TheHostOfTheAbsoluteFormDecidesWhoIsLocal) {
  const Served served;
  EXPECT_EQ(body_of(http_request(served.address(), "GET http://localhost/local")), "local");
  EXPECT_EQ(body_of(http_request(served.address(), "GET http://evil.example/local")), "remote");
}

TEST(HttpServer, AHandlerThatThrowsIsAnsweredWith500AndReported) {
  std::vector<std::string> faults;
  const HttpServer server(
      {.listen_addresses = {"127.0.0.1:0"}},
      {{"/broken",
        [](const HttpRequest&) -> HttpResponse { throw std::runtime_error("out of order"); }},
       {"/hello", routes().at("/hello")}},
      [&faults](const std::string& what) { faults.push_back(what); });
  const std::string address = server.bound_addresses()[0];
  EXPECT_THAT(http_request(address, "GET /broken"), StartsWith("HTTP/1.1 500 "));
  EXPECT_EQ(body_of(http_request(address, "GET /hello")), "hello\n") << "it goes on";
  EXPECT_THAT(faults, ::testing::ElementsAre("out of order"));
}

std::string port_of(const std::string& address) { return address.substr(address.rfind(':') + 1); }

TEST(HttpServer, ASuccessorTakesSocketsOver) {
  auto first = std::make_unique<HttpServer>(HttpServerOptions{.listen_addresses = {"127.0.0.1:0"}},
                                            routes());
  const auto address = first->bound_addresses();
  const HttpServer second({.listen_addresses = {"127.0.0.1:0"}}, routes(), {}, first.get());
  EXPECT_EQ(second.bound_addresses(), address);
  first.reset();
  for (int i = 0; i < 20; ++i)
    ASSERT_EQ(body_of(http_request(address[0], "GET /hello")), "hello\n");
}

TEST(HttpServer, ASuccessorMayListenOnMoreAddressesOfThePort) {
  auto first = std::make_unique<HttpServer>(HttpServerOptions{.listen_addresses = {"127.0.0.1:0"}},
                                            routes());
  const std::string port = port_of(first->bound_addresses()[0]);
  const HttpServer second({.listen_addresses = {":" + port}}, routes(), {}, first.get());
  first.reset();
  EXPECT_EQ(body_of(http_request("127.0.0.1:" + port, "GET /hello")), "hello\n");
  EXPECT_THROW(HttpServer({.listen_addresses = {"127.0.0.1:" + port}}, routes()),
               std::runtime_error)
      << "only while one follows the other";
}

TEST(HttpServer, ASuccessorThatCannotListenChangesNothing) {
  const HttpServer stranger({.listen_addresses = {"127.0.0.1:0"}}, routes());
  const HttpServer first({.listen_addresses = {"127.0.0.1:0"}}, routes());
  const std::string address = first.bound_addresses()[0];
  for (const auto& wanted : std::vector<std::vector<std::string>>{
           {":" + port_of(address), stranger.bound_addresses()[0]},
           {"127.0.0.1:0", ":" + port_of(address)}})
    EXPECT_THROW(HttpServer({.listen_addresses = wanted}, routes(), {}, &first),
                 std::runtime_error);
  EXPECT_EQ(body_of(http_request(address, "GET /hello")), "hello\n");
  EXPECT_THROW(HttpServer({.listen_addresses = {":" + port_of(address)}}, routes()),
               std::runtime_error);
}

TEST(HttpServer, OtherMethodsAreNotAllowed) {
  const Served served;
  for (const std::string method : {"POST", "PUT", "DELETE", "OPTIONS", "BREW"}) {
    const std::string answer = http_request(served.address(), method + " /hello");
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 405 ")) << method;
    EXPECT_THAT(answer, HasSubstr("Allow: GET, HEAD\r\n")) << method;
  }
}

TEST(HttpServer, BodyOfAPostIsNotWaitedFor) {
  const Served served;
  HttpClient client(served.address());
  client.send("POST /hello HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\nstart");
  EXPECT_THAT(client.read_until("\r\n\r\n"), StartsWith("HTTP/1.1 405 "));
}

TEST(HttpServer, GetWithABodyIsAnsweredWithoutReadingIt) {
  const Served served;
  HttpClient client(served.address());
  client.send("GET /hello HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\nstart");
  EXPECT_THAT(client.read_until("hello\n"), StartsWith("HTTP/1.1 200 "));
}

TEST(HttpServer, QueryIsTakenApart) {
  const Served served;
  EXPECT_EQ(body_of(http_request(served.address(), "GET /query?a=1&b=x%20y&c")),
            "GET/query|a=1|b=x y|c=");
}

TEST(HttpServer, KeepsConnectionsOpen) {
  const Served served;
  HttpClient client(served.address());
  for (int i = 0; i < 3; ++i) {
    client.send("GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n");
    EXPECT_THAT(client.read_until("hello\n"), StartsWith("HTTP/1.1 200 "));
  }
}

TEST(HttpServer, LongBodiesAreCompressedWhenTheClientAgrees) {
  const Served served;
  const std::string answer =
      http_request(served.address(), "GET /long", "Host: localhost\r\nAccept-Encoding: gzip\r\n");
  EXPECT_THAT(answer, HasSubstr("Content-Encoding: gzip\r\n"));
  EXPECT_THAT(answer, HasSubstr("Vary: Accept, Accept-Encoding\r\n"));
  EXPECT_EQ(gunzip(body_of(answer)), std::string(5000, 'x'));
}

TEST(HttpServer, BodiesArePlainWhenTheClientDoesNotAgreeOrTheyAreShort) {
  const Served served;
  EXPECT_EQ(body_of(http_request(served.address(), "GET /long")), std::string(5000, 'x'));
  EXPECT_EQ(body_of(http_request(served.address(), "GET /long",
                                 "Host: localhost\r\nAccept-Encoding: gzip;q=0\r\n")),
            std::string(5000, 'x'));
  EXPECT_EQ(body_of(http_request(served.address(), "GET /hello",
                                 "Host: localhost\r\nAccept-Encoding: gzip\r\n")),
            "hello\n");
}

TEST(HttpServer, PagesMayLoadNothingAndAreNotCached) {
  const Served served;
  const std::string answer = http_request(served.address(), "GET /hello");
  EXPECT_THAT(answer, HasSubstr("Content-Security-Policy: default-src 'none'"));
  EXPECT_THAT(answer, HasSubstr("X-Content-Type-Options: nosniff\r\n"));
  EXPECT_THAT(answer, HasSubstr("Cache-Control: no-store\r\n"));
}

TEST(HttpServer, LoopbackIsLocalUnderALoopbackNameOnly) {
  const Served served;
  const auto ask = [&](const std::string& headers) {
    return body_of(http_request(served.address(), "GET /local", headers));
  };
  EXPECT_EQ(ask("Host: localhost:9718\r\n"), "local");
  EXPECT_EQ(ask("Host: 127.0.0.1\r\n"), "local");
  EXPECT_EQ(ask("Host: rebound.example\r\n"), "remote");
}

TEST(HttpServer, WhatAProxyPassesOnIsNotLocal) {
  const Served served;
  for (const std::string header : {"X-Forwarded-For: 203.0.113.9", "Forwarded: for=203.0.113.9",
                                   "Via: 1.1 proxy", "X-Real-IP: 203.0.113.9"}) {
    EXPECT_EQ(body_of(http_request(served.address(), "GET /local",
                                   "Host: localhost\r\n" + header + "\r\n")),
              "remote")
        << header;
  }
}

TEST(HttpServer, UnixSocketIsServedAndLocalUnderAnyName) {
  const std::string address = "unix:/tmp/tierwatch-http-" + std::to_string(getpid()) + ".sock";
  const Served served({.listen_addresses = {address, "127.0.0.1:0"}});
  EXPECT_EQ(served.address(), address);
  EXPECT_EQ(body_of(http_request(address, "GET /local", "Host: tierwatch\r\n")), "local");
  EXPECT_EQ(body_of(http_request(served.server.bound_addresses()[1], "GET /hello")), "hello\n");
}

TEST(HttpServer, ClientsThatSendHalfARequestDoNotDelayOthers) {
  const Served served;
  std::vector<HttpClient> slow;
  for (int i = 0; i < 200; ++i) slow.emplace_back(served.address()).send(kHalfRequest);
  for (int i = 0; i < 20; ++i)
    EXPECT_EQ(body_of(http_request(served.address(), "GET /hello")), "hello\n");
}

TEST(HttpServer, StopsWithConnectionsOpenAndHalfSent) {
  std::vector<HttpClient> clients;
  {
    const Served served;
    for (int i = 0; i < 50; ++i) clients.emplace_back(served.address());
    for (int i = 0; i < 25; ++i) clients[i].send(kHalfRequest);
    clients[49].send("GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n").read_until("hello\n");
  }
  for (HttpClient& client : clients) EXPECT_THAT(client.read_to_end(), IsEmpty());
}

TEST(HttpServer, HalfSentRequestIsDroppedAfterTheTimeout) {
  const Served served({.connection_timeout_seconds = 1});
  HttpClient client(served.address());
  client.send(kHalfRequest);
  EXPECT_THAT(client.read_to_end(), Not(HasSubstr("200 OK")));
}

TEST(HttpServer, WhoHoldsAllPlacesWithHalfRequestsKeepsNobodyOut) {
  std::atomic<int> told = 0;
  const HttpServer server(Served::with_port({.max_connections = 20}), routes(),
                          [&told](const std::string& what) {
                            EXPECT_THAT(what, HasSubstr("sent no whole request"));
                            ++told;
                          });
  const std::string address = server.bound_addresses()[0];
  std::vector<HttpClient> slow;
  for (int i = 0; i < 40; ++i) slow.emplace_back(address).send(kHalfRequest);
  for (int i = 0; i < 200; ++i)
    ASSERT_EQ(body_of(http_request(address, "GET /hello")), "hello\n") << i;
  EXPECT_GT(told, 0);
  EXPECT_THAT(slow[0].read_to_end(), IsEmpty()) << "the oldest went";
}

TEST(HttpServer, WhoIsBeingAnsweredKeepsItsPlace) {
  const HttpServer server(Served::with_port({.max_connections = 1}),
                          {{"/huge", [](const HttpRequest&) {
                              return HttpResponse{.body = std::string(64 << 20, 'x')};
                            }}});
  HttpClient within(server.bound_addresses()[0]);
  within.send("GET /huge HTTP/1.1\r\nHost: localhost\r\n\r\n").read_until("\r\n\r\n");
  HttpClient over(server.bound_addresses()[0]);
  EXPECT_THAT(over.read_to_end(), IsEmpty());
  within.read_until(std::string(1 << 20, 'x'));
}

TEST(HttpServer, HalfSentRequestIsDroppedAfterTheTimeoutAlsoWhileItGoesOn) {
  const Served served({.connection_timeout_seconds = 1});
  HttpClient client(served.address());
  client.send(kHalfRequest);
  const auto begin = std::chrono::steady_clock::now();
  try {
    while (std::chrono::steady_clock::now() - begin < std::chrono::seconds(10)) {
      std::this_thread::sleep_for(std::chrono::milliseconds(200));
      client.send("s");
      http_request(served.address(), "GET /hello");
    }
    FAIL() << "it was never dropped";
  } catch (const std::runtime_error&) {
    EXPECT_GT(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(900));
  }
}

TEST(HttpServer, NoPathHoldsAZeroByte) {
  const Served served;
  EXPECT_THAT(http_request(served.address(), "GET /hello%00"), StartsWith("HTTP/1.1 404 "));
}

TEST(HttpServer, NoRequestLineHoldsAZeroByte) {
  using namespace std::string_literals;
  const Served served;
  for (const std::string& line :
       {"GET /hello\0junk"s, "GET /hello\0"s, "GET /hello?a\0b=1"s, "GET /hello\0HTTP/1.1"s,
        "GET\0junk /hello"s, "GET \0/hello"s, "HEAD /hello\0junk"s})
    EXPECT_THAT(http_request(served.address(), line), StartsWith("HTTP/1.1 400 ")) << line;
  for (const char* line :
       {"GET /hello", "GET  /hello", "GET /hello?a=1&b", "GET /%68ello", "GET /hello?a=%20b"})
    EXPECT_THAT(http_request(served.address(), line), StartsWith("HTTP/1.1 200 ")) << line;
}

TEST(HttpServer, NoHeaderCanBeReadInTwoWays) {
  const Served served;
  const auto answer_to = [&](const std::string& header) {
    return HttpClient(served.address())
        .send("GET /hello HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" + header +
              "\r\n\r\n")
        .read_to_end();
  };
  for (const char* header : {"Content-Length : 5", "Content-Length\t: 5", "A b: c", "A(b): c",
                             "A: b\rContent-Length: 5"})
    EXPECT_THAT(answer_to(header), StartsWith("HTTP/1.1 400 ")) << header;
  for (const char* header : {"A-b_c: d e", "A:", "A:b", "A: b: c"})
    EXPECT_THAT(answer_to(header), StartsWith("HTTP/1.1 200 ")) << header;
}

TEST(HttpServer, LongBodiesBeyondTheRoomAreRefused) {
  auto pages = routes();
  pages["/mine"] = [](const HttpRequest& request) {
    return HttpResponse{.body = std::string(900 << 10, request.query.begin()->first[0])};
  };
  const HttpServer server(Served::with_port({.body_room_bytes = 1 << 20}), pages);
  const std::string address = server.bound_addresses()[0];
  HttpClient slow(address);
  slow.send("GET /mine?a HTTP/1.1\r\nHost: localhost\r\n\r\n").read_until("\r\n\r\n");
  EXPECT_THAT(http_request(address, "GET /mine?b"), StartsWith("HTTP/1.1 503 "));
  EXPECT_EQ(body_of(http_request(address, "GET /mine?a")), std::string(900 << 10, 'a'));
  EXPECT_EQ(body_of(http_request(address, "GET /hello")), "hello\n");
}

TEST(HttpServer, ServesManyClientsAtOnce) {
  const Served served;
  std::atomic<int> good = 0;
  std::vector<std::thread> clients;
  for (int i = 0; i < 8; ++i) {
    clients.emplace_back([&] {
      for (int j = 0; j < 25; ++j)
        good += body_of(http_request(served.address(), "GET /hello")) == "hello\n";
    });
  }
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(good, 200);
}

TEST(HttpServer, GarbageIsAnsweredOrDroppedAndTheNextClientServed) {
  const Served served;
  for (const std::string& garbage :
       {std::string("\r\n\r\n\r\n"), std::string(64, '\0') + "\r\n\r\n", std::string("GET\r\n\r\n"),
        "GET /" + std::string(100'000, 'a') + "\r\n\r\n",
        std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")}) {
    HttpClient(served.address()).send(garbage);
  }
  EXPECT_EQ(body_of(http_request(served.address(), "GET /hello")), "hello\n");
}

TEST(HttpServer, NothingIsServedWhenOneAddressIsTaken) {
  const Served first;
  const std::string address = "unix:/tmp/tierwatch-taken-" + std::to_string(getpid()) + ".sock";
  EXPECT_THROW(HttpServer({.listen_addresses = {address, first.address()}}, routes()),
               std::runtime_error);
  EXPECT_NE(access(address.c_str() + 5, F_OK), 0);
}

}  // namespace
}  // namespace tierwatch

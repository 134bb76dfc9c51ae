// SPDX-License-Identifier: MIT
#include "collectors/requests/request_socket.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "collectors/servers/conf/uwsgi_conf.h"

namespace tierwatch {
namespace {

using testing::Optional;

TEST(RequestsInProgress, KeepsMethodPathAndAgeAlone) {
  const auto found = requests_in_progress(R"({"version":"2.0.21","workers":[
    {"id":1,"pid":812,"status":"busy","cores":[
      {"id":0,"in_request":1,"vars":["HTTP_COOKIE=secret","REQUEST_METHOD=GET",
        "REQUEST_URI=/order/7?token=secret","PATH_INFO=/order/7",""],"req_info":{"request_start":1700000000}},
      {"id":1,"in_request":0,"vars":["REQUEST_URI=/old"],"req_info":{}}]},
    {"id":2,"pid":813,"status":"idle","cores":[{"id":0,"in_request":1,"vars":[]}]}]})");
  ASSERT_TRUE(found);
  ASSERT_EQ(found->size(), 2u);
  EXPECT_EQ(found->at(0).pid, 812);
  EXPECT_EQ(found->at(0).endpoint, "GET /order/<n>");
  EXPECT_THAT(found->at(0).begun, Optional(std::chrono::seconds(1700000000)));
  EXPECT_EQ(found->at(1).pid, 813);
  EXPECT_EQ(found->at(1).endpoint, "");
  EXPECT_FALSE(found->at(1).begun);
}

TEST(RequestsInProgress, RefusesWhatIsNoSuchDocument) {
  for (const char* text :
       {"", "{", "[]", "{}", "{\"workers\":1}", "{\"workers\":[]}", "HTTP/1.1 200"})
    EXPECT_FALSE(requests_in_progress(text)) << text;
}

TEST(UwsgiStats, AreFoundInTheCommandLineAndItsFiles) {
  const UwsgiFiles none = [](const std::string&) { return std::nullopt; };
  const UwsgiFiles ini = [](const std::string& path) -> std::optional<std::string> {
    if (path != "/etc/app.ini") return std::nullopt;
    return "[other]\nstats = /wrong\n[uwsgi]\n# stats = /no\nmaster = true\n stats = "
           "/run/app.stats \r\n";
  };
  EXPECT_EQ(uwsgi_stats_address("uwsgi --stats /run/a.sock --master", none), "/run/a.sock");
  EXPECT_EQ(uwsgi_stats_address("uwsgi --stats=127.0.0.1:9191", none), "127.0.0.1:9191");
  EXPECT_EQ(uwsgi_stats_address("uwsgi --ini /etc/app.ini", ini), "/run/app.stats");
  EXPECT_EQ(uwsgi_stats_address("uwsgi /etc/app.ini", ini), "/run/app.stats");
  EXPECT_EQ(uwsgi_stats_address("uwsgi --master", ini), std::nullopt);
  EXPECT_EQ(uwsgi_stats_address("uwsgi --stats /run/%n.sock", none), std::nullopt);
  EXPECT_EQ(uwsgi_stats_address("uwsgi --stats", none), std::nullopt);
  EXPECT_EQ(uwsgi_stats_address("", none), std::nullopt);
}

TEST(RequestSocket, IsAskedOnThisMachineAlone) {
  const ProcFs files;
  std::string why;
  EXPECT_FALSE(ask_request_socket(files, getpid(), getuid(), "10.0.0.9:9191", why));
  EXPECT_THAT(why, testing::HasSubstr("no port of this machine"));
  EXPECT_FALSE(ask_request_socket(files, getpid(), getuid(), "/no/such.sock", why));
  EXPECT_THAT(why, testing::HasSubstr("cannot be connected to"));
  EXPECT_FALSE(ask_request_socket(files, getpid(), getuid(), "/" + std::string(200, 'x'), why));
  EXPECT_THAT(why, testing::HasSubstr("too long"));
}

}  // namespace
}  // namespace tierwatch

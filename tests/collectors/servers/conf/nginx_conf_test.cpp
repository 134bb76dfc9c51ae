// SPDX-License-Identifier: MIT
#include "collectors/servers/conf/nginx_conf.h"

#include <gtest/gtest.h>

#include <map>

namespace tierwatch {
namespace {

using Texts = std::map<std::string, std::vector<std::string>>;

std::optional<std::uint64_t> connections(std::string_view text, const Texts& files = {}) {
  return nginx_worker_connections(
      text, [&](const std::string& pattern) -> std::optional<std::vector<std::string>> {
        const auto found = files.find(pattern);
        return found == files.end() ? std::nullopt : std::optional(found->second);
      });
}

TEST(NginxConf, TheEventsBlockTells) {
  EXPECT_EQ(connections("user www-data;\nevents {\n  worker_connections 768;\n}\n"), 768u);
  EXPECT_EQ(connections("events{worker_connections 10;multi_accept on;}"), 10u);
  EXPECT_EQ(connections("events {\n multi_accept on;\n worker_connections\n '4'; }"), 4u);
}

TEST(NginxConf, WithoutTheSettingItIsNginxDefault) {
  EXPECT_EQ(connections("events { }\nhttp { }\n"), 512u);
}

TEST(NginxConf, CommentsDoNotCount) {
  EXPECT_EQ(connections("events {\n # worker_connections 4096;\n use epoll;\n}"), 512u);
  EXPECT_EQ(connections("# events { worker_connections 1; }\n"), std::nullopt);
}

TEST(NginxConf, OtherWordsWithEventsInThemDoNotCount) {
  EXPECT_EQ(connections("error_log /var/log/events;\nload_module modules/ngx_events.so;\n"
                        "pid /run/events;\nhttp { map $a $b { events 1; default '}'; } }\n"
                        "env \"A=events { worker_connections 1; \\\" }\";\n"
                        "events { worker_connections 20; }"),
            20u);
}

TEST(NginxConf, WhatIsIncludedAtTheTopOrInEventsCounts) {
  const Texts files{{"modules/*.conf", {}},
                    {"events.conf", {"events { include tuning.conf; }"}},
                    {"tuning.conf", {"multi_accept on;", "worker_connections 64;"}}};
  EXPECT_EQ(connections("include modules/*.conf;\ninclude events.conf;\nhttp { }\n", files), 64u);
  EXPECT_EQ(connections("include modules/*.conf;\nevents { }", files), 512u);
  EXPECT_EQ(connections("http { include mime.types; }\nevents { use epoll; }"), 512u);
}

TEST(NginxConf, WhatCannotBeReadLeavesItUnknown) {
  EXPECT_EQ(connections("include events.conf;\nhttp { }\n"), std::nullopt);
  EXPECT_EQ(connections("events { include tuning.conf; }"), std::nullopt);
  EXPECT_EQ(connections("events { include tuning.conf; worker_connections 7; }"), 7u)
      << "it may stand once";
  EXPECT_EQ(connections(""), std::nullopt);
}

TEST(NginxConf, AFileThatIncludesItselfEnds) {
  const Texts files{{"a", {"include a; include a;"}}};
  EXPECT_EQ(connections("include a;\nevents { }", files), std::nullopt);
}

TEST(NginxConf, AValueThatIsNoNumberIsNotKnown) {
  EXPECT_EQ(connections("events { worker_connections many; }"), std::nullopt);
  EXPECT_EQ(connections("events { worker_connections 4"), 4u) << "cut off";
}

std::optional<NginxPartLimits> parts(std::string_view text, const Texts& files = {}) {
  return nginx_part_limits(
      text, [&](const std::string& pattern) -> std::optional<std::vector<std::string>> {
        const auto found = files.find(pattern);
        return found == files.end() ? std::nullopt : std::optional(found->second);
      });
}

TEST(NginxConf, TheSmallestLimitOfAPartCounts) {
  const Texts files{{"site", {"limit_conn a 7;", "server { limit_conn a \"6\"; }"}}};
  const auto found = parts(
      "events { } http { limit_conn_zone $x zone=a:1m; limit_conn a 9; server_name max_conns=1;"
      "upstream u { server 1.2.3.4 max_conns=5 weight=1; server b max_conns=0; } include site; }",
      files);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->clients, 6u);
  EXPECT_EQ(found->upstreams, 5u);
  EXPECT_EQ(parts("http { }")->clients, 0u);
}

TEST(NginxConf, ALimitOfTheRateOfRequestsIsOneWhereverItStands) {
  EXPECT_TRUE(parts("http { server { location / { limit_req zone=a burst=5; } } }")->rate);
  EXPECT_FALSE(
      parts("http { limit_req_zone $x zone=a:1m rate=9r/s; limit_req_status 429; }")->rate);
}

TEST(NginxConf, ALimitOfAPartThatCannotBeReadIsNotKnown) {
  EXPECT_FALSE(parts("http { include site; }"));
  EXPECT_FALSE(parts("http { limit_conn a $many; }"));
  EXPECT_FALSE(parts("include a;", {{"a", {"include a;"}}}));
}

std::optional<std::string> path_of(const std::string& arguments,
                                   const std::optional<std::string>& program = {}) {
  return nginx_conf_path("nginx: master process " + arguments, program);
}

TEST(NginxConfPath, IsTheOneTheTitleNames) {
  EXPECT_EQ(path_of("nginx -c /srv/my.conf"), "/srv/my.conf");
  EXPECT_EQ(path_of("nginx -p /elsewhere -c/srv/my.conf -g daemon off;"), "/srv/my.conf");
  EXPECT_EQ(path_of("/srv/bin/nginx -c /srv/my.conf"), "/srv/my.conf");
}

TEST(NginxConfPath, IsRelativeToThePrefix) {
  EXPECT_EQ(path_of("nginx -p /srv/app -c conf/my.conf"), "/srv/app/conf/my.conf");
  EXPECT_EQ(path_of("nginx -c my.conf -p/srv/app/"), "/srv/app/my.conf");
  EXPECT_EQ(path_of("nginx -p . -c my.conf"), "./my.conf") << "of the working directory";
}

TEST(NginxConfPath, FollowsFromTheProgramWhereNothingNamesIt) {
  EXPECT_EQ(path_of("nginx -g daemon off;"), "/etc/nginx/nginx.conf");
  EXPECT_EQ(path_of("/usr/sbin/nginx -p /srv"), "/etc/nginx/nginx.conf");
  EXPECT_EQ(path_of("nginx", "/usr/local/nginx/sbin/nginx"), "/usr/local/nginx/conf/nginx.conf");
  EXPECT_EQ(path_of("/usr/local/openresty/nginx/sbin/nginx -g daemon on;"),
            "/usr/local/openresty/nginx/conf/nginx.conf");
  EXPECT_EQ(path_of("/usr/local/openresty/bin/openresty"),
            "/usr/local/openresty/nginx/conf/nginx.conf");
  EXPECT_EQ(path_of("/usr/local/openresty/bin/openresty -p /srv/app"), "/srv/app/conf/nginx.conf");
  EXPECT_EQ(path_of("/usr/local/nginx/sbin/nginx -c my.conf"), "/usr/local/nginx/my.conf");
}

TEST(NginxConfPath, IsNotKnownWhereItWasCompiledIn) {
  EXPECT_EQ(path_of("nginx -c my.conf"), std::nullopt) << "prefixes differ";
  EXPECT_EQ(path_of("/opt/nginx/sbin/nginx"), std::nullopt);
  EXPECT_EQ(path_of("nginx", "/opt/nginx/sbin/nginx"), std::nullopt);
}

TEST(NginxConfPath, IsNotKnownFromATitleThatDoesNotShowIt) {
  EXPECT_EQ(nginx_conf_path("nginx: master proc", {}), std::nullopt);
  EXPECT_EQ(nginx_conf_path("nginx: worker process", {}), std::nullopt);
  EXPECT_EQ(path_of("nginx -c"), std::nullopt);
  EXPECT_EQ(path_of("nginx -g events { worker_connections 4; }"), std::nullopt);
  EXPECT_EQ(nginx_conf_path("", {}), std::nullopt);
}

TEST(NginxConfPath, FlagsMayStandBeforeIt) {
  EXPECT_EQ(path_of("nginx -qc /srv/my.conf"), "/srv/my.conf");
  EXPECT_EQ(path_of("nginx -q -c/srv/my.conf"), "/srv/my.conf");
  EXPECT_EQ(path_of("nginx -e stderr -qp/srv -c my.conf"), "/srv/my.conf");
}

TEST(NginxConfPath, IsNotKnownWhereItMayEndElsewhere) {
  EXPECT_EQ(path_of("nginx -c /srv/my conf"), std::nullopt);
  EXPECT_EQ(path_of("nginx -p /srv/my app -c a.conf"), std::nullopt);
  EXPECT_EQ(path_of("nginx -c /a.conf -c /b.conf"), std::nullopt) << "/a.conf -c /b.conf?";
  EXPECT_EQ(path_of("nginx -c /a.conf -x"), std::nullopt);
  EXPECT_EQ(path_of("nginx -g daemon off; -c /a.conf"), "/a.conf");
  EXPECT_EQ(path_of("nginx -g daemon off;events{} -c /a.conf"), std::nullopt);
}

TEST(NginxConfPath, OfAngieIsInBrackets) {
  EXPECT_EQ(nginx_conf_path("angie: master process v1.8.0 #2 [/usr/sbin/angie -c /srv/a.conf]", {}),
            "/srv/a.conf");
  EXPECT_EQ(nginx_conf_path("angie: single process v1.8.0 #1 [angie]", {}),
            "/etc/angie/angie.conf");
  EXPECT_EQ(nginx_conf_path("angie: worker process #2", {}), std::nullopt);
  EXPECT_EQ(nginx_conf_path("angie: master process v1.8.0 #2 [/usr/sbin/ang", {}), std::nullopt);
}

TEST(NginxConfPath, WithoutAMasterTheCommandLineIsTheTitle) {
  EXPECT_EQ(nginx_conf_path("nginx -g master_process off;", {}), "/etc/nginx/nginx.conf");
}

}  // namespace
}  // namespace tierwatch

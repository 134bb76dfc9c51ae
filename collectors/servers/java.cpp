// SPDX-License-Identifier: MIT
//
// Servers on Java: one process of many threads each, known by its main class. Whatever else runs on
// Java is a tier, too: an application with a server inside is started by `java -jar shop.jar`.
#include "collectors/servers/server.h"

namespace tierwatch::servers {

namespace {

Server java_server(const char* name, const char* main_class, std::vector<const char*> listen) {
  return {.name = name,
          .match = {{.comm = "java", .cmdline = main_class},
                    {.exe = "*/bin/java", .cmdline = main_class}},
          .children = true,
          .roles = {kStartedProgram, {.name = "main", .kind = kThreaded}},
          .child_cpu_role = "child",
          .traits = {},
          .listen = std::move(listen)};
}

}  // namespace

const Server& tomcat() {
  static const Server server = java_server(
      "tomcat", R"( org\.apache\.catalina\.startup\.Bootstrap (?:.* )?start( |$))", {"tcp:8080"});
  return server;
}

// From version 8 on `-m org.elasticsearch.server/org.elasticsearch.bootstrap.Elasticsearch`,
// started by a launcher that then waits.
const Server& elasticsearch() {
  static const Server server = [] {
    Server search = java_server("elasticsearch",
                                R"([ /]org\.elasticsearch\.(?:bootstrap\.Elasticsearch)"
                                R"(|launcher\.CliToolLauncher)( |$))",
                                {"tcp:9200"});
    search.roles.insert(search.roles.begin() + 1,
                        {.name = "launcher", .title = R"(launcher\.CliToolLauncher)"});
    return search;
  }();
  return server;
}

const Server& opensearch() {
  static const Server server =
      java_server("opensearch", R"( org\.opensearch\.bootstrap\.OpenSearch( |$))", {"tcp:9200"});
  return server;
}

const Server& java() {
  static const Server server = [] {
    Server any = java_server("java", R"(^\S*java )", {"tcp:8080"});
    any.children = false;  // build tools and editors start whatever their user wants
    any.roles = {{.name = "main", .kind = kThreaded}};
    any.child_cpu_role = "main";
    return any;
  }();
  return server;
}

}  // namespace tierwatch::servers

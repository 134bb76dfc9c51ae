// SPDX-License-Identifier: MIT
#include "collectors/servers/server.h"

namespace tierwatch::servers {

// Newer node calls its main thread, and so the process, `MainThread` or `node-MainThread`;
// process.title changes comm and command line: those of well-known programs that set it are listed,
// others are recognised by their exe alone. Programs started by node do not join: an editor's
// server on node starts its user's whole shell.
const Server& node() {
  static const Server server{
      .name = "node",
      .match = {{.comm = "node"},
                {.comm = "nodejs"},
                {.comm = "next-server (v*"},
                {.comm = "next-router-wor"},
                {.comm = "next-render-wor"},
                {.comm = "node-red"},
                {.comm = "npm *"},
                {.comm = "PM2 v*"},
                {.exe = "*/node"},
                {.exe = "*/nodejs"},
                // Next.js names its process "next-server (v14.2.3)": comm is cut to 15 bytes.
                {.comm = "next-server (v*"},
                {.cmdline = R"(^(\S*/)?node(js)?( |$))"}},
      .children = false,
      .roles = {{.name = "launcher", .title = "^(npm|npx|yarn|pnpm|PM2)( |$)"},
                {.name = "worker", .kind = kEventWorker, .parent_in_tier = true},
                {.name = "main", .kind = kEventWorker}},
      .child_cpu_role = "worker",
      .traits = {.single_core_processes = true},
      .listen = {"tcp:3000"}};
  return server;
}

}  // namespace tierwatch::servers

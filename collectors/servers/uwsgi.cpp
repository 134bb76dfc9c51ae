// SPDX-License-Identifier: MIT
#include <csignal>

#include "collectors/servers/conf/uwsgi_conf.h"
#include "collectors/servers/server.h"

namespace tierwatch::servers {

namespace {

constexpr SignalEffect kUwsgiSignals[] = {
    {SIGHUP, "master",
     "reloads: its workers finish their requests, and new ones load the application anew"},
    {SIGHUP, "worker", "ends when its request is finished, and the master starts another"},
    {SIGTERM, "master", "reloads without waiting for requests; with die-on-term it ends"},
    {SIGTERM, "worker", "ends, and the master starts another"},
    {SIGINT, "master", "ends with all of its workers at once"},
    {SIGQUIT, "master", "ends with all of its workers at once; with die-on-term it reloads"},
    {SIGUSR1, "master", "writes its statistics into its log"},
};

std::optional<std::string> find_request_socket(ForeignFiles& files, const ServerProcess& server) {
  return uwsgi_stats_address(server.title,
                             [&](const std::string& path) { return files.read(path); });
}

}  // namespace

// All processes of a uWSGI show the command line as title unless it runs with --auto-procname. What
// tells them apart without privilege is what they do with signals (SigIgn and SigCgt of
// /proc/PID/status), which --auto-procname,
// --lazy-apps, --die-on-term, --threads and plugins do not change. Seen with uWSGI 2.0.21:
//
//                      HUP      QUIT     USR1     USR2     PIPE     TSTP     URG
//   http, fastrouter   ignores  catches  ignores  ignores  ignores  ignores  -
//   spooler            ignores  -        catches  ignores  ignores  ignores  -
//   mule               catches  catches  ignores  ignores  ignores  ignores  -
//   emperor            catches  catches  catches  -        ignores  -        catches
//   master             catches  catches  catches  -        ignores  catches  -
//   worker             catches  -        catches  catches  catches  catches  -
//   without a master   catches  -        catches  catches  catches  -        -
const Server& uwsgi() {
  static const Server server{
      .name = "uwsgi",
      .match = {{.comm = "uwsgi"},
                {.comm = "uwsgi-core"},
                {.comm = "uwsgi_python"},
                {.comm = "uwsgi_python[0-9]*"},
                {.comm = "uwsgi_psgi"},
                {.comm = "uwsgi_rack"},
                {.comm = "uwsgi_rack_*"},
                {.comm = "uwsgi_php"},
                {.comm = "uwsgi_php[0-9]*"},
                {.comm = "uwsgi_lua"},
                {.comm = "uwsgi_lua[0-9]*"},
                {.comm = "pyuwsgi"},
                {.exe = "*/uwsgi"},
                {.exe = "*/uwsgi-core"}},
      .children = true,
      .roles = {kStartedProgram,
                // The other gateways (fastrouter, rawrouter, sslrouter) look the same and are rare.
                {.name = "http-router",
                 .kind = kEventWorker,
                 .ignores = signal_bit(SIGHUP) | signal_bit(SIGUSR1)},
                {.name = "mule", .ignores = signal_bit(SIGUSR1)},
                {.name = "spooler", .ignores = signal_bit(SIGHUP)},
                {.name = "emperor", .catches = signal_bit(SIGURG)},
                {.name = "master",
                 .ignores = signal_bit(SIGPIPE),
                 .catches = signal_bit(SIGTSTP) | signal_bit(SIGQUIT)},
                {.name = "worker", .kind = kSyncWorker}},
      .child_cpu_role = "worker",
      .traits = {.single_core_processes = true, .interpreter_lock = true},
      .settings = {.request_socket = find_request_socket},
      .listen = {"unix:/run/uwsgi/*", "tcp:3031"},
      .signals = kUwsgiSignals};
  return server;
}

}  // namespace tierwatch::servers

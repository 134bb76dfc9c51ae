// SPDX-License-Identifier: MIT
//
// Limits around the tiers: memory of the host, room on disks, links, SYN backlogs.
#include "tests/support/judge_cases.h"

namespace tierwatch {
namespace {

void wait_for_memory(HostFacts& host, double left_mebibytes, double reread = 50) {
  host.memory_available_bytes = left_mebibytes * kMebibyte;
  host.memory_pressure_ratio = 0.3;
  host.reclaim = ReclaimFacts{.direct_pages_per_second = 900,
                              .background_pages_per_second = 5000,
                              .reread_pages_per_second = reread};
}

void send_over_a_link(JudgeInput& in, double ratio, double waiting) {
  in.host.links = {{.name = "eth0", .bits_per_second = 1e9, .sent_ratio = ratio},
                   {.name = "eth1", .bits_per_second = 1e10, .sent_ratio = 0.01}};
  tier_of(in, "nginx").sending = waiting;
  tier_of(in, "uwsgi").sending = 0.1;
}

void leave_room(JudgeInput& in, const std::string& tier, double bytes, double inodes = 5000) {
  tier_of(in, tier).space = SpaceFacts{.directory = "/data",
                                       .size_bytes = 20480 * kMebibyte,
                                       .left_bytes = bytes,
                                       .inodes = 65536,
                                       .left_inodes = inodes};
}

void ask_for_connections(JudgeInput& in, double half_open, double dropped) {
  tier_of(in, "nginx").listeners = {
      {{.name = "0.0.0.0:80", .limit = 128, .drops = 0, .half_open = half_open}}};
  in.host.syn_drops = dropped;
}

/// What uWSGI's workers wait for; it may have 6 clients.
void wait_for_mysql(JudgeInput& in, double clients) {
  TierFacts server = quiet_tier("mysql", RoleKind::kThreaded, 1);
  server.connection_table = {clients, 6};
  in.tiers.push_back(std::move(server));
  fill_workers(tier_of(in, "uwsgi"));
  tier_of(in, "uwsgi").waits = {{{WaitFacts::For::kTier, "mysql", 0.9}}};
}

/// Clients of a proxy whose frontends may have 8 each.
void fill_a_frontend(JudgeInput& in, double clients) {
  TierFacts proxy = quiet_tier("haproxy", RoleKind::kEventWorker, 1);
  proxy.connections = clients;
  proxy.connection_table = {clients, 1000};
  proxy.possible_limit = {clients, 8};
  proxy.listeners->front().queued_ratio = 1;
  in.tiers.push_back(std::move(proxy));
}

}  // namespace

std::vector<JudgeCase> host_memory_cases() {
  return {
      {"host out of memory, most of it postgres", "postgres memory",
       [](JudgeInput& in) {
         wait_for_memory(in.host, 20);
         tier_of(in, "postgres").own_memory_bytes = 600 * kMebibyte;
       },
       &Thresholds::host_memory},
      {"host out of memory, most of it nobody's", "other memory",
       [](JudgeInput& in) { wait_for_memory(in.host, 20); }, &Thresholds::host_memory},
      {"little memory is left, and nobody wants more", "nothing",
       [](JudgeInput& in) { in.host.memory_available_bytes = 20 * kMebibyte; }},
      {"little memory is left while one waits at the limit of a cgroup", "nothing",
       [](JudgeInput& in) {
         in.host.memory_available_bytes = 20 * kMebibyte;
         in.host.memory_pressure_ratio = 0.6;
       }},
      {"little memory is left, and the kernel tells nothing more", "nothing",
       [](JudgeInput& in) {
         in.host.memory_available_bytes = 20 * kMebibyte;
         in.host.memory_pressure_ratio.reset();
         in.host.reclaim.reset();
       }},
      {"a kernel without pressure reads back what it drops", "other memory",
       [](JudgeInput& in) {
         wait_for_memory(in.host, 20, 4000);
         in.host.memory_pressure_ratio.reset();
       }},
      {"a kernel without pressure drops what nobody wants back", "nothing",
       [](JudgeInput& in) {
         wait_for_memory(in.host, 20);
         in.host.memory_pressure_ratio.reset();
       }},
      {"what is dropped is read back, though some memory is left", "other memory",
       [](JudgeInput& in) { wait_for_memory(in.host, 180, 4000); }},
      {"files are read through, and nobody wants them back", "nothing",
       [](JudgeInput& in) { wait_for_memory(in.host, 180); }},
  };
}

std::vector<JudgeCase> limits_of_places() {
  return {
      {"a link sends as fast as it can", "nginx network",
       [](JudgeInput& in) { send_over_a_link(in, 0.97, 12); }, nullptr, true},
      {"a busy link, and all answers leave at once", "nothing",
       [](JudgeInput& in) { send_over_a_link(in, 0.97, 0.2); }, nullptr, true},
      {"answers wait for slow clients, the link does not", "nothing",
       [](JudgeInput& in) { send_over_a_link(in, 0.4, 12); }, nullptr, true},
      {"answers wait for the shaped loopback", "nginx network",
       [](JudgeInput& in) {
         send_over_a_link(in, 0.4, 0);
         in.host.links.push_back({.name = "lo", .bits_per_second = 2e7, .sent_ratio = 1});
         tier_of(in, "nginx").unsent = 8;
       },
       nullptr, true},
      {"workers wait for a server that refuses connections", "mysql connections",
       [](JudgeInput& in) { wait_for_mysql(in, 10); }, nullptr, true},
      {"workers wait for a server that has as many clients as it may", "uwsgi workers",
       [](JudgeInput& in) { wait_for_mysql(in, 6); }, nullptr, true},
      {"nothing can be written", "postgres space",
       [](JudgeInput& in) { leave_room(in, "postgres", 8192); }, nullptr, true},
      {"no file can be made", "postgres space",
       [](JudgeInput& in) { leave_room(in, "postgres", 1000 * kMebibyte, 0); }, nullptr, true},
      {"the disk is nearly full", "nothing",
       [](JudgeInput& in) { leave_room(in, "postgres", 100 * kMebibyte); }, nullptr, true},
      {"a cache that may keep nothing has no room", "nothing",
       [](JudgeInput& in) { leave_room(in, "redis", 0); }, nullptr, true},
      {"who asks for a connection is turned away", "nginx connections",
       [](JudgeInput& in) { ask_for_connections(in, 128, 40); }, nullptr, true},
      {"half-open connections, and nobody is turned away", "nothing",
       [](JudgeInput& in) { ask_for_connections(in, 128, 0); }, nullptr, true},
      {"somebody's SYN backlog is full", "nothing",
       [](JudgeInput& in) { ask_for_connections(in, 3, 40); }, nullptr, true},
      {"a frontend has as many clients as it may", "haproxy connections",
       [](JudgeInput& in) { fill_a_frontend(in, 8); }, nullptr, true},
      {"a proxy accepts no more, and holds more than one frontend may", "haproxy workers",
       [](JudgeInput& in) { fill_a_frontend(in, 12); }, nullptr, true},
  };
}

}  // namespace tierwatch

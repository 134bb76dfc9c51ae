// SPDX-License-Identifier: MIT
#include <algorithm>

#include <csignal>

#include "collectors/parse/proc_text_process.h"
#include "collectors/servers/conf/redis_conf.h"
#include "collectors/servers/server.h"
#include "collectors/servers/server_settings.h"
#include "collectors/text/text_scan.h"

namespace tierwatch::servers {

namespace {

constexpr std::uint64_t kRedisClients = 10000;  // config.c
constexpr std::uint64_t kOwnFiles = 32;         // server.h, CONFIG_MIN_RESERVED_FDS
constexpr const char* kRedisFiles[] = {"/etc/redis/redis.conf", "/etc/redis.conf",
                                       "/etc/valkey/valkey.conf", "/etc/keydb/keydb.conf"};

/// A file that its pidfile proves to be its own: Redis overwrites its command line, so nothing else
/// tells which one it was given.
std::optional<std::string> own_file(const ProcFs& all, pid_t pid) {
  ForeignFiles candidates(all, pid);  // another's file, or a pidfile, may change
  for (const char* path : kRedisFiles) {
    const auto text = candidates.read(path);
    if (!text || redis_setting(*text, "include")) continue;
    const auto pidfile = redis_setting(*text, "pidfile");
    const auto written = pidfile ? candidates.read(*pidfile) : std::nullopt;
    if (!written || to_number<pid_t>(trim_blanks(*written)) != pid) continue;
    return path;
  }
  return std::nullopt;
}

std::optional<std::uint64_t> configured_clients(ForeignFiles& files, const std::string& path) {
  const auto text = files.read(path);
  if (!text) return std::nullopt;
  const auto most = redis_setting(*text, "maxclients");
  return most ? to_number<std::uint64_t>(*most) : kRedisClients;
}

/// Whose change says nothing about the limit of clients: that may be known without a file.
std::optional<std::uint64_t> configured_memory(const ProcFs& all, const ServerProcess& server,
                                               const std::string& path) {
  ForeignFiles files(all, server.id.pid);
  const auto text = files.read(path);
  if (!text || files.newest_change() > server.configured + ServerSettings::kWrittenAtStart)
    return std::nullopt;
  return redis_memory_limit(*text);
}

/// Redis raises its limit of open files to maxclients + 32, or lets fewer clients in.
void read_redis_settings(const ProcFs& all, ForeignFiles& files, const ServerProcess& server,
                         ServerSettingsReading& settings) {
  std::string buffer;
  const FileText limits = all.read(process_path(server.id.pid, "limits"), buffer);
  const auto open_files =
      limits ? parse_limit(limits.text, kOpenFilesLimit).value_or(std::nullopt) : std::nullopt;
  const auto file = own_file(all, server.id.pid);
  if (file) settings.most_memory_bytes = configured_memory(all, server, *file);
  if (open_files == kRedisClients + kOwnFiles) {
    settings.most_clients = kRedisClients;
    return;
  }
  const auto configured = file ? configured_clients(files, *file) : std::nullopt;
  if (!configured || !open_files || *open_files <= kOwnFiles) return;
  settings.most_clients = std::min(*configured, *open_files - kOwnFiles);
}

constexpr SignalEffect kRedisSignals[] = {
    {SIGTERM, "main", "saves, where it is told to, and ends"},
    {SIGINT, "main", "saves, where it is told to, and ends"},
    {SIGHUP, "main", "does nothing: it ignores this signal"},
    {SIGUSR1, "bgsave", "gives up this save, which does not count as a failed one"},
    {SIGKILL, "main", "ends at once: what it has not saved yet is lost"},
};

/// The three differ in their names, in files and titles alike.
Server redis_like(const char* name, const char* program, const char* sentinel,
                  const char* aof_rewrite, const char* socket) {
  return {.name = name,
          .match = {{.comm = program}, {.comm = sentinel}},
          .children = true,
          .roles = {kStartedProgram,
                    {.name = "sentinel", .title = R"(\[sentinel\] *$)"},
                    {.name = "aof-rewrite", .title = aof_rewrite},
                    {.name = "bgsave", .parent_in_tier = true},
                    {.name = "main", .kind = kEventWorker}},
          .child_cpu_role = "bgsave",
          .traits = {.single_core_processes = true,
                     .fewest_clients = 20,
                     .least_data_bytes = 16 << 20,
                     .may_keep_nothing = true,
                     .connections_option = "maxclients"},
          .settings = {.read = read_redis_settings},
          .data_places = working_directory,
          .listen = {"tcp:6379", socket},
          .signals = kRedisSignals};
}

}  // namespace

// `redis-server 127.0.0.1:6379`; forks are `redis-rdb-bgsave 127.0.0.1:6379`, `redis-rdb-to-slaves
// …`, `redis-aof-rewrite …`. exe says nothing: Debian's redis-server is a link to redis-check-rdb.
const Server& redis() {
  static const Server server = redis_like("redis", "redis-server", "redis-sentinel",
                                          "^redis-aof-rewrite ", "unix:/run/redis/*");
  return server;
}

const Server& valkey() {
  static const Server server = redis_like("valkey", "valkey-server", "valkey-sentinel",
                                          "^(?:valkey|redis)-aof-rewrite ", "unix:/run/valkey/*");
  return server;
}

// Its threads (`server-threads`) serve clients each.
const Server& keydb() {
  static const Server server = [] {
    Server threads = redis_like("keydb", "keydb-server", "keydb-sentinel",
                                "^(?:keydb|redis)-aof-rewrite ", "unix:/run/keydb/*");
    threads.traits.single_core_processes = false;
    return threads;
  }();
  return server;
}

}  // namespace tierwatch::servers

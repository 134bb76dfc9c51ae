// SPDX-License-Identifier: MIT
#include "collectors/servers/server.h"
#include "collectors/text/text_scan.h"

namespace tierwatch::servers {

namespace {

constexpr std::uint64_t kMemcachedClients = 1024;  // memcached.c, settings_init()

/// What one word sets, its value being the next where it bears none: "-c 20", "-vc20",
/// "--conn-limit=20". Absent: another option.
std::optional<std::string_view> limit_in(std::string_view word, std::string_view& rest) {
  constexpr std::string_view kLong = "--conn-limit", kFlags = "dkMLrvSFCA";
  if (word.starts_with(kLong)) {
    word.remove_prefix(kLong.size());
    return word.starts_with('=') ? word.substr(1) : take_field(rest);
  }
  if (!word.starts_with('-') || word.starts_with("--")) return std::nullopt;
  const auto option = word.find_first_not_of(kFlags, 1);
  if (option == std::string_view::npos || word[option] != 'c') return std::nullopt;
  return option + 1 < word.size() ? word.substr(option + 1) : take_field(rest);
}

/// It has no file: its command line says all.
void read_memcached_settings(const ProcFs&, ForeignFiles&, const ServerProcess& server,
                             ServerSettingsReading& settings) {
  settings.most_clients = kMemcachedClients;
  std::string_view rest = server.title;
  while (!rest.empty()) {
    const std::string_view word = take_field(rest);
    if (const auto limit = limit_in(word, rest))
      settings.most_clients = to_number<std::uint64_t>(*limit);
  }
}

}  // namespace

const Server& memcached() {
  static const Server server{.name = "memcached",
                             .match = {{.comm = "memcached"}, {.exe = "*/memcached"}},
                             .children = true,
                             .roles = {kStartedProgram, {.name = "main", .kind = kThreaded}},
                             .child_cpu_role = "child",
                             .traits = {.connections_option = "-c"},
                             .settings = {.read = read_memcached_settings},
                             .listen = {"tcp:11211", "unix:/run/memcached/*"}};
  return server;
}

}  // namespace tierwatch::servers

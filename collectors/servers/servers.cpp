// SPDX-License-Identifier: MIT
#include "collectors/servers/servers.h"

#include <array>
#include <stdexcept>
#include <unordered_map>

#include "collectors/servers/server.h"

namespace tierwatch {

// clang-format off
// The known servers, one a line, in matching order. Each is defined in the file of its name, or of
// its kind.
#define TIERWATCH_SERVERS(X) \
  X(nginx) \
  X(apache) \
  X(uwsgi) \
  X(gunicorn) \
  X(uvicorn) \
  X(hypercorn) \
  X(daphne) \
  X(waitress) \
  X(puma) \
  X(unicorn) \
  X(php_fpm) \
  X(postgres) \
  X(pgbouncer) \
  X(odyssey) \
  X(proxysql) \
  X(redis) \
  X(valkey) \
  X(keydb) \
  X(memcached) \
  X(mysql) \
  X(mongodb) \
  X(node) \
  X(tomcat) \
  X(elasticsearch) \
  X(opensearch) \
  X(rabbitmq) \
  X(varnish) \
  X(haproxy) \
  X(caddy) \
  X(traefik) \
  X(envoy) \
  X(celery) \
  X(java)
// clang-format on

namespace servers {
#define TIERWATCH_DECLARE(name) const Server& name();
TIERWATCH_SERVERS(TIERWATCH_DECLARE)
#undef TIERWATCH_DECLARE
}  // namespace servers

namespace {

#define TIERWATCH_FUNCTION(name) &servers::name,
constexpr auto kServers =
    std::to_array<const Server& (*)()>({TIERWATCH_SERVERS(TIERWATCH_FUNCTION)});
#undef TIERWATCH_FUNCTION

/// Asked for each process at each tick.
const Server* find_server(std::string_view name) {
  static const auto kByName = [] {
    std::unordered_map<std::string_view, const Server*> servers;
    for (const auto server : kServers) servers.emplace(server().name, &server());
    return servers;
  }();
  const auto found = kByName.find(name);
  return found == kByName.end() ? nullptr : found->second;
}

MatchRule make_match(const MatchRow& row) {
  MatchRule rule;
  if (row.comm) rule.comm = Glob(row.comm);
  if (row.exe) rule.exe = Glob(row.exe);
  if (row.cmdline) rule.cmdline = Pattern(row.cmdline);
  return rule;
}

RoleRule make_role(const RoleRow& row) {
  RoleRule role{.name = row.name,
                .kind = row.kind,
                .parent_in_tier = row.parent_in_tier,
                .has_children_in_tier = row.has_children_in_tier,
                .ignores_signals = row.ignores,
                .catches_signals = row.catches,
                .joined = row.joined};
  if (row.title) role.title = Pattern(row.title);
  return role;
}

TierRule make_tier(const Server& row) {
  TierRule tier{.name = row.name,
                .preset = row.name,
                .children = row.children,
                .single_core_processes = row.traits.single_core_processes,
                .titles_tell_state = row.traits.titles_tell_state,
                .listen = {row.listen.begin(), row.listen.end()},
                .path = "built-in preset"};
  for (const MatchRow& match : row.match) tier.match.push_back(make_match(match));
  for (const RoleRow& role : row.roles) {
    if (std::string_view(role.name) == row.child_cpu_role) {
      tier.child_cpu_role = static_cast<std::uint16_t>(tier.roles.size());
    }
    tier.roles.push_back(make_role(role));
  }
  return tier;
}

}  // namespace

std::vector<std::string> preset_names() {
  std::vector<std::string> names;
  for (const auto server : kServers) names.emplace_back(server().name);
  return names;
}

TierRule preset(std::string_view name) {
  if (const Server* server = find_server(name)) return make_tier(*server);
  throw std::out_of_range("unknown preset \"" + std::string(name) + "\"");
}

const ServerTraits& traits_of(std::string_view preset) {
  static const ServerTraits kUnknown;
  const Server* server = find_server(preset);
  return server ? server->traits : kUnknown;
}

DataPlaces data_places_of(std::string_view preset) {
  const Server* server = find_server(preset);
  return server ? server->data_places : nullptr;
}

std::span<const SignalEffect> signals_of(std::string_view preset) {
  const Server* server = find_server(preset);
  return server ? server->signals : std::span<const SignalEffect>();
}

const SettingsSource& settings_source_of(std::string_view preset) {
  static const SettingsSource kNone;
  const Server* server = find_server(preset);
  return server ? server->settings : kNone;
}

}  // namespace tierwatch

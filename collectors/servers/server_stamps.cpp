// SPDX-License-Identifier: MIT
#include "collectors/servers/server_stamps.h"

#include <algorithm>

#include "collectors/servers/server_settings.h"
#include "collectors/servers/servers.h"

namespace tierwatch {
namespace {

/// Where it may not be read which one it is: what it calls itself, if that is a path.
std::string program_of(const ForeignFiles& files, const std::string& title) {
  constexpr std::string_view kReplaced = " (deleted)";
  auto program = files.program();
  if (!program) return title.starts_with('/') ? title.substr(0, title.find(' ')) : std::string();
  if (program->ends_with(kReplaced)) program->resize(program->size() - kReplaced.size());
  return *program;
}

ServerStamp look_at_server(const ProcFs& all, const SettingsSource& source, ServerProcess server) {
  ServerStamp stamp{.tier = {}, .server = server.id, .program = {}, .files = {}};
  ForeignFiles files(all, server.id.pid);
  const std::string program = program_of(files, server.title);
  if (!program.empty() && program.size() <= ServerStamps::kMostPath)
    stamp.program = files.stamp(program);
  ServerSettingsReading left_alone{.server = server.id};
  if (source.read) source.read(all, files, server, left_alone);
  for (const FileStamp& file : files.given_out())
    if (stamp.files.size() < ServerStamps::kMostFiles &&
        file.path.size() <= ServerStamps::kMostPath)
      stamp.files.push_back(file);
  return stamp;
}

}  // namespace

const std::vector<ServerStamp>& ServerStamps::collect(const Instant& at, const TierRules& rules,
                                                      std::span<const ProcessReading> processes) {
  const nanoseconds now = at.monotonic;
  for (ServerStamp& stamp : side_.take(now))
    if (const auto known = known_.find(stamp.server); known != known_.end()) {
      stamp.tier = known->second.tier;
      known->second = std::move(stamp);
    }
  const bool all = now >= due_ && !side_.is_busy();
  if (all) due_ = now + kRefreshInterval;
  std::map<ProcessId, ServerStamp> known;
  for (const ProcessReading& process : processes) {
    if (!process.member || known.size() == kMostServers) continue;
    const TierRule& rule = rules.tiers[process.member->tier];
    const SettingsSource& source = settings_source_of(rule.preset);
    if (rule.preset.empty() || !is_first_of_server(source, rule, process, processes)) continue;
    const auto before = known_.find(process.id);
    ServerStamp& stamp = known[process.id];
    if (before != known_.end()) stamp = before->second;
    stamp.server = process.id;
    stamp.tier = rule.name;
    if (all || before == known_.end()) ask_for(source, process);
  }
  known_ = std::move(known);
  found_.clear();
  for (const auto& [id, stamp] : known_) found_.push_back(stamp);
  return found_;
}

void ServerStamps::ask_for(const SettingsSource& source, const ProcessReading& process) {
  // When it was configured does not matter: what is there now is looked at.
  ServerProcess server{.id = process.id, .title = process.title, .configured = {}};
  side_.add({process.id, [all = files_, &source, server = std::move(server)] {
               return look_at_server(all, source, server);
             }});
}

}  // namespace tierwatch

// SPDX-License-Identifier: MIT
#include "collectors/servers/server_settings.h"

#include <algorithm>

#include "collectors/servers/server_files.h"
#include "collectors/text/text_scan.h"

namespace tierwatch {
namespace {

bool has_parent_in_tier(const ProcessReading& process, std::span<const ProcessReading> processes) {
  const auto parent = std::ranges::lower_bound(
      processes, process.parent_pid, {}, [](const ProcessReading& one) { return one.id.pid; });
  return parent != processes.end() && parent->id.pid == process.parent_pid && parent->member &&
         parent->member->tier == process.member->tier;
}

/// The one that reads the configuration and starts the others.
bool is_first_of_server(const TierRule& rule, const ProcessReading& process,
                        std::span<const ProcessReading> processes) {
  const std::string& role = rule.roles[process.member->role].name;
  if (rule.preset == "php-fpm") return role == "master";
  if (rule.preset == "nginx") return role == "master" || process.parent_pid <= 1;
  if (rule.preset == "redis" || rule.preset == "haproxy")
    return !has_parent_in_tier(process, processes);
  return rule.preset == "postgres" && role == "postmaster";
}

}  // namespace

ServerSettings::ServerSettings(const ProcFs& files)
    : files_(files), side_(std::make_unique<SideThread>()) {}

const std::vector<ServerSettingsReading>& ServerSettings::collect(
    nanoseconds now, const TierRules& rules, std::span<const ProcessReading> processes) {
  take_what_was_read();
  give_up_on_stuck(now);
  // Not while it is at it: files may be slower than the interval.
  const bool all = now >= due_ && !busy_;
  if (all) {
    due_ = now + kRefreshInterval;
    read_somaxconn();
  }
  std::map<ProcessId, ServerSettingsReading> known;
  found_.clear();
  for (const ProcessReading& process : processes) {
    if (!process.member) continue;
    const TierRule& rule = rules.tiers[process.member->tier];
    if (!is_first_of_server(rule, process, processes)) continue;
    auto& settings = known[process.id];
    const auto before = known_.find(process.id);
    if (before != known_.end()) settings = before->second;
    settings.server = process.id;
    settings.tier = process.member->tier;
    const bool is_new = before == known_.end();
    if (is_new) starting_[process.id] = now + kSettles;
    const bool wanted = all || is_new || has_settled(process.id, now);
    if (wanted && known.size() <= kMostServers) ask_for(rule, process);
    found_.push_back(settings);
  }
  known_ = std::move(known);
  std::erase_if(starting_, [&](const auto& one) { return !known_.contains(one.first); });
  return found_;
}

/// True once for each server.
bool ServerSettings::has_settled(const ProcessId& server, nanoseconds now) {
  const auto starting = starting_.find(server);
  if (starting == starting_.end() || now < starting->second) return false;
  starting_.erase(starting);
  return true;
}

void ServerSettings::read_somaxconn() {
  std::string buffer;
  const FileText text = files_.read("proc/sys/net/core/somaxconn", buffer);
  somaxconn_ = text ? to_number<std::uint64_t>(trim_blanks(text.text)) : std::nullopt;
}

void ServerSettings::take_what_was_read() {
  if (!side_) return;
  for (ServerSettingsReading& settings : side_->take())
    if (const auto known = known_.find(settings.server); known != known_.end())
      known->second = settings;
}

void ServerSettings::give_up_on_stuck(nanoseconds now) {
  const auto busy = side_ ? side_->reading() : std::nullopt;
  if (busy != busy_) busy_since_ = now;
  busy_ = busy;
  if (!busy_ || now - busy_since_ < kPatience) return;
  stuck_.insert(*busy_);
  const auto rest = side_->take_back();
  side_->leave();
  side_.reset();
  busy_.reset();
  if (--threads_left_ == 0) return;
  side_ = std::make_unique<SideThread>();
  for (const SideThread::Job& job : rest)
    if (!stuck_.contains(job.server)) side_->add(job);
}

void ServerSettings::ask_for(const TierRule& rule, const ProcessReading& process) {
  if (!side_ || stuck_.contains(process.id)) return;
  side_->add(
      {process.id, [files = files_, id = process.id, preset = rule.preset, title = process.title] {
         return read_server_settings(files, {.id = id, .preset = preset, .title = title});
       }});
}

}  // namespace tierwatch

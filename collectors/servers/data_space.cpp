// SPDX-License-Identifier: MIT
#include "collectors/servers/data_space.h"

#include <algorithm>

#include "collectors/servers/server_settings.h"
#include "collectors/servers/servers.h"

namespace tierwatch {
namespace {

/// The same place by two names counts once.
void add_place(DirectorySpace space, const std::string& working_directory,
               std::vector<DirectorySpace>& places) {
  if (space.directory == ".")
    space.directory = working_directory;
  else if (!space.directory.starts_with('/'))
    space.directory = working_directory + "/" + space.directory;
  if (std::ranges::find(places, space.directory, &DirectorySpace::directory) == places.end())
    places.push_back(std::move(space));
}

}  // namespace

const std::vector<DataSpaceReading>& DataSpace::collect(const Instant& at, const TierRules& rules,
                                                        std::span<const ProcessReading> processes) {
  const nanoseconds now = at.monotonic;
  take(now);
  std::map<ProcessId, Known> known;
  found_.clear();
  for (const ProcessReading& process : processes) {
    if (!process.member || known.size() >= kMostServers) continue;
    const TierRule& rule = rules.tiers[process.member->tier];
    const DataPlaces places = data_places_of(rule.preset);
    if (!places || !is_first_of_server(settings_source_of(rule.preset), rule, process, processes))
      continue;
    const auto before = known_.find(process.id);
    Known& one = known[process.id];
    if (before != known_.end()) one = before->second;
    one.space.server = process.id;
    one.space.tier = process.member->tier;
    if (before == known_.end() || (now - one.asked >= kInterval && one.answered >= one.asked)) {
      ask(process, places);
      one.asked = now;
    }
    if (now - one.answered >= kTooOld) one.space.places.clear();
    found_.push_back(one.space);
  }
  known_ = std::move(known);
  return found_;
}

void DataSpace::take(nanoseconds now) {
  for (DataSpaceReading& space : side_.take(now))
    if (const auto known = known_.find(space.server); known != known_.end()) {
      known->second.space.places = std::move(space.places);
      known->second.space.some_hidden = space.some_hidden;
      known->second.answered = now;
    }
}

void DataSpace::ask(const ProcessReading& process, DataPlaces places) {
  ServerProcess server{.id = process.id, .title = process.title};
  side_.add({process.id, [all = files_, places, server = std::move(server)] {
               DataSpaceReading space{.server = server.id};
               ForeignFiles files(all, server.id.pid);
               const auto here =
                   all.link(process_path(server.id.pid, "cwd").c_str()).value_or(std::string());
               for (const std::string& place : places(files, server))
                 if (auto found = files.space(place))
                   add_place(*std::move(found), here, space.places);
               space.some_hidden = files.refused();
               return space;
             }});
}

}  // namespace tierwatch

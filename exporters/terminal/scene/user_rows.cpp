// SPDX-License-Identifier: MIT
#include "exporters/terminal/scene/user_rows.h"

#include <algorithm>
#include <map>

#include "exporters/terminal/scene/process_rows.h"

namespace tierwatch {
namespace {

/// What another machine's daemon says that its user is called there.
std::string name_told(uid_t uid, const Scene& scene) {
  if (!scene.snapshot) return "";
  const auto& processes = scene.snapshot->processes;
  const auto named = std::ranges::find_if(processes, [uid](const ProcessSample& process) {
    return process.reading.uid == uid && !process.reading.user.empty();
  });
  return named == processes.end() ? "" : named->reading.user;
}

}  // namespace

std::string user_words(uid_t uid, const Scene& scene) {
  const std::string name = scene.user_name ? scene.user_name(uid) : name_told(uid, scene);
  return name.empty() ? std::to_string(uid) : name;
}

std::vector<UserRow> user_rows(const ViewState& state, const Scene& scene) {
  std::vector<UserRow> rows{{.name = "all users"}};
  if (!scene.snapshot) return rows;
  ViewState everybody = state;
  everybody.only_user.reset();
  everybody.filter.clear();
  std::map<uid_t, std::size_t> counts;
  for (const ProcessRow& row : process_rows(*scene.snapshot, everybody)) {
    ++rows.front().processes;
    const auto& uid = scene.snapshot->processes[row.process].reading.uid;
    if (uid) ++counts[*uid];
  }
  if (state.only_user) counts.try_emplace(*state.only_user, 0);
  for (const auto& [uid, processes] : counts)
    rows.push_back({uid, user_words(uid, scene), processes});
  std::sort(rows.begin() + 1, rows.end(),
            [](const UserRow& a, const UserRow& b) { return a.name < b.name; });
  return rows;
}

}  // namespace tierwatch

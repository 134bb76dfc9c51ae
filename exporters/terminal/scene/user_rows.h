// SPDX-License-Identifier: MIT
//
// Whose processes there are: what the menu of users offers.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "exporters/terminal/scene/scene.h"
#include "exporters/terminal/scene/view_state.h"

namespace tierwatch {

struct UserRow {
  std::optional<uid_t> uid;  ///< absent: all users
  std::string name;          ///< any bytes
  std::size_t processes = 0;
};

/// All users first, then those who have a process that can be listed, by name. Processes whose user
/// is not known count for all users only. Pure.
std::vector<UserRow> user_rows(const ViewState& state, const Scene& scene);

/// Login name, else the number.
std::string user_words(uid_t uid, const Scene& scene);

}  // namespace tierwatch

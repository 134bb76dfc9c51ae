// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <string>

namespace tierwatch {

/// Empty: the user has none. Asked for once each; may go to the network (getpwuid_r(3)).
/// Not thread-safe.
std::string login_name(uid_t uid);

}  // namespace tierwatch

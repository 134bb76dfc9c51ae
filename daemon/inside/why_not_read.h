// SPDX-License-Identifier: MIT
//
// Why processes of a tier are not read, in words.
#pragma once

#include <string>
#include <vector>

#include "analysis/snapshot.h"
#include "daemon/inside/inside_subject.h"

namespace tierwatch {

/// The user of a process by name: a daemon need not tell it. One without a name is written as
/// sudo(8) takes it.
std::string owner_of(const ProcessReading& process);

/// Of a tier of which nothing can be read. `command` is what would have the right with sudo.
std::string why_not_read(const std::string& tier,
                         const std::vector<const ProcessSample*>& processes,
                         const InsideTargets& targets, const std::string& command);

/// Of one of which a part is read: "2 processes of uwsgi not read: no CPython in it".
std::vector<std::string> refusals_in_words(const std::string& tier, const InsideTargets& targets);

}  // namespace tierwatch

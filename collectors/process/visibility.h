// SPDX-License-Identifier: MIT
//
// What this machine keeps from us, told once and with the remedy.
#pragma once

#include <string>
#include <vector>

#include "collectors/parse/proc_fs.h"

namespace tierwatch {

/// One line per thing that cannot be seen: /proc mounted with hidepid (proc(5)) for a user it hides
/// from. Empty when all is well.
std::vector<std::string> visibility_notes(const ProcFs& files);

/// Value of the hidepid option of the proc mount in the text of /proc/self/mountinfo; empty when
/// there is none or it is off.
std::string parse_hidepid(std::string_view mountinfo);

/// Value of an option of the proc mount; empty when it has none.
std::string proc_mount_option(std::string_view mountinfo, std::string_view name);

}  // namespace tierwatch

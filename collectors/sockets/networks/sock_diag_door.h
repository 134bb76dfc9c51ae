// SPDX-License-Identifier: MIT
//
// A netlink socket inside another network namespace: what is asked over it is answered of that one.
#pragma once

#include <string>

#include "collectors/parse/proc_fs.h"

namespace tierwatch {

/// Opens one in the namespace of the process whose directory `folder` is ("proc/812"), if that is
/// still the one whose net/unix has this `inode`. A thread that ends at once enters it (setns(2)
/// is of one thread only): the caller stays where it is. -1 and errno on failure: EACCES or EPERM
/// without CAP_SYS_PTRACE and CAP_SYS_ADMIN, ENOENT when it has gone.
/// The socket keeps the namespace alive: close it when the last process has left.
int open_sock_diag_in(const ProcFs& files, const std::string& folder, std::uint64_t inode);

}  // namespace tierwatch

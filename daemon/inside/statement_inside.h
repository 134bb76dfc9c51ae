// SPDX-License-Identifier: MIT
//
// A look into a database server's statements.
#pragma once

#include "daemon/inside/inside_session.h"

namespace tierwatch {

/// Throws std::runtime_error when nothing of the tier can be read.
StatementReport look_into_statements(InsideSession& session, const InsideWish& wish,
                                     std::size_t tier);

}  // namespace tierwatch

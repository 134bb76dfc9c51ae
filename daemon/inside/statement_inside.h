// SPDX-License-Identifier: MIT
//
// A look into a database server's statements.
#pragma once

#include "analysis/inside/native_findings.h"
#include "daemon/inside/inside_session.h"

namespace tierwatch {

/// Native code is looked at meanwhile, as far as that is permitted. Throws std::runtime_error when
/// nothing of the tier can be read.
StatementReport look_into_statements(InsideSession& session, const InsideWish& wish,
                                     std::size_t tier, std::optional<NativeReport>& native);

}  // namespace tierwatch

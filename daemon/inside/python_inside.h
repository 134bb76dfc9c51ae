// SPDX-License-Identifier: MIT
//
// A look into a tier's Python code.
#pragma once

#include "daemon/inside/inside_session.h"

namespace tierwatch {

/// The tier that is wished for, or named by the verdict; where that is no Python, the Python tier
/// that uses most CPU. Throws std::runtime_error when nothing can be read.
InsideReport look_into_python(InsideSession& session, const InsideWish& wish);

}  // namespace tierwatch

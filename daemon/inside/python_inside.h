// SPDX-License-Identifier: MIT
//
// A look into a tier's Python code.
#pragma once

#include <stdexcept>

#include "daemon/inside/inside_session.h"

namespace tierwatch {

/// What is wanted may be read, and runs no Python: why, in words.
class NoPython : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// What the shares are of where the verdict names that tier; absent: it does not, or of neither.
std::optional<InsideBasis> basis_of(const Verdict& verdict, const std::string& tier);

/// The tier that is wished for, or named by the verdict; where that is no Python, the Python tier
/// that uses most CPU. Throws std::runtime_error when nothing can be read, and NoPython where that
/// tier is asked for, or full of CPU.
InsideReport look_into_python(InsideSession& session, const InsideWish& wish);

}  // namespace tierwatch

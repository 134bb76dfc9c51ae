// SPDX-License-Identifier: MIT
//
// What signals do to a kind of server, so that nobody who sends one has to guess.
#pragma once

#include <span>
#include <string_view>

namespace tierwatch {

struct SignalEffect {
  int number = 0;           ///< SIGHUP…
  std::string_view role;    ///< of the process; empty: any that no other row names
  std::string_view effect;  ///< "reads its configuration anew": what it does then
};

/// Those that a preset's servers have a use of their own for; none for any other name.
std::span<const SignalEffect> signals_of(std::string_view preset);

}  // namespace tierwatch

// SPDX-License-Identifier: MIT
//
// THE list of keys: what each does, what the footer calls it, what the help says. Whoever knows
// htop finds the keys where they are there.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "exporters/terminal/screen/event.h"

namespace tierwatch {

enum class Action : std::uint8_t {
  kNone,
  kUp,
  kDown,
  kPageUp,
  kPageDown,
  kHome,
  kEnd,
  kLeft,
  kRight,
  kHelp,
  kColumns,
  kSearch,
  kFilter,
  kTree,
  kSort,
  kInvert,
  kSortCpu,
  kSortMemory,
  kSortTime,
  kFollow,
  kTag,
  kUntag,
  kUser,
  kInside,
  kWrite,
  kCopy,
  kEnvironment,
  kJournal,
  kSignal,
  kProcess,
  kEvidence,
  kTime,
  kMeasure,
  kAll,
  kTier,  ///< 1 to 9
  kPause,
  kEarlier,
  kLater,
  kMinuteEarlier,
  kMinuteLater,
  kChangeEarlier,
  kChangeLater,
  kMoment,
  kNow,
  kSlower,
  kFaster,
  kPalette,
  kRedraw,
  kBack,
  kQuit,
};

struct Binding {
  Action action = Action::kNone;
  std::string_view keys;   ///< as people write them: "F4 \\"
  std::string_view label;  ///< in the footer; empty: not there
  int rank = 0;            ///< in the footer: the highest gives way first
  std::string_view help;
};

/// In the order of the help screen.
std::span<const Binding> bindings();

/// What an event does in the list of processes. Clicks do nothing here: where they fell decides.
Action action_of(const Event& event);

/// The event that a label of the footer stands for: that of the binding's first key.
Event event_of(const Binding& binding);

}  // namespace tierwatch

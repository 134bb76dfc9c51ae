// SPDX-License-Identifier: MIT
//
// What a person did to the terminal, as a value.
#pragma once

#include <cstdint>

#include "exporters/terminal/screen/frame.h"

namespace tierwatch {

enum class Input : std::uint8_t {
  kText,  ///< a printable character: Event::text
  kEnter,
  kEscape,
  kBackspace,
  kTab,
  kUp,
  kDown,
  kLeft,
  kRight,
  kPageUp,
  kPageDown,
  kHome,
  kEnd,
  kF1,
  kF2,
  kF3,
  kF4,
  kF5,
  kF6,
  kF7,
  kF8,
  kF9,
  kF10,
  kInterrupt,  ///< Ctrl-C
  kRedraw,     ///< Ctrl-L
  kClick,      ///< at Event::at
  kWheelUp,
  kWheelDown,
  kNewData,  ///< nobody did anything, but the scene has changed
};
inline constexpr int kInputs = 29;

struct Event {
  Input input = Input::kNewData;
  char32_t text = 0;
  Point at;
  bool operator==(const Event&) const = default;
};

}  // namespace tierwatch

// SPDX-License-Identifier: MIT
#include "exporters/terminal/screen/key_bindings.h"

#include <array>
#include <utility>

namespace tierwatch {
namespace {

constexpr std::array kBindings = {
    Binding{Action::kEvidence, "v", "Why", 1,
            "why: what each tier is full of, and what was not named"},
    Binding{Action::kTime, "p", "Path", 4,
            "path: where a request's time goes, tier by tier, and what waits where"},
    Binding{Action::kHelp, "F1 ? h", "Help", 0, "this help"},
    Binding{Action::kColumns, "F2 S", "Columns", 8,
            "columns of the process list: which, in which order, and your own"},
    Binding{Action::kSearch, "F3 /", "Search", 4,
            "go to the next process that matches; F3 goes on"},
    Binding{Action::kFilter, "F4 \\", "Filter", 2,
            "list only processes that match, with their totals; a|b for either"},
    Binding{Action::kTree, "F5 t", "Tree", 5, "children below their parents"},
    Binding{Action::kSort, "F6 > .", "Sort", 3, "choose the column that sorts"},
    Binding{Action::kInvert, "I", "", 0, "sort the other way round"},
    Binding{Action::kSortCpu, "P", "", 0, "sort by CPU"},
    Binding{Action::kSortMemory, "M", "", 0, "sort by memory"},
    Binding{Action::kSortTime, "T", "", 0, "sort by CPU time"},
    Binding{Action::kTier, "1-9", "", 0, "show or hide the processes of that tier"},
    Binding{Action::kUser, "u", "User", 9, "only the processes of one user, with their totals"},
    Binding{Action::kAll, "a", "All", 6, "also list processes of no tier"},
    Binding{Action::kProcess, "Enter", "Process", 7,
            "one process in full: threads, limits, sockets"},
    Binding{Action::kInside, "i", "Inside", 7,
            "inside the tier of the chosen process: functions, statements or requests"},
    Binding{Action::kEnvironment, "e", "", 0,
            "the variables it was started with; what may be secret is masked"},
    Binding{Action::kJournal, "l", "", 0,
            "its log files and the journal of its systemd unit, newest first"},
    Binding{Action::kMeasure, "m", "", 0,
            "small graphs of the tiers: cpu, queue, busy workers, memory, open files"},
    Binding{Action::kFollow, "F", "", 0, "keep to the chosen process wherever it is sorted"},
    Binding{Action::kTag, "Space", "", 0,
            "tag a process: a row of totals sums them; in a recording: play, stop"},
    Binding{Action::kUntag, "U", "", 0, "untag all"},
    Binding{Action::kPause, "z Z", "Pause", 5, "stop the picture; the data go on"},
    Binding{Action::kEarlier, "[ {", "Past", 5, "look back: one sample; { one minute"},
    Binding{Action::kLater, "] }", "", 0, "one sample on, } one minute; behind the newest is now"},
    Binding{Action::kChangeEarlier, "N", "", 0, "back to the last change of the verdict, or mark"},
    Binding{Action::kChangeLater, "n", "", 0, "on to the next one"},
    Binding{Action::kMoment, "g", "", 0, "to a moment: 14:05, -20m, 2026-11-30 14:05:10"},
    Binding{Action::kNow, "G", "", 0, "back to now; in a recording: to its end"},
    Binding{Action::kSlower, "+", "", 0, "longer interval"},
    Binding{Action::kFaster, "-", "", 0, "shorter interval"},
    Binding{Action::kWrite, "W", "", 0,
            "write the screen to a file (text), or the snapshot (.json)"},
    Binding{Action::kCopy, "y", "", 0,
            "the command line that shows the same, copied; again: as PromQL"},
    Binding{Action::kPalette, "C", "", 0, "next palette: classic, colorblind, mono"},
    Binding{Action::kRedraw, "Ctrl-L", "", 0, "draw the screen anew"},
    Binding{Action::kSignal, "F9", "Signal", 8,
            "send a signal to the chosen process, once you confirm what it does there"},
    Binding{Action::kQuit, "F10 q", "Quit", 1, "quit; Escape leaves a panel"},
};

constexpr std::array kTextActions = {
    std::pair{U'v', Action::kEvidence},      std::pair{U'p', Action::kTime},
    std::pair{U'?', Action::kHelp},          std::pair{U'h', Action::kHelp},
    std::pair{U'S', Action::kColumns},       std::pair{U'/', Action::kSearch},
    std::pair{U'\\', Action::kFilter},       std::pair{U't', Action::kTree},
    std::pair{U'>', Action::kSort},          std::pair{U'.', Action::kSort},
    std::pair{U'<', Action::kSort},          std::pair{U',', Action::kSort},
    std::pair{U'I', Action::kInvert},        std::pair{U'P', Action::kSortCpu},
    std::pair{U'M', Action::kSortMemory},    std::pair{U'T', Action::kSortTime},
    std::pair{U'N', Action::kChangeEarlier}, std::pair{U'n', Action::kChangeLater},
    std::pair{U'g', Action::kMoment},        std::pair{U'G', Action::kNow},
    std::pair{U'a', Action::kAll},           std::pair{U'F', Action::kFollow},
    std::pair{U' ', Action::kTag},           std::pair{U'U', Action::kUntag},
    std::pair{U'z', Action::kPause},         std::pair{U'Z', Action::kPause},
    std::pair{U'+', Action::kSlower},        std::pair{U'=', Action::kSlower},
    std::pair{U'-', Action::kFaster},        std::pair{U'C', Action::kPalette},
    std::pair{U'[', Action::kEarlier},       std::pair{U']', Action::kLater},
    std::pair{U'{', Action::kMinuteEarlier}, std::pair{U'}', Action::kMinuteLater},
    std::pair{U'q', Action::kQuit},          std::pair{U'k', Action::kUp},
    std::pair{U'j', Action::kDown},          std::pair{U'u', Action::kUser},
    std::pair{U'i', Action::kInside},        std::pair{U'W', Action::kWrite},
    std::pair{U'e', Action::kEnvironment},   std::pair{U'l', Action::kJournal},
    std::pair{U'y', Action::kCopy},          std::pair{U'm', Action::kMeasure},
};

constexpr std::array kInputActions = {
    std::pair{Input::kEnter, Action::kProcess},  std::pair{Input::kEscape, Action::kBack},
    std::pair{Input::kUp, Action::kUp},          std::pair{Input::kDown, Action::kDown},
    std::pair{Input::kLeft, Action::kLeft},      std::pair{Input::kRight, Action::kRight},
    std::pair{Input::kPageUp, Action::kPageUp},  std::pair{Input::kPageDown, Action::kPageDown},
    std::pair{Input::kHome, Action::kHome},      std::pair{Input::kEnd, Action::kEnd},
    std::pair{Input::kF1, Action::kHelp},        std::pair{Input::kF2, Action::kColumns},
    std::pair{Input::kF3, Action::kSearch},      std::pair{Input::kF4, Action::kFilter},
    std::pair{Input::kF5, Action::kTree},        std::pair{Input::kF6, Action::kSort},
    std::pair{Input::kF9, Action::kSignal},      std::pair{Input::kF10, Action::kQuit},
    std::pair{Input::kInterrupt, Action::kQuit}, std::pair{Input::kRedraw, Action::kRedraw},
};

}  // namespace

std::span<const Binding> bindings() { return kBindings; }

Action action_of(const Event& event) {
  if (event.input == Input::kText) {
    if (event.text >= U'1' && event.text <= U'9') return Action::kTier;
    for (const auto& [text, action] : kTextActions) {
      if (text == event.text) return action;
    }
    return Action::kNone;
  }
  for (const auto& [input, action] : kInputActions) {
    if (input == event.input) return action;
  }
  return Action::kNone;
}

Event event_of(const Binding& binding) {
  for (const auto& [input, action] : kInputActions) {
    if (action == binding.action) return {.input = input};
  }
  for (const auto& [text, action] : kTextActions) {
    if (action == binding.action) return {.input = Input::kText, .text = text};
  }
  return {};
}

}  // namespace tierwatch

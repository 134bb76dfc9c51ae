// SPDX-License-Identifier: MIT
//
// The terminal: events in, frames out. terminal.cpp is the only includer of ncurses. Whatever ends
// the program, the terminal is as it was: a normal end, an exception, a signal, a crash, Ctrl-Z.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "collectors/reading.h"
#include "exporters/terminal/screen/event.h"
#include "exporters/terminal/screen/palette.h"

namespace tierwatch {

/// What the locale and $TERM can draw; sets the C library's character type to the environment's.
Charset terminal_charset();

/// Whether $TERM may take text to a clipboard: consoles and video terminals have none.
bool terminal_has_clipboard();

/// At most one at a time, on standard input and output. Not thread-safe: belongs to the main
/// thread; all others must have every signal blocked.
class Terminal {
 public:
  /// Takes the screen. Throws std::runtime_error when standard input or output is no terminal or
  /// $TERM is not known.
  explicit Terminal(PaletteName palette);
  /// Gives the screen back.
  ~Terminal();
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  Size size() const;
  void set_palette(PaletteName palette);

  /// Shows a frame: only cells that differ from the last one are sent. `all`: every cell, for a
  /// terminal that shows something else.
  void draw(const Frame& frame, bool all);

  /// Gives text to the terminal's clipboard (OSC 52); whether it takes it is not answered.
  void copy(std::string_view text);

  /// Sleeps until there is an event, one of `descriptors` can be read, or `timeout` is over.
  void wait(std::span<const int> descriptors, nanoseconds timeout);

  /// The next event, at once; absent when there is none. A signal to end is Input::kInterrupt, a
  /// new size or a return from Ctrl-Z Input::kRedraw.
  std::optional<Event> read();

 private:
  std::optional<Event> read_signal();
  Frame shown_{Size{}};
  PaletteName palette_;
  bool ended_ = false;  ///< standard input is closed: the terminal has gone
};

}  // namespace tierwatch

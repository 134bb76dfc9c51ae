// SPDX-License-Identifier: MIT
//
// One line at the bottom of a terminal that says how a run is going, and makes way for what the
// other program prints.
#pragma once

#include <mutex>
#include <string>
#include <string_view>

namespace tierwatch {

/// On stderr, when that is a terminal. Thread-safe.
class StatusLine {
 public:
  explicit StatusLine(bool wanted);
  ~StatusLine() { clear(); }
  StatusLine(const StatusLine&) = delete;
  StatusLine& operator=(const StatusLine&) = delete;

  /// Shows one line in place of the last, cut to the terminal's width. Left out when the other
  /// program is in the middle of a line, or the terminal takes nothing at the moment.
  void show(const std::string& line);
  void clear();

  /// Writes the other program's output to stdout. errno when it could not be, else 0.
  int pass_output(std::string_view bytes);

 private:
  void erase();

  std::mutex mutex_;
  bool enabled_ = false;
  bool shown_ = false;
  bool at_line_begin_ = true;
};

/// Writes all of it, waiting where need be; false when that is impossible.
bool write_all(int descriptor, std::string_view bytes);

}  // namespace tierwatch

// SPDX-License-Identifier: MIT
//
// Stands between another program's stdout and ours: passes every byte on at once and keeps the end
// of the text. Where our stdout is a terminal the program gets one, too (a pseudo-terminal that
// leaves bytes as they are); stdin, stderr and the controlling terminal stay its own.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "collectors/parse/proc_fs.h"
#include "daemon/recorder/status_line.h"

namespace tierwatch {

struct RelayedOutput {
  std::string text;     ///< the last kKeptBytes
  bool cut = false;     ///< there was more before
  int write_error = 0;  ///< errno with which our stdout refused text, but for a reader that left
  /// When text came: from each place on, to a twentieth of a second.
  struct Arrival {
    std::size_t place = 0;
    std::chrono::system_clock::time_point at{};
  };
  std::vector<Arrival> arrivals;

  /// When what stands at `place` came; absent when that is not known any more.
  std::optional<std::chrono::system_clock::time_point> arrival_of(std::size_t place) const;
};

class OutputRelay {
 public:
  static constexpr std::size_t kKeptBytes = 1 << 20;

  /// Throws std::system_error.
  explicit OutputRelay(StatusLine& status);
  ~OutputRelay();
  OutputRelay(const OutputRelay&) = delete;
  OutputRelay& operator=(const OutputRelay&) = delete;

  /// What becomes the program's stdout.
  int child_end() const { return child_end_.get(); }
  /// The program has its end: pass on from now on.
  void start();
  /// Our terminal has another size now.
  void resize() const;
  /// The program has ended: what it left in the pipe is passed on. Does not wait for those of its
  /// children that keep it open, nor for those that go on writing: on a terminal a process of its
  /// own passes on what they write, for as long as one of them has the pseudo-terminal.
  RelayedOutput finish();

 private:
  void open_terminal();
  void open_pipe();
  void leave_to_others() const;
  void run();
  std::optional<std::size_t> pass_some();
  void keep(std::string_view bytes);
  void forget_begin();

  StatusLine& status_;
  FileDescriptor our_end_, child_end_, stop_;
  bool terminal_ = false;
  RelayedOutput kept_;
  std::thread thread_;
};

}  // namespace tierwatch

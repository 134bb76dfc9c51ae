// SPDX-License-Identifier: MIT
//
// `record --inside`: looks into tiers while a run is recorded, on a thread of its own, at a modest
// rate. What goes wrong here ends the looking, and nothing else.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "analysis/inside/recorded_inside.h"
#include "exporters/latest_snapshot.h"

namespace tierwatch {

class InsideRecorder {
 public:
  /// Looks a second; cores that all of them together may take, else there are fewer; tiers at a
  /// time; processes of each.
  static constexpr unsigned kHz = 25;
  static constexpr double kMostCores = 0.05;
  static constexpr std::size_t kMostTiers = 3, kMostProcesses = 32;

  /// Takes what was seen; called by the thread that looks.
  using Keep = std::function<void(InsideNews)>;
  /// Is told once of each right that is missing, and of each tier that was asked for and cannot be
  /// read; called by the thread that looks.
  using Tell = std::function<void(const std::string&)>;

  /// `tiers`: those and no others; empty: the one that the verdict names and those that use most
  /// CPU, as far as they can be read.
  InsideRecorder(std::vector<std::string> tiers, Keep keep, Tell tell);
  /// Calls finish().
  ~InsideRecorder();
  InsideRecorder(const InsideRecorder&) = delete;
  InsideRecorder& operator=(const InsideRecorder&) = delete;

  /// The newest snapshot: nothing is looked at before the first.
  void set(SnapshotPtr snapshot) { newest_.set(std::move(snapshot)); }

  /// Ends the looking, and hands over all that is left. Takes two seconds at most.
  void finish();

 private:
  class Work;

  LatestSnapshot newest_;
  std::mutex mutex_;
  std::condition_variable stop_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace tierwatch

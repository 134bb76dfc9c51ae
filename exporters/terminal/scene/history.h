// SPDX-License-Identifier: MIT
//
// What the tiers used in the last minutes, for their sparklines.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "analysis/snapshot.h"

namespace tierwatch {

/// What a sparkline shows of a tier, each as a share of what there is of it.
enum class SparkMeasure : std::uint8_t {
  kCpu,     ///< of its capacity
  kQueue,   ///< of the limit of its fullest accept queue
  kBusy,    ///< of its workers
  kMemory,  ///< of its cgroup's limit; without one, resident memory of the host's
  kFds,     ///< open files of the process nearest to its limit
};
inline constexpr std::size_t kSparkMeasures = 5;
/// "cpu", "queue", "busy", "memory", "fds".
std::string_view to_string(SparkMeasure measure);

/// Not thread-safe: belongs to the view.
class History {
 public:
  /// Time is cut into pieces of this length; each shows the highest figure in it, so that a burst
  /// is seen and a screen at rest does not change.
  static constexpr nanoseconds kPiece = std::chrono::seconds(5);
  static constexpr std::size_t kPieces = 240;

  static constexpr std::size_t kMostProcesses = 1000;  ///< members of tiers whose past is kept

  /// Takes what is measured of each tier, and of members of tiers, for the interval that ends with
  /// this snapshot. Older ones than the last, or of another boot, begin anew.
  void add(const Snapshot& snapshot);

  /// Forgets what came after this snapshot: in a recording one can go back.
  void rewind(const Snapshot& snapshot);

  /// The last `pieces`, oldest first; absent where nothing is known. At most kPieces.
  std::vector<std::optional<double>> of(const std::string& tier, std::size_t pieces,
                                        SparkMeasure measure = SparkMeasure::kCpu) const;

  /// The same of a process: kCpu of one core, kMemory of the most in that time, kFds of its limit;
  /// others are not known.
  std::vector<std::optional<double>> of(const ProcessId& process, std::size_t pieces,
                                        SparkMeasure measure) const;

 private:
  struct Piece {
    std::int64_t number = 0;
    double ratio = 0;
  };
  using Pieces = std::deque<Piece>;
  void add_one(Pieces& pieces, std::int64_t first, double ratio) const;
  void add_tiers(const Snapshot& snapshot, std::int64_t first);
  void add_processes(const Snapshot& snapshot, std::int64_t first);
  std::vector<std::optional<double>> tail_of(const Pieces* pieces, std::size_t count) const;

  std::map<std::pair<std::string, SparkMeasure>, Pieces> tiers_;
  std::map<std::pair<ProcessId, SparkMeasure>, Pieces> processes_;
  std::int64_t last_ = -1;  ///< number of the newest piece
};

}  // namespace tierwatch

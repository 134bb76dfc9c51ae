// SPDX-License-Identifier: MIT
//
// What the tiers used in the last minutes, for their sparklines.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "analysis/snapshot.h"

namespace tierwatch {

/// Not thread-safe: belongs to the view.
class History {
 public:
  /// Time is cut into pieces of this length; each shows the highest figure in it, so that a burst
  /// is seen and a screen at rest does not change.
  static constexpr nanoseconds kPiece = std::chrono::seconds(5);
  static constexpr std::size_t kPieces = 240;

  /// Takes the CPU use of each tier, as a share of its capacity, for the interval that ends with
  /// this snapshot. Older ones than the last, or of another boot, begin anew.
  void add(const Snapshot& snapshot);

  /// Forgets what came after this snapshot: in a recording one can go back.
  void rewind(const Snapshot& snapshot);

  /// The last `pieces`, oldest first; absent where nothing is known. At most kPieces.
  std::vector<std::optional<double>> of(const std::string& tier, std::size_t pieces) const;

 private:
  struct Piece {
    std::int64_t number = 0;
    double ratio = 0;
  };
  void add_one(std::deque<Piece>& pieces, std::int64_t first, double ratio) const;

  std::map<std::string, std::deque<Piece>> tiers_;
  std::int64_t last_ = -1;  ///< number of the newest piece
};

}  // namespace tierwatch

// SPDX-License-Identifier: MIT
#include "exporters/terminal/scene/history.h"

#include <algorithm>

#include "exporters/terminal/scene/tier_lines.h"

namespace tierwatch {

void History::add(const Snapshot& snapshot) {
  const std::int64_t now = snapshot.at.monotonic / kPiece;
  if (now < last_) tiers_.clear();
  last_ = now;
  const std::int64_t since = (snapshot.at.monotonic - snapshot.interval) / kPiece + 1;
  const std::int64_t first =
      std::clamp<std::int64_t>(since, now - static_cast<std::int64_t>(kPieces) + 1, now);
  for (std::size_t i = 0; i < snapshot.tiers.size(); ++i) {
    const TierCpu cpu = tier_cpu(snapshot, i);
    if (cpu.ratio) add_one(tiers_[snapshot.tiers[i].name], first, *cpu.ratio);
  }
}

void History::rewind(const Snapshot& snapshot) {
  const std::int64_t now = snapshot.at.monotonic / kPiece;
  if (now > last_) return;
  last_ = now;
  for (auto& [tier, pieces] : tiers_) {
    while (!pieces.empty() && pieces.back().number >= now) pieces.pop_back();
  }
}

void History::add_one(std::deque<Piece>& pieces, std::int64_t first, double ratio) const {
  if (!pieces.empty() && pieces.back().number == last_) {
    pieces.back().ratio = std::max(pieces.back().ratio, ratio);
    return;
  }
  if (!pieces.empty()) first = std::max(first, pieces.back().number + 1);
  for (std::int64_t number = first; number <= last_; ++number) pieces.push_back({number, ratio});
  while (pieces.size() > kPieces) pieces.pop_front();
}

std::vector<std::optional<double>> History::of(const std::string& tier, std::size_t pieces) const {
  std::vector<std::optional<double>> tail(std::min(pieces, kPieces));
  const auto found = tiers_.find(tier);
  if (found == tiers_.end()) return tail;
  const auto count = static_cast<std::int64_t>(tail.size());
  for (const Piece& piece : found->second) {
    const std::int64_t at = piece.number - last_ + count - 1;
    if (at >= 0 && at < count) tail[static_cast<std::size_t>(at)] = piece.ratio;
  }
  return tail;
}

}  // namespace tierwatch

// SPDX-License-Identifier: MIT
#include "daemon/feeds/snapshot_memory.h"

#include <algorithm>

#include "exporters/recording/snapshot_size.h"

namespace tierwatch {
namespace {

bool same_verdict(const Verdict& one, const Verdict& other) {
  return one.state == other.state && one.named() == other.named();
}

}  // namespace

void SnapshotMemory::add(SnapshotPtr snapshot) {
  const std::size_t size = memory_bytes(*snapshot);
  const std::lock_guard lock(mutex_);
  if (!kept_.empty() && snapshot->at.wall <= kept_.back().snapshot->at.wall) {
    kept_.clear();
    bytes_ = 0;
  }
  const bool change =
      !kept_.empty() && !same_verdict(kept_.back().snapshot->verdict, snapshot->verdict);
  const WallTime oldest = snapshot->at.wall - kLength;
  kept_.push_back({std::move(snapshot), size, change});
  bytes_ += size;
  while (kept_.front().snapshot->at.wall < oldest) drop_oldest();
  if (bytes_ > most_bytes_) thin();
  while (bytes_ > most_bytes_ && kept_.size() > 1) drop_oldest();
}

void SnapshotMemory::drop_oldest() {
  bytes_ -= kept_.front().bytes;
  kept_.pop_front();
}

void SnapshotMemory::thin() {
  std::deque<Kept> fewer;
  const std::size_t half = kept_.size() / 2;
  for (std::size_t i = 0; i < kept_.size(); ++i) {
    if (i < half && i % 2 == 1 && !kept_[i].change)
      bytes_ -= kept_[i].bytes;
    else
      fewer.push_back(std::move(kept_[i]));
  }
  kept_ = std::move(fewer);
}

std::size_t SnapshotMemory::first_later(WallTime moment) const {
  const auto later = std::ranges::upper_bound(
      kept_, moment, {}, [](const Kept& kept) { return kept.snapshot->at.wall; });
  return static_cast<std::size_t>(later - kept_.begin());
}

SnapshotPtr SnapshotMemory::until(WallTime moment) const {
  const std::lock_guard lock(mutex_);
  const std::size_t later = first_later(moment);
  return later > 0 ? kept_[later - 1].snapshot : nullptr;
}

SnapshotPtr SnapshotMemory::before(WallTime moment) const {
  return until(moment - WallTime::duration(1));
}

SnapshotPtr SnapshotMemory::after(WallTime moment) const {
  const std::lock_guard lock(mutex_);
  const std::size_t later = first_later(moment);
  return later < kept_.size() ? kept_[later].snapshot : nullptr;
}

SnapshotPtr SnapshotMemory::oldest() const {
  const std::lock_guard lock(mutex_);
  return kept_.empty() ? nullptr : kept_.front().snapshot;
}

SnapshotPtr SnapshotMemory::change_before(WallTime moment) const {
  const std::lock_guard lock(mutex_);
  for (std::size_t i = first_later(moment - WallTime::duration(1)); i-- > 0;)
    if (kept_[i].change) return kept_[i].snapshot;
  return nullptr;
}

SnapshotPtr SnapshotMemory::change_after(WallTime moment) const {
  const std::lock_guard lock(mutex_);
  for (std::size_t i = first_later(moment); i < kept_.size(); ++i)
    if (kept_[i].change) return kept_[i].snapshot;
  return nullptr;
}

std::size_t SnapshotMemory::bytes() const {
  const std::lock_guard lock(mutex_);
  return bytes_;
}

}  // namespace tierwatch

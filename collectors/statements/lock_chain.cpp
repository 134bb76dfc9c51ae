// SPDX-License-Identifier: MIT
#include "collectors/statements/lock_chain.h"

#include <algorithm>
#include <array>

namespace tierwatch {
namespace {

/// PGPROC is some 800 bytes long, and the pointers stand in its first half.
constexpr std::uint32_t kSearched = 512;

// lock.h, the same from 13 to 18: LOCK is a tag of 16 bytes, two masks, and the list of its
// PROCLOCKs; a PROCLOCK is {lock, proc, group leader, held modes, modes to release, link}.
constexpr std::uint64_t kLockList = 24, kLink = 32;
struct ProcLock {
  std::uint64_t lock, proc, leader;
  std::uint32_t held, released;
  std::uint64_t previous, next;
};
static_assert(sizeof(ProcLock) == kLink + 16);

/// Modes that conflict with each (1 to 8), as bits: lock.c, LockConflicts.
constexpr std::uint32_t bits(std::initializer_list<int> modes) {
  std::uint32_t all = 0;
  for (const int mode : modes) all |= 1u << mode;
  return all;
}
constexpr std::array<std::uint32_t, 9> kConflicts{0,
                                                  bits({8}),
                                                  bits({7, 8}),
                                                  bits({5, 6, 7, 8}),
                                                  bits({4, 5, 6, 7, 8}),
                                                  bits({3, 4, 6, 7, 8}),
                                                  bits({3, 4, 5, 6, 7, 8}),
                                                  bits({2, 3, 4, 5, 6, 7, 8}),
                                                  bits({1, 2, 3, 4, 5, 6, 7, 8})};

}  // namespace

std::optional<LockChain::Waiting> LockChain::waiting_at(RemoteMemory& memory, std::uint64_t proc,
                                                        std::uint32_t offset) {
  struct Words {
    std::uint64_t lock, own;
    std::uint32_t mode, held;
  };
  const auto words = memory.value<Words>(proc + offset);
  if (!words || words->lock == 0 || words->own == 0 || words->lock % 8 != 0 ||
      words->own % 8 != 0 || words->mode == 0 || words->mode >= kConflicts.size())
    return std::nullopt;
  const auto own = memory.value<ProcLock>(words->own);
  if (!own || own->lock != words->lock || own->proc != proc) return std::nullopt;
  return Waiting{words->lock, words->own, words->mode};
}

std::optional<LockChain::Waiting> LockChain::waiting(RemoteMemory& memory, std::uint64_t proc) {
  if (offset_ != 0) return waiting_at(memory, proc, offset_);
  for (std::uint32_t offset = 8; offset < kSearched; offset += 8) {
    const auto found = waiting_at(memory, proc, offset);
    if (!found) continue;
    offset_ = offset;
    return found;
  }
  return std::nullopt;
}

/// All that hold it in any mode, read once for all who wait for it. Null: it makes no sense.
const std::vector<LockChain::Holder>* LockChain::holders_of(RemoteMemory& memory,
                                                            std::uint64_t lock) {
  const auto [place, fresh] = known_.try_emplace(lock);
  auto& known = place->second;
  if (!fresh) return known ? &*known : nullptr;
  const std::uint64_t head = lock + kLockList;
  std::vector<Holder> found;
  auto next = memory.value<std::uint64_t>(head + 8);
  for (std::size_t i = 0; next && *next != head; ++i) {
    const auto one = memory.value<ProcLock>(*next - kLink);
    if (!one || one->lock != lock || i >= kMostHolders) return nullptr;
    if (one->held != 0) found.push_back({one->proc, one->leader, one->held});
    next = one->next;
  }
  if (next) known = std::move(found);
  return known ? &*known : nullptr;
}

std::optional<std::vector<std::uint64_t>> LockChain::holders(RemoteMemory& memory,
                                                             std::uint64_t proc) {
  const auto wanted = proc != 0 ? waiting(memory, proc) : std::nullopt;
  const auto own = wanted ? memory.value<ProcLock>(wanted->own) : std::nullopt;
  if (!own || own->lock != wanted->lock || own->proc != proc) return std::nullopt;
  const auto* all = holders_of(memory, wanted->lock);
  if (!all) return std::nullopt;
  std::vector<std::uint64_t> found;
  for (const Holder& one : *all) {
    // Members of one group (a parallel query) do not block each other.
    if (one.leader != own->leader && (one.held & kConflicts[wanted->mode]) != 0)
      found.push_back(one.proc);
  }
  return found;
}

}  // namespace tierwatch

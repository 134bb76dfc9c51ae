// SPDX-License-Identifier: MIT
#include "exporters/recording/snapshot_size.h"

#include <algorithm>

#include "exporters/json/snapshot_fields.h"

namespace tierwatch {
namespace {

/// What malloc(3) of glibc takes from the system for a request: at least 32 bytes.
std::size_t block_bytes(std::size_t bytes) {
  return bytes == 0 ? 0 : std::max<std::size_t>(32, (bytes + 8 + 15) / 16 * 16);
}

/// Of a node of std::map, beside its value: libstdc++'s colour and three links.
constexpr std::size_t kMapNode = 32;

/// Adds up what the fields own on the heap.
class HeapCounter {
 public:
  template <typename T>
  void operator()(const char*, const T& value) {
    add(value);
  }
  template <typename T>
  void nullable(const char*, const std::optional<T>& value) {
    add(value);
  }

  void add(const std::string& text) {
    constexpr std::size_t kInPlace = 15;  // libstdc++ keeps so many in the string itself
    if (text.capacity() > kInPlace) bytes_ += block_bytes(text.capacity() + 1);
  }
  template <typename T>
  void add(const std::optional<T>& value) {
    if (value) add(*value);
  }
  template <typename T>
  void add(const std::vector<T>& list) {
    bytes_ += block_bytes(list.capacity() * sizeof(T));
    if constexpr (!std::is_arithmetic_v<T>)
      for (const T& value : list) add(value);
  }
  template <typename Key, typename T>
  void add_map(const std::map<Key, T>& map) {
    bytes_ += map.size() * block_bytes(kMapNode + sizeof(std::pair<const Key, T>));
  }
  template <typename T>
  void add(const T& value) {
    if constexpr (requires(HeapCounter & io) { fields(io, value); }) fields(*this, value);
  }

  std::size_t bytes() const { return bytes_; }

 private:
  std::size_t bytes_ = 0;
};

}  // namespace

std::size_t memory_bytes(const Snapshot& snapshot) {
  HeapCounter heap;
  fields(heap, snapshot);
  heap.add(snapshot.processes);
  heap.add_map(snapshot.faults);
  heap.add_map(snapshot.saturated_seconds);
  // Not in the lists: one word of 64 processors for each process of a tier.
  const auto bound = std::ranges::count_if(snapshot.processes, [](const ProcessSample& process) {
    return process.reading.allowed_cpus.has_value();
  });
  return block_bytes(sizeof(Snapshot) + 16) + heap.bytes() +
         static_cast<std::size_t>(bound) * block_bytes(8);
}

}  // namespace tierwatch

// SPDX-License-Identifier: MIT
#include "collectors/cpu_set.h"

#include <algorithm>
#include <bit>

#include "collectors/text/text_scan.h"

namespace tierwatch {
namespace {

constexpr std::size_t kBits = 64;
constexpr std::size_t kMostCpus = 65536;

}  // namespace

void CpuSet::add(std::size_t cpu) {
  if (words_.size() <= cpu / kBits) words_.resize(cpu / kBits + 1);
  words_[cpu / kBits] |= std::uint64_t{1} << (cpu % kBits);
}

bool CpuSet::contains(std::size_t cpu) const {
  return cpu / kBits < words_.size() && ((words_[cpu / kBits] >> (cpu % kBits)) & 1) != 0;
}

std::size_t CpuSet::count() const {
  std::size_t count = 0;
  for (const std::uint64_t word : words_) count += static_cast<std::size_t>(std::popcount(word));
  return count;
}

CpuSet CpuSet::operator&(const CpuSet& other) const {
  CpuSet both;
  both.words_.resize(std::min(words_.size(), other.words_.size()));
  for (std::size_t i = 0; i < both.words_.size(); ++i) both.words_[i] = words_[i] & other.words_[i];
  while (!both.words_.empty() && both.words_.back() == 0) both.words_.pop_back();
  return both;
}

CpuSet CpuSet::operator|(const CpuSet& other) const {
  CpuSet either = words_.size() >= other.words_.size() ? *this : other;
  const CpuSet& shorter = words_.size() >= other.words_.size() ? other : *this;
  for (std::size_t i = 0; i < shorter.words_.size(); ++i) either.words_[i] |= shorter.words_[i];
  return either;
}

std::optional<CpuSet> parse_cpu_list(std::string_view text) {
  text = trim_blanks(text);
  CpuSet cpus;
  while (!text.empty()) {
    std::string_view range = take_until(text, ',');
    const bool is_range = range.find('-') != std::string_view::npos;
    const auto first = to_number<std::size_t>(take_until(range, '-'));
    const auto last = is_range ? to_number<std::size_t>(range) : first;
    if (!first || !last || *last < *first || *last >= kMostCpus) return std::nullopt;
    for (std::size_t cpu = *first; cpu <= *last; ++cpu) cpus.add(cpu);
  }
  return cpus;
}

}  // namespace tierwatch

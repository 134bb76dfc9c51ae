// SPDX-License-Identifier: MIT
#include "exporters/terminal/scene/process_rows.h"

#include <algorithm>
#include <map>

#include "collectors/text/plain_words.h"

namespace tierwatch {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

bool holds(std::string_view text, std::string_view word) {
  return std::search(text.begin(), text.end(), word.begin(), word.end(),
                     [](char a, char b) { return lower(a) == lower(b); }) != text.end();
}

bool listed(const Snapshot& snapshot, const ProcessSample& process, const ViewState& state) {
  const auto& member = process.reading.member;
  if (member && member->tier < snapshot.tiers.size()) {
    if (!state.shows_tier(snapshot.tiers[member->tier].name)) return false;
  } else if (!state.all) {
    return false;
  }
  if (state.only_user && process.reading.uid != state.only_user) return false;
  return state.filter.empty() || process_matches(snapshot, process, state.filter);
}

/// Puts the flat, sorted list into the order of a tree.
class Tree {
 public:
  Tree(const Snapshot& snapshot, const std::vector<std::size_t>& sorted) {
    std::map<pid_t, std::size_t> by_pid;
    for (const std::size_t i : sorted) by_pid[snapshot.processes[i].reading.id.pid] = i;
    for (const std::size_t i : sorted) {
      const ProcessReading& reading = snapshot.processes[i].reading;
      const auto parent = by_pid.find(reading.parent_pid);
      const bool kin = parent != by_pid.end() && parent->second != i &&
                       snapshot.processes[parent->second].reading.id.started <= reading.id.started;
      (kin ? children_[parent->second] : roots_).push_back(i);
    }
  }

  std::vector<ProcessRow> rows() {
    for (const std::size_t root : roots_) add(root);
    // Two that name each other as parent hang on no root: they are listed all the same.
    while (!children_.empty()) {
      const auto lost = children_.begin()->second;
      children_.erase(children_.begin());
      for (const std::size_t child : lost) add(child);
    }
    return std::move(rows_);
  }

 private:
  /// A chain of a thousand children is drawn, but not each of its lines.
  static constexpr std::size_t kDeepest = 128;

  struct Place {
    std::size_t process;
    std::string branch, below;
  };

  /// A process and all below it. No recursion: who forks ten thousand times must not fill our
  /// stack.
  void add(std::size_t root) {
    std::vector<Place> open{{root, "", ""}};
    while (!open.empty()) {
      const Place place = std::move(open.back());
      open.pop_back();
      rows_.push_back({place.process, place.branch});
      const auto found = children_.find(place.process);
      if (found == children_.end()) continue;
      const std::vector<std::size_t> children = std::move(found->second);
      children_.erase(found);
      const std::string stem = place.below.size() > kDeepest ? "" : place.below;
      for (auto child = children.rbegin(); child != children.rend(); ++child) {
        const bool last = child == children.rbegin();
        open.push_back({*child, stem + (last ? "└─ " : "├─ "), stem + (last ? "   " : "│  ")});
      }
    }
  }

  std::vector<std::size_t> roots_;
  std::map<std::size_t, std::vector<std::size_t>> children_;
  std::vector<ProcessRow> rows_;
};

}  // namespace

bool matches(std::string_view text, std::string_view pattern) {
  if (pattern.empty()) return true;
  while (!pattern.empty()) {
    const std::size_t end = std::min(pattern.find('|'), pattern.size());
    if (end > 0 && holds(text, pattern.substr(0, end))) return true;
    pattern.remove_prefix(std::min(end + 1, pattern.size()));
  }
  return false;
}

bool process_matches(const Snapshot& snapshot, const ProcessSample& process,
                     std::string_view pattern) {
  const ProcessReading& reading = process.reading;
  return matches(reading.title, pattern) || matches(reading.comm, pattern) ||
         matches(tier_of(snapshot, process), pattern) ||
         matches(role_of(snapshot, process), pattern) ||
         matches(std::to_string(reading.id.pid), pattern);
}

bool has_totals(const ViewState& state) {
  return !state.filter.empty() || state.only_user || !state.tagged.empty();
}

std::vector<const ProcessSample*> summed_processes(const Snapshot& snapshot,
                                                   const ViewState& state) {
  std::vector<const ProcessSample*> summed;
  for (const ProcessSample& process : snapshot.processes) {
    const bool chosen = state.tagged.empty() ? listed(snapshot, process, state)
                                             : state.tagged.contains(process.reading.id);
    if (chosen) summed.push_back(&process);
  }
  return summed;
}

std::vector<ProcessRow> process_rows(const Snapshot& snapshot, const ViewState& state) {
  std::vector<std::size_t> shown;
  for (std::size_t i = 0; i < snapshot.processes.size(); ++i) {
    if (listed(snapshot, snapshot.processes[i], state)) shown.push_back(i);
  }
  const ViewColumn column = state.sort_column();
  std::sort(shown.begin(), shown.end(), [&](std::size_t a, std::size_t b) {
    const ProcessSample& first = snapshot.processes[state.inverted ? b : a];
    const ProcessSample& second = snapshot.processes[state.inverted ? a : b];
    return comes_before(column, first, second);
  });
  if (state.tree) return Tree(snapshot, shown).rows();
  std::vector<ProcessRow> rows;
  rows.reserve(shown.size());
  for (const std::size_t i : shown) rows.push_back({i, ""});
  return rows;
}

}  // namespace tierwatch

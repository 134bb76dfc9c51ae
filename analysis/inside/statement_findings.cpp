// SPDX-License-Identifier: MIT
#include "analysis/inside/statement_findings.h"

#include <algorithm>

#include "collectors/statements/wait_events.h"

namespace tierwatch {
namespace {

double part_of(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

std::string text_of(std::uint32_t statement, const std::vector<std::string>& statements) {
  return statement < statements.size() ? statements[statement] : "";
}

void most_first(std::vector<StatementWait>& waits) {
  std::ranges::stable_sort(waits, std::ranges::greater{}, &StatementWait::share);
}

StatementWait wait_of(std::uint32_t info, std::uint64_t samples, std::uint64_t whole,
                      std::optional<int> version) {
  return {std::string(wait_class_name(info)), std::string(wait_event_name(info, version)),
          part_of(samples, whole)};
}

StatementRow row_of(const StatementTally::Key& key, const StatementTally::Row& row,
                    const std::vector<std::string>& statements, std::optional<int> version) {
  StatementRow told{.statement = text_of(key.statement, statements), .idle = key.idle};
  for (const auto& [info, samples] : row.waits)
    told.waits.push_back(wait_of(info, samples, row.samples, version));
  most_first(told.waits);
  for (const auto& [blocker, seen] : row.blockers)
    told.blockers.push_back({seen.pid, seen.several, blocker.idle,
                             text_of(blocker.statement, statements),
                             part_of(seen.samples, row.samples)});
  std::ranges::stable_sort(told.blockers, std::ranges::greater{}, &StatementBlocker::share);
  return told;
}

}  // namespace

void StatementTally::add(const BackendSample& sample) {
  ++samples_;
  ++by_activity_[static_cast<std::size_t>(sample.activity)];
  if (sample.activity == BackendActivity::kIdle) return;
  moved_ += sample.moved;
  Row& row = rows_[{sample.statement, sample.activity == BackendActivity::kIdleInTransaction}];
  ++row.samples;
  if (sample.wait && (row.waits.size() < kMostWaits || row.waits.contains(*sample.wait)))
    ++row.waits[*sample.wait];
  else
    ++row.waits_unknown;
  if (!sample.blocker) return;
  const Key key{sample.blocker->statement,
                sample.blocker->activity == BackendActivity::kIdleInTransaction};
  if (row.blockers.size() >= kMostBlockers && !row.blockers.contains(key)) return;
  Blockers& blockers = row.blockers[key];
  blockers.several |= blockers.samples > 0 && blockers.pid != sample.blocker->pid;
  blockers.pid = sample.blocker->pid;
  ++blockers.samples;
}

StatementFindings find_statements(const StatementTally& tally,
                                  const std::vector<std::string>& statements,
                                  std::optional<int> version) {
  StatementFindings found;
  found.all_samples = tally.samples();
  found.samples = tally.samples() - tally.of(BackendActivity::kIdle);
  found.moved = part_of(tally.moved(), found.samples);
  for (const BackendActivity one :
       {BackendActivity::kRunning, BackendActivity::kWaiting, BackendActivity::kIdleInTransaction})
    found.activities[static_cast<std::size_t>(one)] = part_of(tally.of(one), found.samples);
  std::map<std::uint32_t, std::uint64_t> waits;
  for (const auto& [key, row] : tally.rows()) {
    found.rows.push_back(row_of(key, row, statements, version));
    found.rows.back().share = part_of(row.samples, found.samples);
    for (const auto& [info, samples] : row.waits)
      if (info != 0 && !key.idle) waits[info] += samples;
  }
  std::ranges::stable_sort(found.rows, std::ranges::greater{}, &StatementRow::share);
  if (found.rows.size() > kMostStatementRows) found.rows.resize(kMostStatementRows);
  for (const auto& [info, samples] : waits)
    found.waits.push_back(wait_of(info, samples, found.samples, version));
  most_first(found.waits);
  return found;
}

}  // namespace tierwatch

// SPDX-License-Identifier: MIT
#include "exporters/report/inside_section.h"

#include <algorithm>
#include <cmath>

#include "collectors/text/format.h"
#include "collectors/text/plain_words.h"
#include "collectors/text/printable_text.h"
#include "exporters/inside/flame_graph.h"
#include "exporters/inside/inside_text.h"
#include "exporters/report/report_words.h"
#include "exporters/report/run_tables.h"

namespace tierwatch {
namespace {

using GroupKind = InsideGroup::Kind;

constexpr std::size_t kInsideRowsShown = 10, kLongestStatementShown = 160;
constexpr double kInsideWorthTelling = 0.01;
/// Above it the report says how many samples were torn or moved.
constexpr double kMostTornUnsaid = 0.02;

std::string inside_title(const TierInside& tier) { return "Inside " + tier.tier; }

ThreadActivity activity_called(std::string_view word) {
  for (std::size_t i = 0; i < kThreadActivities; ++i)
    if (to_string(static_cast<ThreadActivity>(i)) == word) return static_cast<ThreadActivity>(i);
  return ThreadActivity::kOther;
}

std::string place_or_native(const InsidePlace& place) {
  if (place.function.empty()) return "native code";
  return place.file.empty() ? printable(place.function) : place_words(place);
}

/// "update stock set n = ?", and "waiting for Lock tuple" where it is that.
std::string statement_row_words(const InsideRow& row) {
  const std::string text = row.place.function.empty()
                               ? "(statement not known)"
                               : printable_start(row.place.function, kLongestStatementShown);
  if (row.activity == to_string(BackendActivity::kIdleInTransaction))
    return "idle in transaction, after: " + text;
  return row.peer.empty() ? text : text + ", waiting for " + printable(row.peer);
}

/// What a row is of, in the words of its tier.
std::string row_words(const TierInside& tier, const InsideRow& row) {
  if (tier.content == InsideContent::kStatements) return statement_row_words(row);
  if (row.running()) return place_or_native(row.place);
  return activity_words(activity_called(row.activity), row.peer, row.peer_tier) + " in " +
         place_or_native(row.place);
}

/// What a ratio of the row is of.
std::string whole_words(const TierInside& tier, const InsideRow& row) {
  if (tier.content == InsideContent::kStatements)
    return tier.tier + "'s time at work or in a transaction";
  return row.running() ? tier.tier + "'s CPU" : "the time of " + tier.tier + "'s busy threads";
}

/// "4.8 ms of CPU for a request instead of 1.2 ms"; empty where it is not known.
std::string request_change(const TierInside& tier, const InsideRow& row) {
  const InsideCost &before = row.groups.front(), &after = row.groups.back();
  if (!after.seconds_per_request) return "";
  const bool cpu = tier.content == InsideContent::kStacks && row.running();
  return latency_figure(*after.seconds_per_request) + (cpu ? " of CPU" : "") +
         " for a request instead of " +
         (before.samples == 0 ? "none" : latency_figure(before.seconds_per_request.value_or(0)));
}

std::string grown_words(const TierInside& tier, const InsideRow& row) {
  const InsideCost &before = row.groups.front(), &after = row.groups.back();
  std::string words = row_words(tier, row) + ": " + percent(after.ratio) + " of " +
                      whole_words(tier, row) + " in the saturated steps, " + percent(before.ratio) +
                      " in the linear ones";
  const std::string request = request_change(tier, row);
  return request.empty() ? words : words + "; " + request;
}

std::string most_words(const TierInside& tier, const InsideRow& row) {
  const std::string words =
      percent(row.groups.back().ratio) + " of " + whole_words(tier, row) +
      (tier.content == InsideContent::kStacks && row.running() ? " in " : ": ") +
      row_words(tier, row);
  return tier.groups.size() > 1 ? words + " (in the saturated steps)" : words;
}

std::string headline_of(const TierInside& tier) {
  if (tier.grown && (!tier.most || tier.most == tier.grown))
    return "Inside " + tier.tier + ", what grew most: " + grown_words(tier, tier.rows[*tier.grown]);
  std::string words = tier.most ? most_words(tier, tier.rows[*tier.most]) : "";
  if (tier.grown) words += "; what grew most: " + grown_words(tier, tier.rows[*tier.grown]);
  return words;
}

std::string group_words(const InsideGroup& group) {
  switch (group.kind) {
    case GroupKind::kLinear:
      return "in the linear steps";
    case GroupKind::kSaturated:
      return "in the saturated steps";
    case GroupKind::kAll:
      break;
  }
  return "in all";
}

std::uint64_t samples_of(const TierInside& tier, const InsideGroup& group) {
  return tier.of_cpu ? group.running : group.samples;
}

std::string how_sure(const TierInside& tier) {
  std::vector<std::string> counts;
  std::uint64_t least = UINT64_MAX;
  double torn = 0, moved = 0;
  for (const InsideGroup& group : tier.groups) {
    const std::uint64_t samples = samples_of(tier, group);
    counts.push_back(whole(static_cast<double>(samples)) + " " + group_words(group));
    least = std::min(least, samples);
    torn = std::max(torn, group.torn);
    moved = std::max(moved, group.moved);
  }
  const std::string of = tier.content == InsideContent::kStatements
                             ? "of backends at work or in a transaction"
                             : (tier.of_cpu ? "of threads on a cpu or ready for one"
                                            : "of threads that were not idle");
  std::string words = "Samples " + of + ": " + listed(counts);
  if (least < kFewInsideSamples)
    words += "; that is few: shares are a hint";
  else
    words += formatted("; a share of one half is certain to ±{:.0f} points",
                       std::ceil(100 / std::sqrt(static_cast<double>(least))));
  if (torn > 0) words += formatted("; {:.1f} % were torn: counted, but in no function", torn * 100);
  if (moved >= kMostTornUnsaid)
    words += "; " + percent(moved) +
             " moved while they were read: their function is as it stood some microseconds before";
  return words + ".";
}

bool worth_a_row(const InsideRow& row) {
  return std::ranges::any_of(
      row.groups, [](const InsideCost& cost) { return cost.ratio >= kInsideWorthTelling; });
}

/// Rows on a CPU, or all others. Of statements all together.
ReportTable inside_table(const TierInside& tier, bool running) {
  const bool statements = tier.content == InsideContent::kStatements;
  const std::string time = running && !statements ? "cpu / request" : "a request";
  ReportTable table;
  for (const InsideGroup& group : tier.groups) {
    table.columns.push_back(
        {group.kind == GroupKind::kAll ? "share" : std::string(to_string(group.kind))});
    table.columns.push_back({time});
  }
  table.columns.push_back({statements ? "statement" : (running ? "on a cpu in" : "waiting"), true});
  for (const InsideRow& row : tier.rows) {
    if (table.rows.size() == kInsideRowsShown) break;
    if (!worth_a_row(row) || (!statements && row.running() != running)) continue;
    std::vector<std::string> cells;
    for (const InsideCost& cost : row.groups) {
      cells.push_back(ratio_figure(cost.ratio));
      cells.push_back(or_absent(cost.seconds_per_request, latency_figure));
    }
    cells.push_back(row_words(tier, row));
    table.rows.push_back(std::move(cells));
  }
  return without_empty_columns(std::move(table));
}

void add_notes_of(const std::vector<InsideNote>& notes, const std::string& tier,
                  ReportSection& section) {
  for (const InsideNote& note : notes)
    if (note.tier == tier) section.points.push_back(note.text);
}

ReportSection section_of(const TierInside& tier, const std::vector<InsideNote>& notes) {
  ReportSection section{.title = inside_title(tier)};
  const bool nothing = tier.groups.back().samples == 0;
  section.sentences.push_back(nothing ? "None of its threads or backends was at work while it was "
                                        "looked at."
                                      : how_sure(tier));
  if (tier.most && tier.most != tier.grown)
    section.sentences.push_back(most_words(tier, tier.rows[*tier.most]) + ".");
  if (tier.grown)
    section.sentences.push_back("What grew most: " + grown_words(tier, tier.rows[*tier.grown]) +
                                ".");
  else if (tier.groups.size() > 1)
    section.sentences.push_back(
        "Nothing in it costs a request more for certain in the saturated steps than in the linear "
        "ones.");
  add_notes_of(notes, tier.tier, section);
  section.tables.push_back(inside_table(tier, true));
  if (tier.content == InsideContent::kStacks) section.tables.push_back(inside_table(tier, false));
  return section;
}

std::vector<FlameStack> flame_stacks(const InsideOfRun& seen, const TierInside& tier,
                                     const InsideGroup& group) {
  std::vector<FlameStack> stacks;
  for (const RecordedCount& count : group.stacks) {
    const RecordedStack& stack = seen.stacks[count.stack];
    if (tier.of_cpu && stack.activity != to_string(ThreadActivity::kRunning)) continue;
    FlameStack one{.above = above_stack(stack.frames.empty(), stack.torn, stack.activity,
                                        stack.peer_tier.empty() ? stack.peer : stack.peer_tier),
                   .samples = count.samples};
    for (const PythonFrame& frame : stack.frames) {
      const PythonFunction& function = seen.functions[frame.function];
      one.frames.push_back({function.name, function.file, frame.line});
    }
    stacks.push_back(std::move(one));
  }
  return stacks;
}

}  // namespace

std::string inside_headline(const RunFindings& findings) {
  for (const TierInside& tier : findings.inside.tiers)
    if (const std::string words = headline_of(tier); !words.empty()) return words;
  return "";
}

std::vector<ReportSection> inside_sections(const RunFindings& findings) {
  std::vector<ReportSection> sections;
  const InsideOfRun& seen = findings.inside;
  for (const TierInside& tier : seen.tiers) sections.push_back(section_of(tier, seen.notes));
  ReportSection others{.title = "Inside other tiers"};
  if (seen.tiers.empty()) others.title = "Inside the tiers";
  for (const InsideNote& note : seen.notes)
    if (std::ranges::count(seen.tiers, note.tier, &TierInside::tier) == 0)
      others.points.push_back(note.text);
  sections.push_back(std::move(others));
  return sections;
}

void add_flame_graphs(const RunFindings& findings, ReportDocument& document) {
  for (const TierInside& tier : findings.inside.tiers)
    for (ReportSection& section : document.details) {
      // Of a statement nobody knows who called it.
      if (tier.content == InsideContent::kStatements || section.title != inside_title(tier))
        continue;
      for (const InsideGroup& group : tier.groups) {
        if (samples_of(tier, group) == 0) continue;
        const std::string caption = formatted(
            "{} {}: {} samples; callers below, what they call above, as wide as their "
            "share; the pointer shows a name in full",
            tier.tier, group_words(group), samples_of(tier, group));
        section.pictures.push_back(
            "<figure class=\"flame\"><figcaption>" + html_escaped(one_line(caption)) +
            "</figcaption>\n" +
            flame_graph_element(tier.tier, flame_stacks(findings.inside, tier, group)) +
            "</figure>\n");
      }
    }
}

}  // namespace tierwatch

// SPDX-License-Identifier: MIT
#include "daemon/commands/match_command.h"

#include <unistd.h>

#include <algorithm>
#include <ostream>
#include <set>

#include "collectors/process/visibility.h"
#include "collectors/servers/servers.h"
#include "collectors/text/plain_words.h"
#include "collectors/text/printable_text.h"
#include "daemon/commands/output_charset.h"
#include "exporters/glyphs.h"

namespace tierwatch {
namespace {

constexpr std::size_t kMaxTitle = 100;

std::string shown(std::string_view text) { return printable_start(text, kMaxTitle); }

/// The title, or for a process without one its name in brackets, as ps shows it.
std::string shown_title(const Candidate& candidate) {
  return candidate.title.empty() ? "[" + shown(candidate.comm) + "]" : shown(candidate.title);
}

using Row = std::vector<std::string>;

/// The first row is the heading.
std::string table(const std::vector<Row>& rows) { return joined(aligned(rows), "\n") + "\n"; }

std::string why(const MatchReason& reason) {
  if (reason.rule) return shown(reason.rule->text());
  return "child of " + std::to_string(reason.joined_parent);
}

/// What one report is made of.
struct Matched {
  const TierRules& rules;
  const std::vector<Candidate>& candidates;
  const std::vector<std::optional<MatchReason>>& placed;
};

std::string taken_processes(const Matched& matched) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < matched.placed.size(); ++i) {
    if (matched.placed[i]) order.push_back(i);
  }
  if (order.empty()) return "No process belongs to any tier.\n";
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return std::pair(matched.placed[a]->member.tier, matched.candidates[a].id) <
           std::pair(matched.placed[b]->member.tier, matched.candidates[b].id);
  });
  std::vector<Row> rows{{"PID", "TIER", "ROLE", "USER", "TAKEN BY", "TITLE"}};
  for (const std::size_t i : order) {
    const Candidate& candidate = matched.candidates[i];
    const MatchReason& reason = *matched.placed[i];
    const TierRule& tier = matched.rules.tiers[reason.member.tier];
    rows.push_back({std::to_string(candidate.id.pid), tier.name,
                    tier.roles[reason.member.role].name, shown(candidate.user), why(reason),
                    shown_title(candidate)});
  }
  return table(rows);
}

std::string almost_taken(const Matched& matched) {
  std::vector<Row> rows{{"PID", "TIER", "USER", "BUT", "TITLE"}};
  for (const NearMiss& miss : near_misses(matched.rules, matched.candidates, matched.placed)) {
    const Candidate& candidate = matched.candidates[miss.candidate];
    rows.push_back({std::to_string(candidate.id.pid), matched.rules.tiers[miss.tier].name,
                    shown(candidate.user), shown(miss.failed), shown_title(candidate)});
  }
  return rows.size() == 1 ? "" : "\nAlmost:\n" + table(rows);
}

std::string not_taken(const Matched& matched) {
  std::vector<Row> rows{{"PID", "COMM", "USER", "TITLE"}};
  for (std::size_t i = 0; i < matched.candidates.size(); ++i) {
    const Candidate& candidate = matched.candidates[i];
    if (matched.placed[i] || candidate.kernel_thread) continue;
    rows.push_back({std::to_string(candidate.id.pid), shown(candidate.comm), shown(candidate.user),
                    shown_title(candidate)});
  }
  return rows.size() == 1 ? "" : "\nIn no tier:\n" + table(rows);
}

bool has_rules_of_preset(const TierRule& tier) {
  if (tier.preset.empty()) return false;
  const std::vector<MatchRule> known = preset(tier.preset).match;
  return std::equal(tier.match.begin(), tier.match.end(), known.begin(), known.end(),
                    [](const MatchRule& a, const MatchRule& b) { return a.text() == b.text(); });
}

/// Rules of the user's own that found nothing, each; of presets only whole tiers: a preset knows
/// many ways to start a program, and one is enough.
std::string without_processes(const Matched& matched) {
  std::set<const MatchRule*> used;
  std::set<std::uint16_t> alive;
  for (const auto& reason : matched.placed) {
    if (!reason) continue;
    used.insert(reason->rule);
    alive.insert(reason->member.tier);
  }
  std::string tiers, rule_lines;
  for (std::uint16_t i = 0; i < matched.rules.tiers.size(); ++i) {
    const TierRule& tier = matched.rules.tiers[i];
    if (!alive.contains(i)) tiers += " " + tier.name;
    if (has_rules_of_preset(tier)) continue;
    for (const MatchRule& rule : tier.match) {
      if (used.contains(&rule)) continue;
      rule_lines += "  " + tier.path + " " + tier.name + ": " + shown(rule.text()) + "\n";
    }
  }
  std::string out;
  if (!rule_lines.empty()) out += "\nRules that took no process:\n" + rule_lines;
  if (!tiers.empty()) out += "\nTiers without processes:" + tiers + "\n";
  return out;
}

}  // namespace

std::string match_report(const Config& config, const std::vector<CandidateFacts>& facts, bool all) {
  const std::vector<Candidate> candidates = views(facts);
  const auto placed = match_processes(config.rules, candidates);
  const Matched matched{config.rules, candidates, placed};
  std::string report = taken_processes(matched) + almost_taken(matched);
  if (all) report += not_taken(matched);
  return report + without_processes(matched);
}

int run_match(const MatchOptions& options, std::ostream& out) {
  const Config config = load_config_or_default(options.config);
  const ProcFs files;
  const auto table = make_process_table();
  out << in_charset(match_report(config, read_candidates(files, *table), options.all),
                    output_charset(STDOUT_FILENO));
  const std::vector<std::string> hidden = visibility_notes(files);
  if (!hidden.empty()) out << "\nNot visible here:\n";
  for (const std::string& note : hidden) out << "  " << note << '\n';
  return 0;
}

}  // namespace tierwatch

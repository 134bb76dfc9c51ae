// SPDX-License-Identifier: MIT
#include "tests/support/judge_run.h"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>

#include "analysis/judge/verdict_tracker.h"
#include "collectors/text/plain_words.h"
#include "exporters/json/snapshot_json.h"
#include "tests/support/gzip.h"
#include "tests/support/source_tree.h"

namespace tierwatch {
namespace {

/// A snapshot's reader knows the facts, and leaves what is absent as it is: unknown.
JudgeInput facts_in(const std::string& line) {
  const std::string version = std::to_string(kSnapshotFormatVersion);
  return snapshot_from_json(R"({"format_version":)" + version + R"(,"tiers":[],"facts":)" + line +
                            "}")
      .facts;
}

std::string words_of(const Verdict& verdict) {
  if (verdict.state == VerdictState::kUnknown) return "not known: " + verdict.reason;
  const std::string sure = ", " + std::string(to_string(verdict.confidence));
  if (verdict.state == VerdictState::kClear)
    return "clear" + sure + (verdict.blind_spots.empty() ? "" : "; not seen: ") +
           joined(verdict.blind_spots, "; ");
  std::string words = verdict.tier + " " + std::string(to_string(verdict.resource)) + sure;
  if (!verdict.instance.empty()) words += "; " + verdict.instance;
  std::vector<std::string> path;
  for (const PathStep& step : verdict.path)
    path.push_back(step.instance.empty() ? step.name : step.name + " (" + step.instance + ")");
  if (path.size() > 1) words += "; " + joined(path, " → ");
  for (const TierResource& joint : verdict.joint_with)
    words += "; " + joint.tier + " " + std::string(to_string(joint.resource)) + " as well";
  return words + "; helps: " + joined(verdict.relief);
}

}  // namespace

JudgeRun read_judge_run(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) throw std::runtime_error(file.string() + " cannot be opened");
  std::istringstream lines(gunzip(std::string(std::istreambuf_iterator<char>(in), {})));
  JudgeRun run;
  std::getline(lines, run.header);
  if (!run.header.starts_with(R"({"format": 1,)"))
    throw std::runtime_error(file.string() + " is no run of format 1");
  for (std::string line; std::getline(lines, line);) run.ticks.push_back(facts_in(line));
  return run;
}

std::vector<SaidAt> replay(const JudgeRun& run) {
  std::vector<SaidAt> said;
  VerdictTracker tracker;
  double seconds = 0;
  for (const JudgeInput& facts : run.ticks) {
    seconds += facts.seconds;
    said.push_back({seconds, facts.seconds, tracker.add(facts)});
  }
  return said;
}

std::string said_text(const JudgeRun& run) {
  std::string text = run.header + "\n", before;
  for (const SaidAt& said : replay(run)) {
    const std::string words = words_of(said.verdict);
    if (words == before) continue;
    char at[32];
    std::snprintf(at, sizeof at, "%5.1f  ", said.seconds);
    text += at + words + "\n";
    before = words;
  }
  return text;
}

std::filesystem::path said_file(const std::filesystem::path& run) {
  std::filesystem::path name = run;
  return name.replace_extension().replace_extension(".said");
}

std::vector<std::filesystem::path> judge_runs() {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(source_path("tests/judge")))
    if (entry.path().extension() == ".gz") files.push_back(entry.path());
  std::ranges::sort(files);
  return files;
}

}  // namespace tierwatch

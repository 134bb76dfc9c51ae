// SPDX-License-Identifier: MIT
//
// What the judge says of recorded runs, for scripts/accuracy.
//
// usage: replay_judge FILE...            a line of JSON per run: of each tick what is said
//        replay_judge --said FILE...     writes NAME.said beside each NAME.run.gz
//        replay_judge --hours H FILE...  the runs one after the other, in an order by chance, for
//        so
//                                        long: how often something was named
#include <cstdlib>
#include <exception>
#include <fstream>
#include <iostream>
#include <random>
#include <span>
#include <string>

#include "analysis/judge/verdict_tracker.h"
#include "exporters/json/json_writer.h"
#include "exporters/json/snapshot_fields.h"
#include "tests/support/judge_run.h"

namespace tierwatch {
namespace {

Json said_of(const SaidAt& said) {
  JsonWriter writer;
  writer("at", said.seconds);
  writer("seconds", said.length_seconds);
  const Verdict& verdict = said.verdict;
  writer("state", verdict.state);
  if (verdict.named()) {
    writer("named", verdict.tier + " " + std::string(to_string(verdict.resource)));
    writer("waiting_on", verdict.waiting_on);
    writer("path", verdict.path);
    writer("relief", verdict.relief);
  }
  writer("confidence", verdict.confidence);
  return writer.take();
}

void tell(const std::string& file) {
  const JudgeRun run = read_judge_run(file);
  Json line{{"file", file}, {"said", Json::array()}};
  for (const SaidAt& said : replay(run)) line["said"].push_back(said_of(said));
  std::cout << json_text(line, -1) << "\n";
}

void write_said(const std::filesystem::path& file) {
  std::ofstream(said_file(file)) << said_text(read_judge_run(file));
}

/// One tracker all the time: what follows what is by chance, as in a day.
void tell_of_hours(double hours, std::span<char*> files) {
  std::vector<JudgeRun> runs;
  for (const char* file : files) runs.push_back(read_judge_run(file));
  std::mt19937 dice(7);
  VerdictTracker tracker;
  double seconds = 0;
  int alarms = 0;
  Json named = Json::array();
  std::optional<TierResource> before;
  while (seconds < hours * 3600 && !runs.empty()) {
    for (const JudgeInput& facts : runs[dice() % runs.size()].ticks) {
      seconds += facts.seconds;
      const auto now = tracker.add(facts).named();
      if (now && now != before) {
        ++alarms;
        if (named.size() < 20) named.push_back(tracker.current().sentence);
      }
      before = now;
    }
  }
  std::cout << json_text(Json{{"hours", seconds / 3600}, {"alarms", alarms}, {"named", named}}, -1)
            << "\n";
}

}  // namespace
}  // namespace tierwatch

int main(int argc, char** argv) {
  try {
    const std::span<char*> arguments(argv + 1, static_cast<std::size_t>(argc - 1));
    if (arguments.size() > 2 && std::string(arguments[0]) == "--hours") {
      tierwatch::tell_of_hours(std::atof(arguments[1]), arguments.subspan(2));
      return 0;
    }
    if (arguments.size() > 1 && std::string(arguments[0]) == "--said") {
      for (const char* file : arguments.subspan(1)) tierwatch::write_said(file);
      return 0;
    }
    for (const char* file : arguments) tierwatch::tell(file);
  } catch (const std::exception& error) {
    std::cerr << "replay_judge: " << error.what() << "\n";
    return 1;
  }
}

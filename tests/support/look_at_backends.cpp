// SPDX-License-Identifier: MIT
//
// For each line of its input one look at the processes of a database server that it names, as lines
// "PID<tab>WAIT CLASS<tab>ACTIVITY<tab>BLOCKER<tab>STATEMENT", then an empty one
// (test_statements.py).
#include <iostream>
#include <sstream>

#include "collectors/statements/statement_sampler.h"
#include "collectors/statements/wait_events.h"

int main() {
  using namespace tierwatch;
  const ProcFs files;
  StatementSampler sampler(files, true);
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream words(line);
    std::vector<ProcessId> processes;
    for (pid_t pid; words >> pid;) processes.push_back({.pid = pid});
    sampler.set_processes(processes);
    std::vector<BackendSample> samples;
    sampler.sample(samples);
    for (const BackendSample& one : samples) {
      const bool known = one.statement != kNoStatement;
      std::cout << one.pid << '\t' << wait_class_name(one.wait.value_or(0)) << '\t'
                << (one.moved ? "moved" : to_string(one.activity)) << '\t'
                << (one.blocker ? one.blocker->pid : -1) << '\t'
                << (known ? sampler.statements()[one.statement] : "") << '\n';
    }
    for (const ProcessRefusal& one : sampler.refusals())
      std::cerr << one.process.pid << ": " << one.why << '\n';
    std::cout << std::endl;
  }
}

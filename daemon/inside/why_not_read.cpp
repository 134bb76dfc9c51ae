// SPDX-License-Identifier: MIT
#include "daemon/inside/why_not_read.h"

#include <map>

#include "collectors/text/plain_words.h"
#include "daemon/inside/inside_rights.h"
#include "daemon/service/login_name.h"

namespace tierwatch {

std::string owner_of(const ProcessReading& process) {
  if (!process.user.empty() || !process.uid) return process.user;
  const std::string name = login_name(*process.uid);
  return name.empty() ? "#" + std::to_string(*process.uid) : name;
}

std::string why_not_read(const std::string& tier,
                         const std::vector<const ProcessSample*>& processes,
                         const InsideTargets& targets, const std::string& command) {
  for (const ProcessRefusal& refusal : targets.refusals) {
    if (!refusal.denied) continue;
    for (const ProcessSample* process : processes) {
      if (process->reading.id == refusal.process)
        return missing_right(reading_rights(ProcFs()), tier, process->reading.uid,
                             owner_of(process->reading), command);
    }
  }
  if (targets.refusals.empty()) return tier + " has no process";
  const ProcessRefusal& first = targets.refusals.front();
  return "nothing inside " + tier + " can be read: of process " +
         std::to_string(first.process.pid) + ", " + first.why;
}

std::vector<std::string> refusals_in_words(const std::string& tier, const InsideTargets& targets) {
  std::map<std::string, std::size_t> refused;
  for (const ProcessRefusal& refusal : targets.refusals)
    ++refused[refusal.denied ? "the right to read them is missing" : refusal.why];
  std::vector<std::string> words;
  for (const auto& [why, count] : refused)
    words.push_back(count_of(static_cast<double>(count), "process") + " of " + tier +
                    " not read: " + why);
  return words;
}

}  // namespace tierwatch

// SPDX-License-Identifier: MIT
#include "collectors/statements/statement_sampler.h"

#include <algorithm>
#include <set>

#include "collectors/memory/own_number.h"
#include "collectors/parse/foreign_file.h"
#include "collectors/statements/statement_text.h"
#include "collectors/statements/wait_events.h"
#include "collectors/text/format.h"
#include "collectors/text/text_scan.h"

namespace tierwatch {
namespace {

constexpr int kLongestQueue = 64;
/// Where the program lies: everybody names its folder so.
constexpr const char* kLikely = "postgr";

/// What the server's data directory says, which is where its processes are.
std::optional<int> version_of(const ProcFs& files, pid_t pid) {
  ForeignFiles theirs(files, pid);
  const auto text = theirs.read("PG_VERSION");
  return text ? to_number<int>(trim_blanks(*text)) : std::nullopt;
}

}  // namespace

std::string_view to_string(BackendActivity activity) {
  switch (activity) {
    case BackendActivity::kRunning:
      return "running";
    case BackendActivity::kWaiting:
      return "waiting";
    case BackendActivity::kIdleInTransaction:
      return "idle-in-transaction";
    case BackendActivity::kIdle:
      break;
  }
  return "idle";
}

std::uint32_t StatementBook::index_of(const std::string& statement) {
  const auto known = indices_.find(statement);
  if (known != indices_.end()) return known->second;
  text_ += statement.size();
  const bool full = all_.size() + 1 >= kMost || text_ > kMostText;
  const std::string& taken = full ? "(other statements)" : statement;
  const auto [place, fresh] = indices_.emplace(taken, static_cast<std::uint32_t>(all_.size()));
  if (fresh) all_.push_back(taken);
  return place->second;
}

BackendActivity activity_of(const BackendLook& look) {
  const std::uint32_t wait = look.wait.value_or(0);
  if (wait_class(wait) == kWaitActivity) return BackendActivity::kIdle;
  const BackendActivity at_work = wait == 0 ? BackendActivity::kRunning : BackendActivity::kWaiting;
  if (look.has_statement) return at_work;
  if (!look.in_transaction) return BackendActivity::kIdle;
  // Between two messages a transaction may be committing.
  const bool for_client = !look.wait || wait_class(wait) == kWaitClient;
  return for_client ? BackendActivity::kIdleInTransaction : at_work;
}

StatementSampler::StatementSampler(const ProcFs& files, bool literals)
    : StatementSampler(files, literals,
                       [](pid_t pid) { return std::make_unique<ProcessMemory>(pid); }) {}

StatementSampler::StatementSampler(const ProcFs& files, bool literals, OpenMemory open)
    : files_(files), literals_(literals), open_(std::move(open)) {}

void StatementSampler::set_processes(const std::vector<ProcessId>& processes) {
  const std::set<ProcessId> wanted(processes.begin(), processes.end());
  std::erase_if(targets_, [&](const auto& target) { return !wanted.contains(target.second.id); });
  for (const ProcessId& id : processes) {
    if (targets_.size() >= kMostProcesses && !targets_.contains(id.pid)) continue;
    Target& target = targets_[id.pid];
    target.id = id;
    if (!target.process && target.tries < kMostTries) attach(target);
  }
}

void StatementSampler::attach(Target& target) {
  ++target.tries;
  target.refusal = {.process = target.id};
  auto memory = open_(target.id.pid);
  const auto images =
      readable_images(files_, target.id.pid, *memory, kLikely, buffer_, target.refusal);
  if (!target.refusal.why.empty()) return;
  target.version = version_of(files_, target.id.pid);
  if (target.version && (*target.version < kOldestServer || *target.version > kNewestServer)) {
    target.refusal.why = formatted("it is of version {}, and {} to {} are read", *target.version,
                                   kOldestServer, kNewestServer);
    return;
  }
  const FileText status = files_.read(process_path(target.id.pid, "status"), buffer_);
  const auto own = status ? own_number(status.text) : std::nullopt;
  target.process = BackendProcess::find(std::move(memory), images,
                                        own.value_or(static_cast<std::uint64_t>(target.id.pid)),
                                        target.version, target.refusal.why);
}

std::uint32_t StatementSampler::statement_of(Target& target, const std::string& text) {
  if (text.empty()) return kNoStatement;
  if (text == target.last_text) return target.last_statement;
  std::string shown = literals_ ? text.substr(0, kLongestNormalised) : normalised_statement(text);
  if (literals_ && text.size() > kLongestNormalised) shown += "…";
  target.last_text = text;
  target.last_statement = shown.empty() ? kNoStatement : statements_.index_of(shown);
  return target.last_statement;
}

void StatementSampler::look_at(Target& target, std::vector<BackendSample>& samples) {
  ServerFacts& server = servers_[target.process->server()];
  BackendLook look;
  if (!target.process->look(server.layout, look)) {
    target.process.reset();
    target.refusal = {.process = target.id, .why = "it has ended"};
    return;
  }
  BackendSample sample{
      .pid = target.id.pid, .activity = activity_of(look), .wait = look.wait, .moved = look.moved};
  if (sample.activity != BackendActivity::kIdle) sample.statement = statement_of(target, look.text);
  Seen seen{.sample = samples.size(), .target = &target, .proc = look.proc};
  if (sample.activity == BackendActivity::kWaiting && wait_class(*look.wait) == kWaitLock)
    seen.holders = server.locks.holders(target.process->memory(), look.proc);
  samples.push_back(sample);
  seen_.push_back(std::move(seen));
}

void StatementSampler::sample(std::vector<BackendSample>& samples) {
  seen_.clear();
  for (auto& [number, server] : servers_) server.locks.forget();
  for (auto& [pid, target] : targets_) {
    if (target.process) look_at(target, samples);
  }
  find_blockers(samples);
}

/// From holder to holder, to the one that waits for no lock itself. Of several the first counts.
std::optional<BackendBlocker> StatementSampler::last_of_chain(
    const Seen& waiter, const ByProc& by_proc, const std::vector<BackendSample>& samples) const {
  const Seen* at = &waiter;
  for (int i = 0; i < kLongestQueue; ++i) {
    if (!at->holders || at->holders->empty()) break;
    const auto next = by_proc.find({at->target->process->server(), at->holders->front()});
    if (next == by_proc.end()) return BackendBlocker{};
    at = &seen_[next->second];
  }
  if (at == &waiter) return std::nullopt;
  const BackendSample& last = samples[at->sample];
  return BackendBlocker{last.pid, last.statement, last.activity};
}

void StatementSampler::find_blockers(std::vector<BackendSample>& samples) {
  ByProc by_proc;
  for (std::size_t i = 0; i < seen_.size(); ++i) {
    if (seen_[i].target->process && seen_[i].proc != 0)
      by_proc[{seen_[i].target->process->server(), seen_[i].proc}] = i;
  }
  for (const Seen& one : seen_) {
    if (one.holders) samples[one.sample].blocker = last_of_chain(one, by_proc, samples);
  }
}

std::size_t StatementSampler::read_processes() const {
  return static_cast<std::size_t>(std::ranges::count_if(
      targets_, [](const auto& target) { return target.second.process != nullptr; }));
}

std::vector<ProcessRefusal> StatementSampler::refusals() const {
  std::vector<ProcessRefusal> refusals;
  for (const auto& [pid, target] : targets_) {
    if (!target.process) refusals.push_back(target.refusal);
  }
  return refusals;
}

std::vector<std::string> StatementSampler::versions() const {
  std::set<int> found;
  for (const auto& [pid, target] : targets_) {
    if (target.process && target.version) found.insert(*target.version);
  }
  std::vector<std::string> versions;
  for (const int version : found) versions.push_back(std::to_string(version));
  return versions;
}

std::optional<int> StatementSampler::version() const {
  for (const auto& [pid, target] : targets_) {
    if (target.process && target.version) return target.version;
  }
  return std::nullopt;
}

}  // namespace tierwatch

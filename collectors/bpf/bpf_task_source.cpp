// SPDX-License-Identifier: MIT
#include "collectors/bpf/bpf_task_source.h"

#include <unistd.h>

#include <array>

#include "collectors/bpf/task_table.h"
#include "collectors/parse/capabilities.h"

namespace tierwatch {
namespace {

class BpfTaskSource : public TaskSource {
 public:
  explicit BpfTaskSource(std::unique_ptr<TaskIterator> iterator) : iterator_(std::move(iterator)) {}

  bool read() override {
    if (!iterator_) return false;
    try {
      if (table_.fill(iterator_->read())) return true;
      trouble_ = "its records are not what they should be";
    } catch (const TaskIteratorError& error) {
      trouble_ = error.what();
    }
    iterator_.reset();
    table_.fill({});
    return false;
  }

  const ProcessTask* find(pid_t pid) const override { return table_.find(pid); }
  bool are_all(std::span<const pid_t> pids) const override { return table_.are_all(pids); }
  const std::string& trouble() const override { return trouble_; }

 private:
  std::unique_ptr<TaskIterator> iterator_;
  TaskTable table_;
  std::string trouble_;
};

/// The two capabilities, or the one that they were made from (Linux 5.8).
bool may_use_bpf(const ProcFs& files) {
  const std::uint64_t held = effective_capabilities(files);
  return holds(held, Capability::kSysAdmin) ||
         (holds(held, Capability::kBpf) && holds(held, Capability::kPerfmon));
}

/// Our own threads may come and go during a read.
bool tells_of_us(TaskSource& tasks) {
  for (int tries = 0; tries < 10; ++tries) {
    if (!tasks.read()) return false;
    if (tasks.find(getpid())) return true;
  }
  return false;
}

}  // namespace

std::string_view to_string(SourceReason reason) {
  constexpr std::array<std::string_view, 7> kNames = {
      "permitted",       "configured", "not_built", "not_permitted",
      "other_namespace", "refused",    "failed"};
  return kNames[static_cast<std::size_t>(reason)];
}

std::unique_ptr<TaskSource> make_task_source(std::unique_ptr<TaskIterator> iterator) {
  return std::make_unique<BpfTaskSource>(std::move(iterator));
}

ChosenSource choose_task_source(SourceWish wish, const ProcFs& files, const ProcessTable& table) {
  const auto proc = [](SourceReason reason, std::string words = {}) {
    return ChosenSource{.tasks = nullptr, .reason = reason, .words = std::move(words)};
  };
  if (wish == SourceWish::kProc) return proc(SourceReason::kConfigured);
  if (!has_task_iterator()) return proc(SourceReason::kNotBuilt);
  if (!may_use_bpf(files)) return proc(SourceReason::kNotPermitted);
  // A table without CPU clocks is one whose numbers are not ours.
  if (!table.run_time(getpid())) return proc(SourceReason::kOtherNamespace);
  try {
    auto tasks = make_task_source(make_task_iterator());
    if (tells_of_us(*tasks))
      return {.tasks = std::move(tasks), .reason = SourceReason::kPermitted, .words = {}};
    return proc(SourceReason::kRefused, tasks->trouble());
  } catch (const TaskIteratorError& error) {
    return proc(SourceReason::kRefused, error.what());
  }
}

}  // namespace tierwatch

// SPDX-License-Identifier: MIT
#include "daemon/top/top_errands.h"

#include <filesystem>
#include <sstream>

#include "collectors/parse/aside.h"
#include "collectors/text/format.h"
#include "daemon/inside/inside_answer.h"
#include "daemon/service/send_signal.h"
#include "daemon/top/process_logs.h"
#include "daemon/top/process_texts.h"
#include "exporters/json/snapshot_json.h"
#include "exporters/output_file.h"
#include "exporters/terminal/scene/signal_rows.h"

namespace tierwatch {
namespace {

constexpr nanoseconds kAsidePatience = std::chrono::seconds(2);
constexpr nanoseconds kJournalPatience = std::chrono::seconds(10);

/// The snapshots that the view has got.
class ShownFeed : public TopFeed {
 public:
  ShownFeed(std::string source, std::shared_ptr<NewestSnapshot> newest)
      : source_(std::move(source)), newest_(std::move(newest)) {}

  FeedNews sample() override { return {.snapshot = newest_->get(), .trouble = "no data yet"}; }
  std::string source() const override { return source_; }
  bool local() const override { return true; }  // else nothing is asked for

 private:
  std::string source_;
  std::shared_ptr<NewestSnapshot> newest_;
};

std::string log_files_aside(const ProcessId& process) {
  Aside aside;  // the file system may not answer
  const auto text =
      aside.run([process] { return log_files_text(ProcFs(), process); }, kAsidePatience);
  return text.value_or("Its log files cannot be read: their file system does not answer.\n\n");
}

std::string journal_text(const std::string& cgroup, const SideWork::Sleep& sleep) {
  const auto unit = unit_of_cgroup(cgroup);
  if (!unit) return "It belongs to no unit of systemd: its control group is " + cgroup + "\n";
  const auto go_on = [&sleep] { return sleep(nanoseconds{}); };
  std::string text;
  try {
    text = output_of(journal_command(*unit), kJournalPatience, go_on);
  } catch (const std::runtime_error& error) {
    text = std::string(error.what()) + "\n";  // its log files have been read all the same
  }
  return "JOURNAL OF " + unit->name + ", NEWEST FIRST\n" +
         (text.empty() ? "nothing in it\n" : text);
}

}  // namespace

TopErrands::TopErrands(const TopFeed& live) : source_(live.source()) {}

Pane TopErrands::look_inside_of(const std::string& tier) {
  const InsideWish wish{.tier = tier};
  work_.begin([wish, source = source_, newest = newest_](const SideWork::Sleep& sleep) {
    std::ostringstream errors;
    InsideSession session(std::make_unique<ShownFeed>(source, newest), errors, sleep);
    session.await_verdict();
    return inside_answer_text(look_inside(session, wish, inside_kind(session, wish)));
  });
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(wish.duration).count();
  return {.title = "INSIDE " + tier,
          .text = formatted("Looks at it for {} s, {} times a second; it is not stopped for that. "
                            "Esc ends the look.\n",
                            seconds, wish.hz)};
}

Pane TopErrands::read_environment(const ErrandWish& wish) {
  const std::string of = std::to_string(wish.process.pid) + " (" + wish.name + ")";
  work_.begin([process = wish.process](const SideWork::Sleep&) {
    // It takes the memory lock of the process, who may hold it for ever.
    Aside aside;
    const auto text = aside.run(
        [process] {
          try {
            return environment_text(ProcFs(), process);
          } catch (const std::runtime_error& error) {
            return std::string(error.what());
          }
        },
        kAsidePatience);
    return text.value_or("The process holds its memory, so that it cannot be read.");
  });
  return {.title = "ENVIRONMENT OF PROCESS " + of, .text = "reads it\n"};
}

Pane TopErrands::read_logs(const ErrandWish& wish) {
  const std::string cgroup = wish.text.empty() ? cgroup_text(ProcFs(), wish.process) : wish.text;
  const std::string process =
      "PROCESS " + std::to_string(wish.process.pid) + " (" + wish.name + ")";
  if (cgroup.empty()) return {.title = "LOGS OF " + process, .text = "It has ended."};
  work_.begin([cgroup, process = wish.process](const SideWork::Sleep& sleep) {
    return log_files_aside(process) + journal_text(cgroup, sleep);
  });
  return {.title = "LOGS OF " + process, .text = "reads its log files, asks journalctl\n"};
}

void TopErrands::write(const std::string& file, const Frame& seen, const SnapshotPtr& snapshot) {
  writing_.begin([file, text = seen.text(), snapshot](const SideWork::Sleep&) {
    const bool json = file.ends_with(".json");
    if (json && !snapshot) return std::string("Nothing written: there is no data yet.");
    write_new_file(file, json ? to_json(*snapshot, {.indent = 2}) + "\n" : text);
    std::error_code error;
    const std::string path = std::filesystem::absolute(file, error);
    return (json ? "Snapshot written to " : "Screen written to ") + (error ? file : path) +
           ", mode 0600.";
  });
}

std::string TopErrands::signal(const ErrandWish& wish) const {
  const std::string to = signal_name(wish.number) + " was {}sent to process " +
                         std::to_string(wish.process.pid) + " (" + wish.name + ")";
  const std::string problem = send_signal(ProcFs(), wish.process, wish.number);
  std::string words = to;
  words.replace(words.find("{}"), 2, problem.empty() ? "" : "not ");
  return words + (problem.empty() ? "." : ": " + problem + ".");
}

Pane TopErrands::begin(const ErrandWish& wish) {
  switch (wish.errand) {
    case Errand::kInside:
      return look_inside_of(wish.tier);
    case Errand::kEnvironment:
      return read_environment(wish);
    case Errand::kJournal:
      return read_logs(wish);
    case Errand::kSignal:
    case Errand::kWrite:
    case Errand::kCopy:
    case Errand::kNone:
      break;
  }
  return {};
}

}  // namespace tierwatch

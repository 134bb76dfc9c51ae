// SPDX-License-Identifier: MIT
#include "daemon/service/history.h"

#include <sys/utsname.h>

#include <cstdlib>

#include "collectors/seconds.h"
#include "daemon/service/log.h"
#include "exporters/recording/recording_reader.h"

namespace tierwatch {

std::optional<std::filesystem::path> history_file(const HistoryConfig& history) {
  if (history.path == "none") return std::nullopt;
  if (history.path != "auto") return history.path;
  const char* directories = std::getenv("STATE_DIRECTORY");
  if (!directories || !*directories) return std::nullopt;
  const std::string all = directories;  // several are separated by colons
  return std::filesystem::path(all.substr(0, all.find(':'))) / "history.db";
}

SessionRow session_of(std::string program, std::chrono::milliseconds interval) {
  utsname system{};
  uname(&system);  // cannot fail with a good pointer
  return {.begin = std::chrono::system_clock::now(),
          .program = std::move(program),
          .version = TIERWATCH_VERSION,
          .hostname = system.nodename,
          .kernel = system.release,
          .interval_seconds = seconds_of(interval)};
}

HistoryKeeper::HistoryKeeper(const std::filesystem::path& file, const Config& config,
                             std::function<void()> failed,
                             std::function<void(const HistoryStanding&)> stands)
    : recorder_({.file = file,
                 .session = session_of("daemon", config.sampling.interval),
                 .limits = RecordingLimits{.keep = config.history.keep,
                                           .max_bytes = config.history.max_bytes},
                 .failed = std::move(failed),
                 .opened = [file] { log_info("history is kept in " + file.string()); },
                 .stands = std::move(stands)},
                log_warn),
      marks_("daemon", file.string()) {
  if (!marks_.problem().empty())
    log_warn("`tierwatch mark` cannot reach this daemon: " + marks_.problem());
}

void record_marks(MarkSocket& marks, QueuedRecorder& recorder,
                  const std::function<void(const RunMark&)>& seen) {
  for (int taken = 0; taken < MarkSocket::kMarksAtOnce; ++taken) {
    auto mark = marks.take();
    if (!mark) return;
    RunMark made{.at = std::chrono::system_clock::now(), .text = std::move(mark->text)};
    if (seen) seen(made);
    recorder.add(std::move(made), std::move(mark->answer));
  }
}

std::jthread recall_history(const std::filesystem::path& file, RecentHistory& recent) {
  return std::jthread([file, &recent](const std::stop_token& stop) {
    struct Stopped {};
    try {
      RecordingReader reader(file);
      const RecordedWindow window{.from = std::chrono::system_clock::now() - RecentHistory::kSpan,
                                  .to = std::nullopt};
      std::deque<VerdictStretch> spans;
      reader.each_verdict(window, [&](const VerdictStretch& tick) {
        if (stop.stop_requested()) throw Stopped();
        add_verdict_tick(spans, tick);
        if (spans.size() > RecentHistory::kMostSpans) spans.pop_front();
      });
      std::vector<TimedNote> notes;
      for (RunMark& mark : reader.marks(window))
        notes.push_back({.at = mark.at, .text = std::move(mark.text)});
      recent.prepend(std::move(spans), std::move(notes));
    } catch (const std::exception& error) {
      log_debug("the live page begins without the hours before: " + std::string(error.what()));
    } catch (const Stopped&) {
    }
  });
}

}  // namespace tierwatch

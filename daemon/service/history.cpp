// SPDX-License-Identifier: MIT
#include "daemon/service/history.h"

#include <sys/utsname.h>

#include <cstdlib>

#include "daemon/service/log.h"

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
          .interval_seconds = std::chrono::duration<double>(interval).count()};
}

HistoryKeeper::HistoryKeeper(const std::filesystem::path& file, const Config& config,
                             std::function<void()> failed)
    : recorder_({.file = file,
                 .session = session_of("daemon", config.sampling.interval),
                 .limits = RecordingLimits{.keep = config.history.keep,
                                           .max_bytes = config.history.max_bytes},
                 .failed = std::move(failed)},
                log_warn),
      marks_("daemon", file.string()) {
  log_info("history is kept in " + file.string());
  if (!marks_.problem().empty())
    log_warn("`tierwatch mark` cannot reach this daemon: " + marks_.problem());
}

void HistoryKeeper::take_marks() {
  for (int taken = 0; taken < MarkSocket::kMarksAtOnce; ++taken) {
    const auto text = marks_.take();
    if (!text) return;
    recorder_.add(RunMark{.at = std::chrono::system_clock::now(), .text = *text});
  }
}

}  // namespace tierwatch

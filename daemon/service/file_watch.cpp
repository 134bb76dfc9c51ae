// SPDX-License-Identifier: MIT
#include "daemon/service/file_watch.h"

#include <sys/stat.h>

#include <condition_variable>
#include <mutex>
#include <tuple>

namespace tierwatch {
namespace {

using Mark = std::tuple<dev_t, ino_t, off_t, time_t, long, time_t, long>;

/// Another file of that name, and another content, have another one.
Mark mark_of(const std::filesystem::path& file) {
  struct stat status {};
  if (stat(file.c_str(), &status) != 0) return {};
  return {status.st_dev,         status.st_ino,          status.st_size,
          status.st_mtim.tv_sec, status.st_mtim.tv_nsec, status.st_ctim.tv_sec,
          status.st_ctim.tv_nsec};
}

std::vector<Mark> marks_of(const std::vector<std::filesystem::path>& files) {
  std::vector<Mark> marks;
  for (const std::filesystem::path& file : files) marks.push_back(mark_of(file));
  return marks;
}

}  // namespace

FileWatch::FileWatch(std::vector<std::filesystem::path> files, std::chrono::milliseconds period) {
  if (files.empty()) return;
  // As they are now: what changes before the thread begins shows, too.
  std::vector<Mark> last = marks_of(files);
  thread_ = std::jthread([this, files = std::move(files), period,
                          last = std::move(last)](const std::stop_token& stop) mutable {
    std::mutex mutex;
    std::condition_variable_any stopped;
    std::unique_lock lock(mutex);
    bool moving = false;
    while (!stopped.wait_for(lock, stop, period, [&stop] { return stop.stop_requested(); })) {
      std::vector<Mark> now = marks_of(files);
      if (now != last) {
        moving = true;
        last = std::move(now);
      } else if (moving) {
        moving = false;
        changed_ = true;
      }
    }
  });
}

}  // namespace tierwatch

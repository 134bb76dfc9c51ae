// SPDX-License-Identifier: MIT
//
// tierwatch_floor: what the kernel itself charges for its per-process files. Reads pids from
// standard input, reads each kind of file for all of them in a bare loop, and prints one line of
// JSON per kind: CPU microseconds per process, best, median and worst of the rounds. No tool that
// reads these files can be cheaper.

#include <dirent.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <iostream>
#include <string>
#include <vector>

namespace {

using Paths = std::vector<std::string>;

double cpu_microseconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) / 1e3;
}

char buffer[65536];

// One read suffices for these small files; the second, which would tell the end, is left out as a
// careful reader leaves it out.
void open_read_close(const Paths& paths) {
  for (const std::string& path : paths) {
    const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) continue;
    [[maybe_unused]] const ssize_t got = read(fd, buffer, sizeof buffer);
    close(fd);
  }
}

// The same until the file says that it has ended: one more system call.
void open_read_to_end(const Paths& paths) {
  for (const std::string& path : paths) {
    const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) continue;
    while (read(fd, buffer, sizeof buffer) > 0) {
    }
    close(fd);
  }
}

void list_directories(const Paths& paths) {
  for (const std::string& path : paths) {
    const int fd = open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) continue;
    while (syscall(SYS_getdents64, fd, buffer, sizeof buffer) > 0) {
    }
    close(fd);
  }
}

void stat_paths(const Paths& paths) {
  struct stat status {};
  for (const std::string& path : paths) stat(path.c_str(), &status);
}

void read_links(const Paths& paths) {
  for (const std::string& path : paths) {
    [[maybe_unused]] const ssize_t got = readlink(path.c_str(), buffer, sizeof buffer);
  }
}

class KeptOpen {
 public:
  KeptOpen(const Paths& paths, int flags) {
    for (const std::string& path : paths) {
      const int fd = open(path.c_str(), flags | O_CLOEXEC);
      if (fd >= 0) fds_.push_back(fd);
    }
    complete_ = fds_.size() == paths.size();
  }
  KeptOpen(const KeptOpen&) = delete;
  KeptOpen& operator=(const KeptOpen&) = delete;
  ~KeptOpen() {
    for (const int fd : fds_) close(fd);
  }
  bool complete() const { return complete_; }
  void pread_all() const {
    for (const int fd : fds_) {
      [[maybe_unused]] const ssize_t got = pread(fd, buffer, sizeof buffer, 0);
    }
  }
  /// The files are directories; reads `name` in each.
  void open_below(const char* name) const {
    for (const int directory : fds_) {
      const int fd = openat(directory, name, O_RDONLY | O_CLOEXEC);
      if (fd < 0) continue;
      [[maybe_unused]] const ssize_t got = read(fd, buffer, sizeof buffer);
      close(fd);
    }
  }
  void fstat_all() const {
    struct stat status {};
    for (const int fd : fds_) fstat(fd, &status);
  }

 private:
  std::vector<int> fds_;
  bool complete_ = false;
};

struct Herd {
  std::vector<pid_t> pids;
  Paths task_directories;
  Paths threads;  ///< /proc/PID/task/TID of all
};

Paths names_in(const std::string& directory) {
  Paths names;
  DIR* handle = opendir(directory.c_str());
  if (handle == nullptr) return names;
  while (const dirent* entry = readdir(handle)) {
    if (entry->d_name[0] != '.') names.push_back(entry->d_name);
  }
  closedir(handle);
  return names;
}

Herd read_herd() {
  Herd herd;
  for (pid_t pid = 0; std::cin >> pid;) {
    herd.pids.push_back(pid);
    const std::string tasks = "/proc/" + std::to_string(pid) + "/task";
    herd.task_directories.push_back(tasks);
    for (const std::string& tid : names_in(tasks)) herd.threads.push_back(tasks + "/" + tid);
  }
  return herd;
}

Paths files_of(const Herd& herd, const char* name) {
  Paths paths;
  for (const pid_t pid : herd.pids) {
    paths.push_back("/proc/" + std::to_string(pid) + "/" + name);
  }
  return paths;
}

Paths files_of_threads(const Herd& herd, const char* name) {
  Paths paths = herd.threads;
  for (std::string& path : paths) path += std::string("/") + name;
  return paths;
}

class Ruler {
 public:
  Ruler(std::size_t processes, int rounds) : processes_(processes), rounds_(rounds) {}

  void measure(const std::string& file, const char* how, const std::function<void()>& read_all) {
    read_all();  // first touch makes dentries and inodes
    std::vector<double> costs;
    for (int round = 0; round < rounds_; ++round) {
      const double before = cpu_microseconds();
      read_all();
      costs.push_back((cpu_microseconds() - before) / static_cast<double>(processes_));
    }
    std::sort(costs.begin(), costs.end());
    std::printf("{\"file\": \"%s\", \"how\": \"%s\", \"us\": [%.3f, %.3f, %.3f]}\n", file.c_str(),
                how, costs.front(), costs[costs.size() / 2], costs.back());
    std::fflush(stdout);
  }

  void measure_file(const std::string& file, const Paths& paths) {
    measure(file, "open", [&] { open_read_close(paths); });
    measure(file, "open, read twice", [&] { open_read_to_end(paths); });
    const KeptOpen kept(paths, O_RDONLY);
    if (kept.complete()) measure(file, "kept", [&] { kept.pread_all(); });
  }

 private:
  std::size_t processes_;
  int rounds_;
};

void measure_all(const Herd& herd, int rounds) {
  Ruler ruler(herd.pids.size(), rounds);
  ruler.measure("list of /proc", "open", [] { list_directories({"/proc"}); });
  const KeptOpen directories(files_of(herd, ""), O_PATH | O_DIRECTORY);
  for (const char* name :
       {"stat", "statm", "status", "schedstat", "io", "cmdline", "cgroup", "limits"}) {
    ruler.measure_file(name, files_of(herd, name));
    ruler.measure(name, "directory kept", [&] { directories.open_below(name); });
  }
  const Paths exe_links = files_of(herd, "exe");
  ruler.measure("exe (readlink)", "open", [&] { read_links(exe_links); });
  ruler.measure("list of task", "open", [&] { list_directories(herd.task_directories); });
  for (const char* name : {"schedstat", "status", "stat"}) {
    ruler.measure_file(std::string("task/*/") + name, files_of_threads(herd, name));
  }
  const Paths fd_directories = files_of(herd, "fd");
  ruler.measure("fd (stat)", "open", [&] { stat_paths(fd_directories); });
  const KeptOpen kept(fd_directories, O_PATH | O_DIRECTORY);
  if (kept.complete()) ruler.measure("fd (stat)", "kept", [&] { kept.fstat_all(); });
  ruler.measure("list of fd", "open", [&] { list_directories(fd_directories); });
  const Paths rollups = files_of(herd, "smaps_rollup");
  ruler.measure("smaps_rollup", "open", [&] { open_read_close(rollups); });
}

void raise_descriptor_limit() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  const rlimit more{.rlim_cur = 1 << 18, .rlim_max = std::max<rlim_t>(limit.rlim_max, 1 << 18)};
  if (setrlimit(RLIMIT_NOFILE, &more) == 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

int main(int argc, char** argv) {
  const int rounds = argc > 1 ? std::atoi(argv[1]) : 11;
  raise_descriptor_limit();
  const Herd herd = read_herd();
  if (herd.pids.empty() || rounds < 1) {
    std::fprintf(stderr, "usage: tierwatch_floor [ROUNDS] < PIDS\n");
    return 2;
  }
  measure_all(herd, rounds);
  return 0;
}

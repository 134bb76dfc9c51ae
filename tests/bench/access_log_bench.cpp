// SPDX-License-Identifier: MIT
//
// What following an access log costs: writes a million lines into a file that is followed, and
// compares the percentiles with exact ones.
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <random>

#include "analysis/inside/request_findings.h"
#include "collectors/requests/log_follower.h"

namespace {

using namespace tierwatch;

constexpr int kLines = 1'000'000;
constexpr const char* kFormat =
    "$remote_addr - $remote_user [$time_local] \"$request\" $status $body_bytes_sent "
    "\"$http_referer\" \"$http_user_agent\" $request_time $upstream_response_time";

double cpu_seconds() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

std::vector<double> write_lines(const std::string& path) {
  std::minstd_rand random(9);
  std::lognormal_distribution<double> drawn(4, 0.8);
  std::vector<double> exact;
  std::FILE* file = std::fopen(path.c_str(), "a");
  if (!file) std::abort();
  for (int i = 0; i < kLines; ++i) {
    const int ms = static_cast<int>(drawn(random));
    exact.push_back(ms / 1000.0);
    std::fprintf(
        file,
        "203.0.113.%d - - [30/Nov/2026:09:04:%02d +0000] \"GET /order/%d?page=%d HTTP/1.1\" "
        "%d %d \"https://shop.example.org/list\" \"Mozilla/5.0 (X11; Linux x86_64) "
        "AppleWebKit/537.36 Chrome/120.0 Safari/537.36\" %d.%03d %d.%03d\n",
        i % 250, i % 60, i % 50'000, i % 7, i % 100 == 0 ? 502 : 200, 400 + i % 5000, ms / 1000,
        ms % 1000, ms / 1000, ms % 1000);
  }
  std::fclose(file);
  std::ranges::sort(exact);
  return exact;
}

}  // namespace

int main() {
  const std::string path = "/tmp/tierwatch-access-log-" + std::to_string(getpid());
  std::fclose(std::fopen(path.c_str(), "w"));
  LogFollower follower([&] { return FileDescriptor(open(path.c_str(), O_RDONLY | O_CLOEXEC)); });
  std::string why;
  const auto format = LogFormat::parse(kFormat, why);
  if (!format || !follower.begin()) return 1;
  const std::vector<double> exact = write_lines(path);
  EndpointTally tally;
  std::uint64_t lines = 0;
  const double begin = cpu_seconds();
  for (std::uint64_t before = 1; before != follower.bytes();) {
    before = follower.bytes();
    follower.follow(std::chrono::seconds(1), [&](std::string_view line) {
      LoggedRequest request;
      lines += format->read(line, request);
      tally.add(request);
    });
  }
  const double used = cpu_seconds() - begin;
  const RequestFindings found = find_requests(tally, 1);
  std::remove(path.c_str());
  std::printf("%lu lines, %.0f MB, %.2f s of CPU: %.0f MB/s\n", static_cast<unsigned long>(lines),
              static_cast<double>(follower.bytes()) / 1e6, used,
              static_cast<double>(follower.bytes()) / 1e6 / used);
  for (const auto& [name, ratio, told] :
       {std::tuple("p50", 0.5, found.all.time->p50), std::tuple("p95", 0.95, found.all.time->p95),
        std::tuple("p99", 0.99, found.all.time->p99)}) {
    const double truth = exact[static_cast<std::size_t>(ratio * kLines) - 1];
    std::printf("%s %.4f s, exact %.4f s: %+.2f %%\n", name, told, truth, (told / truth - 1) * 100);
  }
  return lines == kLines ? 0 : 1;
}

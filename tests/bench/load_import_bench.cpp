// SPDX-License-Identifier: MIT
//
// How fast and with how much memory a JMeter CSV file is read: writes one of the size asked for
// (default 1024 MB), a run of an hour with 200 users, and reads it once, from the page cache.
#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>

#include "collectors/loads/load_import.h"

namespace {

constexpr double kMega = 1e6;

/// As JMeter 5 writes them: 105 bytes or so, a label with a comma in quotes, one failure in 50.
class Rows {
 public:
  explicit Rows(double rows_per_ms) : rows_per_ms_(rows_per_ms) {}
  void append_to(std::string& text) {
    const double at = static_cast<double>(row_++) / rows_per_ms_;
    const bool failed = row_ % 50 == 0;
    char line[320];
    const int size = std::snprintf(
        line, sizeof line,
        "%lld,%d,%s,%s,text,%s,,%d,131,200,200,http://shop.example/item/%d,%d,0,1\n",
        1'700'000'000'000 + static_cast<long long>(at), static_cast<int>(latency_(random_)),
        row_ % 7 == 0 ? "\"search, all\"" : "item",
        failed ? "500,Internal Server Error,visitors 1-57" : "200,OK,visitors 1-57",
        failed ? "false" : "true", 900 + static_cast<int>(row_ % 100),
        static_cast<int>(row_ % 1000), static_cast<int>(row_ % 20));
    text.append(line, static_cast<std::size_t>(size));
  }
  std::uint64_t written() const { return row_; }

 private:
  double rows_per_ms_;
  std::uint64_t row_ = 0;
  std::minstd_rand random_{1};
  std::lognormal_distribution<double> latency_{3.5, 0.8};
};

std::uint64_t write_file(const std::filesystem::path& file, double megabytes) {
  constexpr double kRowBytes = 100, kHourMs = 3'600'000;
  Rows rows(megabytes * kMega / kRowBytes / kHourMs);
  std::ofstream out(file, std::ios::binary);
  out << "timeStamp,elapsed,label,responseCode,responseMessage,threadName,dataType,success,"
         "failureMessage,bytes,sentBytes,grpThreads,allThreads,URL,Latency,IdleTime,Connect\n";
  std::string text;
  for (double written = 0; written < megabytes * kMega;
       written += static_cast<double>(text.size())) {
    text.clear();
    while (text.size() < 1'000'000) rows.append_to(text);
    out << text;
  }
  return rows.written();
}

double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double peak_megabytes() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) * 1024 / kMega;
}

}  // namespace

int main(int argc, char** argv) {
  const double megabytes = argc > 1 ? std::atof(argv[1]) : 1024;
  const auto file = std::filesystem::temp_directory_path() / "tierwatch_load_import_bench.jtl";
  const std::uint64_t rows = write_file(file, megabytes);
  const auto size = static_cast<double>(std::filesystem::file_size(file)) / kMega;

  const double cpu = cpu_seconds();
  const auto began = std::chrono::steady_clock::now();
  const tierwatch::LoadSeries series = tierwatch::import_load(file);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  const double used = cpu_seconds() - cpu;
  std::filesystem::remove(file);

  std::printf("%.0f MB, %llu rows, %zu points\n", size, static_cast<unsigned long long>(rows),
              series.points.size());
  std::printf("%.2f s, of CPU %.2f s: %.0f MB/s of CPU time, %.0f ns a row\n", took.count(), used,
              size / used, used * 1e9 / static_cast<double>(rows));
  std::printf("peak memory %.1f MB\n", peak_megabytes());
  return series.totals.requests == static_cast<double>(rows) ? 0 : 1;
}

// SPDX-License-Identifier: MIT
#include "daemon/service/log.h"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <cstdlib>

#include "collectors/text/printable_text.h"
#include "collectors/text/text_scan.h"

namespace tierwatch {
namespace {

/// "<6>": the priority prefix of sd-daemon(3), by which the journal files a line.
class PriorityFlag : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm&,
              spdlog::memory_buf_t& out) override {
    constexpr std::string_view kPriorities = "776432";  // trace debug info warn err critical
    const auto level = static_cast<std::size_t>(message.level);
    const char prefix[] = {'<', kPriorities[std::min(level, kPriorities.size() - 1)], '>'};
    out.append(prefix, prefix + sizeof prefix);
  }
  std::unique_ptr<custom_flag_formatter> clone() const override {
    return std::make_unique<PriorityFlag>();
  }
};

std::unique_ptr<spdlog::formatter> make_formatter() {
  auto formatter = std::make_unique<spdlog::pattern_formatter>();
  const bool journal = std::getenv("JOURNAL_STREAM") != nullptr;
  if (journal) formatter->add_flag<PriorityFlag>('*');
  formatter->set_pattern(journal ? "%*%v" : "%Y-%m-%dT%H:%M:%S.%e%z %l %v");
  return formatter;
}

spdlog::logger& logger() {
  static const auto instance = [] {
    auto made = spdlog::stderr_logger_mt("tierwatch");
    made->flush_on(spdlog::level::trace);
    return made;
  }();
  return *instance;
}

spdlog::level::level_enum spdlog_level(LogLevel level) {
  switch (level) {
    case LogLevel::kTrace:
      return spdlog::level::trace;
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarn:
      return spdlog::level::warn;
    case LogLevel::kError:
      break;
  }
  return spdlog::level::err;
}

}  // namespace

void set_up_log(std::string_view level) {
  logger().set_formatter(make_formatter());
  for (const auto& [name, value] : {std::pair{"trace", LogLevel::kTrace},
                                    {"debug", LogLevel::kDebug},
                                    {"info", LogLevel::kInfo},
                                    {"warn", LogLevel::kWarn},
                                    {"error", LogLevel::kError}}) {
    if (level == name) logger().set_level(spdlog_level(value));
  }
}

void log(LogLevel level, std::string_view message) {
  logger().log(spdlog_level(level), printable(message));
}

void log_lines(LogLevel level, std::string_view text) {
  while (!text.empty())
    if (const std::string_view line = take_until(text, '\n'); !line.empty()) log(level, line);
}

}  // namespace tierwatch

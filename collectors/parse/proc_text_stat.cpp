// SPDX-License-Identifier: MIT
#include "collectors/parse/proc_text_stat.h"

#include "collectors/text/text_scan.h"

namespace tierwatch {
namespace {

/// Takes numbers one after the other; once one is missing, all that follow are absent.
class Numbers {
 public:
  explicit Numbers(std::string_view text) : rest_(text) {}

  std::uint64_t next() {
    const auto number = take_number<std::uint64_t>(rest_);
    all_there_ = all_there_ && number.has_value();
    return number.value_or(0);
  }
  nanoseconds next_time(nanoseconds tick) {
    const auto time = to_time(std::optional(next()), tick);
    all_there_ = all_there_ && time.has_value();
    return time.value_or(nanoseconds{});
  }
  void skip(int fields) {
    for (; fields > 0; --fields) take_field(rest_);
  }
  bool all_there() const { return all_there_; }

 private:
  std::string_view rest_;
  bool all_there_ = true;
};

}  // namespace

std::optional<ProcessStat> parse_stat(std::string_view text, nanoseconds tick) {
  // Only the name may hold parentheses, so the last one ends it.
  const auto name_begin = text.find('(');
  const auto name_end = text.rfind(')');
  if (!is_whole(text) || name_begin == std::string_view::npos || name_end < name_begin)
    return std::nullopt;
  const auto pid = to_number<pid_t>(trim_blanks(text.substr(0, name_begin)));
  std::string_view rest = text.substr(name_end + 1);
  const std::string_view state = take_field(rest);
  if (!pid || state.size() != 1) return std::nullopt;

  ProcessStat stat;
  stat.id.pid = *pid;
  stat.comm = text.substr(name_begin + 1, name_end - name_begin - 1);
  stat.state = state.front();
  Numbers numbers(rest);
  stat.parent_pid = static_cast<pid_t>(numbers.next());
  numbers.skip(4);  // process group, session, terminal and its group
  stat.kernel_thread = (numbers.next() & kKernelThread) != 0;
  numbers.skip(2);  // minor faults
  stat.major_faults = numbers.next();
  stat.children_major_faults = numbers.next();
  stat.user_cpu = numbers.next_time(tick);
  stat.system_cpu = numbers.next_time(tick);
  stat.children_user_cpu = numbers.next_time(tick);
  stat.children_system_cpu = numbers.next_time(tick);
  numbers.skip(2);  // priority, nice
  stat.thread_count = static_cast<std::uint32_t>(numbers.next());
  numbers.skip(1);  // itrealvalue
  stat.id.started = numbers.next_time(tick);
  return numbers.all_there() ? std::optional(std::move(stat)) : std::nullopt;
}

}  // namespace tierwatch

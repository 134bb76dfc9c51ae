// SPDX-License-Identifier: MIT
//
// Whether JMeter stamped its samples with their begin or with their end: a file does not say
// (sampleresult.timestamp.start; old versions and embedded ones write the end).
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "collectors/loads/formats/jmeter_columns.h"
#include "collectors/loads/reading/clock_text.h"
#include "collectors/loads/reading/import_input.h"
#include "collectors/loads/reading/number_text.h"

namespace tierwatch {

inline constexpr const char* kStampedAtEnds =
    "its times are those at which samples ended (sampleresult.timestamp.start=false in JMeter): "
    "each began by its elapsed time earlier";

/// Sees the first samples of a file, in its order.
class JmeterStamps {
 public:
  /// Times in milliseconds, as written.
  void see(std::string_view thread, std::string_view stamp, std::string_view took) {
    const auto at = parse_number<std::int64_t>(stamp), elapsed = parse_number<std::int64_t>(took);
    if (!at || !elapsed || *elapsed < 0 || *elapsed > kLongest || *at < 0 || *at > kLatest) return;
    const auto [known, is_new] = newest_.try_emplace(std::string(thread));
    if (!is_new) compare(known->second, {*at, *elapsed});
    known->second = {*at, *elapsed};
  }

  bool are_ends() const {
    return not_begins_ >= kLeast && not_ends_ == 0 && not_begins_ * 10 >= pairs_;
  }

 private:
  struct Stamped {
    std::int64_t at = 0, elapsed = 0;  // ms
  };
  static constexpr int kLeast = 5;
  static constexpr std::int64_t kSlack = 10;  // whole milliseconds, clocks that are set
  static constexpr std::int64_t kLongest = 1'000'000'000, kLatest = 8'000'000'000'000;

  void compare(const Stamped& last, const Stamped& next) {
    if (next.elapsed <= kSlack && last.elapsed <= kSlack) return;
    ++pairs_;
    if (next.at - next.elapsed + kSlack < last.at) ++not_ends_;
    // A redirect or an embedded resource begins with the sample to which it belongs.
    const bool together = next.at <= last.at + kSlack;
    if (!together && next.at + kSlack < last.at + last.elapsed) ++not_begins_;
  }

  std::unordered_map<std::string, Stamped> newest_;  // by thread
  int pairs_ = 0, not_begins_ = 0, not_ends_ = 0;
};

inline std::vector<std::string_view> split_line(std::string_view line, char delimiter) {
  std::vector<std::string_view> fields;
  for (;;) {
    const auto end = line.find(delimiter);
    fields.push_back(line.substr(0, end));
    if (end == line.npos) return fields;
    line.remove_prefix(end + 1);
  }
}

/// `key` with its space, equals sign and quote; empty: there is none.
inline std::string_view xml_attribute(std::string_view tag, std::string_view key) {
  const auto at = tag.find(key);
  if (at == tag.npos) return {};
  tag.remove_prefix(at + key.size());
  return tag.substr(0, tag.find('"'));
}

/// True if the samples of its threads follow one another only where their times are ends: taken as
/// begins, a thread would send its next request before the last one was answered. Judged by the
/// rows of `head`, the first bytes of a CSV file with these columns. Pure.
inline bool stamps_are_ends(std::string_view head, const JmeterColumns& columns, char delimiter) {
  if (!columns.thread) return false;
  const std::size_t last = std::max({columns.time, columns.elapsed, *columns.thread});
  JmeterStamps sides;
  while (head.find('\n') != head.npos) {
    const std::string_view line = take_line(head);
    if (line.find('"') != line.npos) continue;
    const auto fields = split_line(line, delimiter);
    if (fields.size() > last)
      sides.see(fields[*columns.thread], fields[columns.time], fields[columns.elapsed]);
  }
  return sides.are_ends();
}

/// What stands first in the dates of the rows of `head`: one row above 12 tells. Pure.
inline DateOrder date_order_of(std::string_view head, const JmeterColumns& columns,
                               char delimiter) {
  DateOrder order = DateOrder::kNone;
  while (head.find('\n') != head.npos) {
    const auto fields = split_line(take_line(head), delimiter);
    if (fields.size() <= columns.time) continue;
    std::string_view time = fields[columns.time];
    if (time.starts_with('"')) time.remove_prefix(1);
    order = std::max(order, date_order(time));
  }
  return order;
}

/// The same for the attributes ts, t and tn of an XML file's samples.
inline bool stamps_are_ends(std::string_view head) {
  JmeterStamps sides;
  for (std::size_t at = 0; (at = head.find(" ts=\"", at)) != head.npos; ++at) {
    const auto begin = head.rfind('<', at), end = head.find('>', at);
    if (begin == head.npos || end == head.npos) continue;
    const std::string_view tag = head.substr(begin, end - begin);
    const std::string_view thread = xml_attribute(tag, " tn=\"");
    if (!thread.empty())
      sides.see(thread, xml_attribute(tag, " ts=\""), xml_attribute(tag, " t=\""));
  }
  return sides.are_ends();
}

}  // namespace tierwatch

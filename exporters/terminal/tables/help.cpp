// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <utility>

#include "exporters/terminal/scene/process_columns.h"
#include "exporters/terminal/scene/process_fields.h"
#include "exporters/terminal/screen/key_bindings.h"
#include "exporters/terminal/tables/panels.h"

namespace tierwatch {
namespace {

struct Meaning {
  std::string_view word, meaning;
};

constexpr std::array kTierColumns = {
    Meaning{"STATE",
            "FULL: limits the whole; hot: full, but not the cause; warm: near; gone: had "
            "processes"},
    Meaning{"CPU CORES", "cores used / cores it could use (workers, quota, affinity, host)"},
    Meaning{"HOTTEST", "cores used by its busiest thread or process: 1.00 is all it can"},
    Meaning{"DELAY", "threads that could run but wait for a core, on average"},
    Meaning{"QUEUE", "connections that wait to be accepted / the limit, fullest listener"},
    Meaning{"BUSY", "workers that serve a request / workers"},
    Meaning{"FDS", "open files / limit of the process nearest to it"},
    Meaning{"RSS ANON", "resident memory; anonymous: what it made itself"},
    Meaning{"LIMIT", "share of its control group's memory limit"},
    Meaning{"CONNS", "connections it has accepted"},
};

constexpr std::array kCustomColumns = {
    Meaning{"NAME=", "its header; behind it + - * / ( ), numbers and the words below"},
    Meaning{":percent", "at its end: as percent, bytes, time or number; else as its unit says"},
    Meaning{"–", "a figure is not known, or something is divided by zero"},
};

constexpr std::array kShapes = {
    Meaning{"■", "cpu: user; mem: needed"},
    Meaning{"▓", "cpu: kernel"},
    Meaning{"▒", "cpu: interrupts; mem: cache that can be dropped"},
    Meaning{"░", "cpu: taken by other virtual machines (steal)"},
    Meaning{"–", "not known, which is not zero"},
};

/// Keys of htop that do something else, or nothing, here.
constexpr std::array kLeftOut = {
    Meaning{"F7 F8", "priorities are not changed: only what F9 confirms changes anything"},
    Meaning{"F9", "one process at a time, also where several are tagged: each is confirmed"},
    Meaning{"k", "moves up, as j moves down"},
    Meaning{"s", "no strace: it stops a process at each call; i reads without stopping"},
    Meaning{"l L", "no lsof: Enter lists limits and sockets; l is its logs"},
    Meaning{"H K", "threads are in Enter, those of the kernel in no list: they belong to no tier"},
};

/// A word and what it means, in as many lines as that takes.
class HelpWriter {
 public:
  HelpWriter(std::vector<PanelLine>& lines, int width) : lines_(lines), width_(width) {}

  void operator()(std::string_view word, std::string_view meaning) {
    constexpr std::size_t kIndent = 10;
    constexpr int kLeastRoom = 16;
    const std::size_t before = std::max(kIndent, columns_of(word) + 1);
    const int room = std::max(kLeastRoom, width_ - static_cast<int>(before));
    PanelLine line{{padded(word, before), Ink::kStrong}};
    for (const std::string& part : wrapped(std::string(meaning), static_cast<std::size_t>(room))) {
      line.push_back({part, Ink::kPlain});
      lines_.push_back(std::exchange(line, {{std::string(before, ' ')}}));
    }
  }

 private:
  std::vector<PanelLine>& lines_;
  int width_;
};

}  // namespace

std::vector<PanelLine> help_lines(int width) {
  std::vector<PanelLine> lines{heading("KEYS")};
  HelpWriter add(lines, width);
  for (const Binding& binding : bindings()) add(binding.keys, binding.help);
  add("mouse", "click a row, a header, a tier, the footer; wheel scrolls");
  lines.emplace_back();
  lines.push_back(heading("OF HTOP, LEFT OUT ON PURPOSE"));
  for (const Meaning& one : kLeftOut) add(one.word, one.meaning);
  lines.emplace_back();
  lines.push_back(heading("TIERS"));
  for (const Meaning& one : kTierColumns) add(one.word, one.meaning);
  lines.emplace_back();
  lines.push_back(heading("PROCESSES"));
  for (std::size_t i = 0; i < kProcessColumns; ++i)
    add(process_column_specs()[i].name, meaning_of(static_cast<ProcessColumn>(i)));
  lines.emplace_back();
  lines.push_back(heading("COLUMNS OF YOUR OWN: F2, THEN a"));
  for (const Meaning& one : kCustomColumns) add(one.word, one.meaning);
  for (const ProcessField& field : process_fields()) add(field.name, field.meaning);
  lines.emplace_back();
  lines.push_back(heading("BARS"));
  for (const Meaning& one : kShapes) add(one.word, one.meaning);
  return lines;
}

}  // namespace tierwatch

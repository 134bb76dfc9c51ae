// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>

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
    Meaning{"l L", "no lsof: Enter lists limits and sockets; l is the journal"},
    Meaning{"H K", "threads are in Enter, those of the kernel in no list: they belong to no tier"},
};

void add(std::vector<PanelLine>& lines, std::string_view word, std::string_view meaning,
         std::size_t indent) {
  const std::size_t width = std::max(indent, columns_of(word) + 1);
  lines.push_back({{padded(word, width), Ink::kStrong}, {std::string(meaning), Ink::kPlain}});
}

}  // namespace

std::vector<PanelLine> help_lines(int) {
  constexpr std::size_t kIndent = 10;
  std::vector<PanelLine> lines{heading("KEYS")};
  for (const Binding& binding : bindings()) add(lines, binding.keys, binding.help, kIndent);
  add(lines, "mouse", "click a row, a header, a tier, the footer; wheel scrolls", kIndent);
  lines.emplace_back();
  lines.push_back(heading("OF HTOP, LEFT OUT ON PURPOSE"));
  for (const Meaning& one : kLeftOut) add(lines, one.word, one.meaning, kIndent);
  lines.emplace_back();
  lines.push_back(heading("TIERS"));
  for (const Meaning& one : kTierColumns) add(lines, one.word, one.meaning, kIndent);
  lines.emplace_back();
  lines.push_back(heading("PROCESSES"));
  for (std::size_t i = 0; i < kProcessColumns; ++i)
    add(lines, process_column_specs()[i].name, meaning_of(static_cast<ProcessColumn>(i)), kIndent);
  lines.emplace_back();
  lines.push_back(heading("COLUMNS OF YOUR OWN: F2, THEN a"));
  for (const Meaning& one : kCustomColumns) add(lines, one.word, one.meaning, kIndent);
  for (const ProcessField& field : process_fields()) add(lines, field.name, field.meaning, kIndent);
  lines.emplace_back();
  lines.push_back(heading("BARS"));
  for (const Meaning& one : kShapes) add(lines, one.word, one.meaning, kIndent);
  return lines;
}

}  // namespace tierwatch

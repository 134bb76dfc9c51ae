// SPDX-License-Identifier: MIT
#include "exporters/inside/native_writers.h"

#include <algorithm>

#include "collectors/text/format.h"
#include "collectors/text/plain_words.h"
#include "collectors/text/printable_text.h"
#include "exporters/glyphs.h"
#include "exporters/inside/inside_text.h"
#include "exporters/inside/looks_json.h"
#include "exporters/json/snapshot_json.h"
#include "exporters/verdict_text.h"

namespace tierwatch {
namespace {

using CodeCells = std::vector<std::string>;

constexpr std::size_t kCodeRows = 10, kCodeStacks = 3, kShownFrames = 16, kMostJsonStacks = 100;
constexpr std::size_t kLongestFunction = 60, kLongestFile = 120;
constexpr double kLeastShare = 0.005, kMostUntold = 0.02;

/// "deflate (x86_64-linux-gnu/libz.so.1)"; of what is in no file the name alone.
std::string code_words(const std::string& function, const std::string& file) {
  const std::string name = printable_start(function, kLongestFunction);
  if (file.empty() || file.starts_with('<')) return name;
  return name + " (" + printable_start(short_path(file), kLongestFile) + ")";
}

std::string hottest_code(const NativeReport& report) {
  const InsideFindings& found = report.findings;
  if (found.samples == 0) return "none of its threads was seen on a cpu while it was looked at\n";
  if (!found.hottest) return "";
  const bool named =
      report.verdict.state == VerdictState::kSaturated && report.verdict.tier == report.tier;
  return percent(found.hottest_share) +
         (named ? " of it in " : " of " + printable(report.tier) + "'s cpu time in ") +
         code_words(found.hottest->function, found.hottest->file) + "\n";
}

std::string how_code_was_sampled(const NativeReport& report) {
  std::string text = formatted(
      "{} of {} for {:.1f} s, {:.0f} samples for each second on a cpu, without being stopped: {}",
      count_of(static_cast<double>(report.processes), "process"), printable(report.tier),
      report.seconds, report.hz, count_of(static_cast<double>(report.findings.samples), "sample"));
  if (report.cores) text += ", cpu " + two_digits(*report.cores) + " cores";
  return text + "\n";
}

std::string code_rows(const InsideFindings& found) {
  std::vector<CodeCells> rows{{"own", "with calls", "function", "in"}};
  for (const InsideFunction& one : found.functions) {
    if (rows.size() > kCodeRows || one.self < kLeastShare) break;
    rows.push_back({percent(one.self), percent(one.total),
                    printable_start(one.function.name, kLongestFunction),
                    printable_start(short_path(one.function.file), kLongestFile)});
  }
  if (rows.size() == 1) return "";
  std::string text = "\nFunctions\n";
  for (const std::string& line : aligned(rows)) text += "  " + line + "\n";
  return text;
}

std::string code_stacks(const InsideFindings& found) {
  std::string text;
  const std::size_t shown = std::min(found.stacks.size(), kCodeStacks);
  for (std::size_t i = 0; i < shown && found.stacks[i].share >= kLeastShare; ++i) {
    const InsideStack& stack = found.stacks[i];
    text += (i == 0 ? "\nStacks\n  " : "  ") + percent(stack.share) + "\n";
    const std::size_t frames = std::min(stack.frames.size(), kShownFrames);
    for (std::size_t at = 0; at < frames; ++at)
      text += (at == 0 ? "    in " : "    by ") +
              code_words(stack.frames[at].function, stack.frames[at].file) + "\n";
    if (stack.frames.size() > frames)
      text += "    … and " + std::to_string(stack.frames.size() - frames) + " more\n";
  }
  return text;
}

std::string code_remarks(const NativeReport& report) {
  std::vector<std::string> said = report.remarks;
  if (report.findings.torn > 0)
    said.push_back(formatted("{:.1f} % of the samples are of no 64-bit program: in no function",
                             report.findings.torn * 100));
  if (report.findings.cut >= kMostUntold)
    said.push_back(percent(report.findings.cut) + " of the stacks lack their outermost functions");
  std::string text;
  for (const std::string& one : said) text += "  " + printable(one) + "\n";
  return text.empty() ? "" : "\nNot seen, or less sure\n" + text;
}

Json code_place_json(const InsidePlace& place) {
  return {{"function", place.function}, {"file", place.file}};
}

Json code_object(const NativeReport& report) {
  const InsideFindings& found = report.findings;
  Json document = looks_json(report);
  document["code"] = "native";
  document["basis"] = to_string(found.basis);
  if (found.hottest) {
    document["hottest"] = code_place_json(*found.hottest);
    document["hottest"]["ratio"] = found.hottest_share;
  }
  put_looks(document, report);
  if (report.cores) document["cores"] = *report.cores;
  document["samples"] = found.samples;
  document["torn_ratio"] = found.torn;
  document["cut_ratio"] = found.cut;
  document["functions"] = Json::array();
  for (const InsideFunction& one : found.functions)
    document["functions"].push_back({{"function", one.function.name},
                                     {"file", one.function.file},
                                     {"self_ratio", one.self},
                                     {"total_ratio", one.total}});
  document["stacks"] = Json::array();
  for (std::size_t i = 0; i < std::min(found.stacks.size(), kMostJsonStacks); ++i) {
    Json stack{{"ratio", found.stacks[i].share}, {"frames", Json::array()}};
    for (const InsidePlace& place : found.stacks[i].frames)
      stack["frames"].push_back(code_place_json(place));
    document["stacks"].push_back(std::move(stack));
  }
  document["remarks"] = report.remarks;
  return document;
}

}  // namespace

std::string native_text(const NativeReport& report) {
  return verdict_line(report.verdict) + "\n" + hottest_code(report) + "\n" +
         how_code_was_sampled(report) + code_rows(report.findings) + code_stacks(report.findings) +
         code_remarks(report);
}

std::string native_section(const NativeReport& report) {
  if (report.findings.samples == 0) return "";
  return "\nOn a cpu: " + hottest_code(report) + how_code_was_sampled(report) +
         code_rows(report.findings) + code_remarks(report);
}

std::string native_json(const NativeReport& report) {
  return json_text(code_object(report), 2) + "\n";
}

std::string with_native_json(const std::string& document, const NativeReport& report) {
  Json all = Json::parse(document);
  all["native"] = code_object(report);
  return json_text(all, 2) + "\n";
}

}  // namespace tierwatch

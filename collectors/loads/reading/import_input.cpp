// SPDX-License-Identifier: MIT
#include "collectors/loads/reading/import_input.h"

#include <algorithm>
#include <cmath>

#include "collectors/loads/reading/summary_text.h"
#include "collectors/text/printable_text.h"

namespace tierwatch {
namespace {

std::string rounded_count(double count) {
  return std::to_string(static_cast<long long>(std::min(count, 9e18)));
}

void warn_of_lines(const CsvReader::BrokenLines& lines, const char* why, const char* with,
                   LoadSeries& series) {
  for (const std::uint64_t line : lines.first)
    series.warnings.push_back("line " + std::to_string(line) + " is left out: " + why);
  if (lines.count > lines.first.size())
    series.warnings.push_back(std::to_string(lines.count - lines.first.size()) +
                              " more lines with " + with + " are left out");
}

}  // namespace

void ImportInput::refuse(const std::string& what) const {
  throw ImportError(file.string() + ": " + what);
}

void ImportInput::refuse(std::uint64_t line, const std::string& what) const {
  throw RowError(file.string(), line, what);
}

void RowLosses::lose(const RowError& error) {
  constexpr std::size_t kNamed = 3;
  constexpr std::uint64_t kPatience = 1000;  // rows, before most of them are judged
  if (first_.size() < kNamed) first_.push_back(error);
  if (++lost_ > kPatience && lost_ > kept_) throw first_.front();
}

void RowLosses::require_most() const {
  if (lost_ > kept_) throw first_.front();
}

void RowLosses::warn(std::vector<std::string>& warnings) const {
  require_most();
  for (const RowError& error : first_) warnings.push_back(error.said());
  if (lost_ > first_.size())
    warnings.push_back(std::to_string(lost_ - first_.size()) + " more lines are left out");
}

void warn_of_cut_line(const CsvReader& reader, LoadSeries& series) {
  if (const auto line = reader.cut_line()) {
    series.warnings.push_back("line " + std::to_string(*line) +
                              " has no end and is left out: the file is still being written, or "
                              "was cut");
  }
  warn_of_lines(reader.broken_lines(), "a quote is opened in it and not closed",
                "a quote that is not closed", series);
  warn_of_lines(reader.lines_with_holes(),
                "zero bytes cut it, as a crash or a full disk leaves them", "zero bytes", series);
  if (const auto line = reader.zeros_from())
    series.warnings.push_back("from line " + std::to_string(*line) +
                              " on there are zero bytes only, as a crash leaves them: rows that "
                              "were to stand there are lost");
}

std::string read_text(ImportInput& input) {
  constexpr std::size_t kMostBytes = 4 * 1024 * 1024;
  std::string text;
  char chunk[16 * 1024];
  while (const std::size_t got = input.source.read(chunk, sizeof chunk)) {
    text.append(chunk, got);
    if (text.size() > kMostBytes) input.refuse("more than 4 MiB of text where a summary belongs");
  }
  if (text.starts_with("\xEF\xBB\xBF")) text.erase(0, 3);
  text.erase(text.find_last_not_of('\0') + 1);
  std::size_t to = 0;
  for (std::size_t from = 0; from < text.size(); ++from) {
    const bool line_end = text[from] == '\r' && from + 1 < text.size() && text[from + 1] == '\n';
    if (!line_end) text[to++] = text[from];
  }
  text.resize(to);
  return text.find('\x1b') == std::string::npos ? text : without_colours(text);
}

void require_rate(double requests, std::optional<double> rate, double seconds,
                  const ImportInput& input) {
  constexpr double kLeast = 50;  // fewer are rounded too much
  if (!rate || requests < kLeast || std::abs(*rate * seconds - requests) <= requests / 20) return;
  input.refuse("its sums do not agree: " + rounded_count(requests) + " requests, but " +
               rounded_count(*rate * seconds) + " by its rate and time; is the text complete?");
}

std::string_view take_line(std::string_view& text) {
  const auto end = text.find('\n');
  std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

std::string shown(std::string_view field) { return '"' + printable_start(field, 40) + '"'; }

}  // namespace tierwatch

// SPDX-License-Identifier: MIT
#include "collectors/loads/reading/csv_reader.h"

#include <algorithm>
#include <cstring>

#include "collectors/loads/load_import.h"

namespace tierwatch {
namespace {

constexpr std::size_t kFirstBufferBytes = 256 * 1024;
constexpr std::size_t kLongestRowBytes = 4 * 1024 * 1024;
constexpr std::size_t kMostFields = 4096;
constexpr std::string_view kHole{"\0\0", 2};  ///< a single zero byte may be a character of a text

/// `""` becomes `"`, in place.
std::size_t without_doubled_quotes(char* text, std::size_t size) {
  std::size_t to = 0;
  for (std::size_t from = 0; from < size; ++from) {
    text[to++] = text[from];
    if (text[from] == '"' && from + 1 < size && text[from + 1] == '"') ++from;
  }
  return to;
}

void note_line(CsvReader::BrokenLines& lines, std::uint64_t line) {
  if (lines.first.size() < 3) lines.first.push_back(line);
  ++lines.count;
}

bool begins_with_number(std::string_view line, char delimiter) {
  const std::string_view field = line.substr(0, line.find(delimiter));
  return !field.empty() && field.front() >= '0' && field.front() <= '9' &&
         field.find_first_not_of("0123456789.:/-+ TZ") == std::string_view::npos;
}

}  // namespace

CsvReader::CsvReader(ByteSource& source, std::string name, CsvDialect dialect)
    : source_(source), name_(std::move(name)), dialect_(dialect), buffer_(kFirstBufferBytes) {
  while (end_ - begin_ < 3 && refill()) {
  }
  if (std::string_view(buffer_.data(), end_).starts_with("\xEF\xBB\xBF")) begin_ = 3;
}

bool CsvReader::refill() {
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (end_ == buffer_.size()) {
    if (end_ >= kLongestRowBytes) {
      if (leave_broken_line(buffer_.data() + end_)) return true;
      throw ImportError(name_ + ":" + std::to_string(line_) +
                        ": a row of more than 4 MiB; is a quote opened here and never closed?");
    }
    buffer_.resize(buffer_.size() * 2);
  }
  const std::size_t got = source_.read(buffer_.data() + end_, buffer_.size() - end_);
  end_ += shorten_holes(buffer_.data() + end_, got);
  return got > 0;
}

/// Of a run of zero bytes two are kept, however long it is: a file may be made with its size first.
std::size_t CsvReader::shorten_holes(char* text, std::size_t size) {
  if (size == 0 || (zeros_ == 0 && std::memchr(text, '\0', size) == nullptr)) return size;
  std::size_t to = 0;
  for (std::size_t from = 0; from < size; ++from) {
    zeros_ = text[from] == '\0' ? zeros_ + 1 : 0;
    any_hole_ |= zeros_ >= kHole.size();
    if (zeros_ <= kHole.size()) text[to++] = text[from];
  }
  return to;
}

/// `at` stands after the opening quote. Returns where the field's text after it goes on (a
/// delimiter or a newline, if the file is well made); null when the buffer ends first.
const char* CsvReader::scan_quoted(const char* at, const char* stop, Field& field) {
  field = {at, at, false};
  for (;;) {
    const auto* quote = static_cast<const char*>(std::memchr(at, '"', stop - at));
    if (quote == nullptr || quote + 1 == stop) return nullptr;
    newlines_ += static_cast<std::uint64_t>(std::count(at, quote, '\n'));
    if (quote[1] != '"') {
      field.end = quote;
      return quote + 1;
    }
    field.doubled_quotes = true;
    at = quote + 2;
  }
}

CsvReader::Scan CsvReader::scan_row(const char*& end) {
  const char* at = buffer_.data() + begin_;
  const char* const stop = buffer_.data() + end_;
  const char delimiter = dialect_.delimiter;
  raw_.clear();
  newlines_ = 0;
  for (;;) {
    Field field{at, nullptr, false};
    const bool quoted = dialect_.quotes && at < stop && *at == '"';
    if (quoted && (at = scan_quoted(at + 1, stop, field)) == nullptr) return Scan::kMore;
    while (at < stop && *at != delimiter && *at != '\n') ++at;
    if (at == stop) return Scan::kMore;
    if (!quoted) field.end = at;
    const bool last = *at == '\n';
    if (last && !quoted && field.end > field.begin && field.end[-1] == '\r') --field.end;
    raw_.push_back(field);
    if (raw_.size() > kMostFields) {
      throw ImportError(name_ + ":" + std::to_string(line_) + ": more than " +
                        std::to_string(kMostFields) +
                        " fields in a row, which no load generator writes");
    }
    ++at;
    if (last) break;
  }
  end = at;
  return Scan::kRow;
}

void CsvReader::publish_fields() {
  fields_.clear();
  for (const Field& field : raw_) {
    auto size = static_cast<std::size_t>(field.end - field.begin);
    if (field.doubled_quotes) {
      char* text = buffer_.data() + (field.begin - buffer_.data());
      size = without_doubled_quotes(text, size);
    }
    fields_.emplace_back(field.begin, size);
  }
}

/// Gives the last line the newline that it lacks; false if it needs none, or has got it.
bool CsvReader::end_last_line() {
  if (!dialect_.last_line || unterminated_ || begin_ == end_) return false;
  if (end_ == buffer_.size()) buffer_.resize(end_ + 1);
  buffer_[end_++] = '\n';
  return unterminated_ = true;
}

/// The first line below the one at which we are, before `stop`, that is a row by itself; null when
/// there is none.
const char* CsvReader::row_below(const char* stop) const {
  const std::string_view text(buffer_.data() + begin_,
                              static_cast<std::size_t>(stop - buffer_.data()) - begin_);
  if (columns_ < 2 || !begins_with_number(text, dialect_.delimiter)) return nullptr;
  std::size_t from = text.find('\n');
  while (from != std::string_view::npos) {
    const std::size_t to = text.find('\n', ++from);
    if (to == std::string_view::npos) return nullptr;
    const std::string_view line = text.substr(from, to - from);
    const auto delimiters = static_cast<std::size_t>(std::ranges::count(line, dialect_.delimiter));
    if (delimiters + 1 == columns_ && begins_with_number(line, dialect_.delimiter))
      return line.data();
    from = to;
  }
  return nullptr;
}

/// What stands in quotes from this line on holds a whole row: the quote was opened and not closed.
bool CsvReader::leave_broken_line(const char* stop) {
  const char* next = dialect_.quotes ? row_below(stop) : nullptr;
  if (next == nullptr) return false;
  note_line(broken_, line_);
  const char* begin = buffer_.data() + begin_;
  line_ += static_cast<std::uint64_t>(std::count(begin, next, '\n'));
  begin_ = static_cast<std::size_t>(next - buffer_.data());
  return true;
}

/// What stands before a hole was cut by it; what stands behind it is another row, or the end of
/// this line.
bool CsvReader::leave_hole(const char* stop) {
  const char* begin = buffer_.data() + begin_;
  const std::string_view row(begin, static_cast<std::size_t>(stop - begin));
  const auto hole = any_hole_ ? row.rfind(kHole) : row.npos;
  if (hole == row.npos) return false;
  const std::string_view before = row.substr(0, hole);
  if (before.find_first_not_of('\0') != before.npos) note_line(holed_, line_);
  line_ += static_cast<std::uint64_t>(std::ranges::count(before, '\n'));
  begin_ += hole + kHole.size();
  return true;
}

bool CsvReader::leave_hole_at_end() {
  if (!leave_hole(buffer_.data() + end_)) return false;
  if (begin_ == end_) zeros_from_ = line_;
  return true;
}

std::optional<CsvReader::Row> CsvReader::next() {
  for (;;) {
    const char* end = nullptr;
    if (scan_row(end) == Scan::kMore) {
      if (refill() || leave_broken_line(buffer_.data() + end_) || leave_hole_at_end() ||
          end_last_line())
        continue;
      if (begin_ < end_ && !cut_line_) cut_line_ = line_;
      return std::nullopt;
    }
    if ((newlines_ > 0 && leave_broken_line(end)) || leave_hole(end)) continue;
    if (newlines_ == 0) columns_ = raw_.size();
    row_line_ = line_;
    line_ += newlines_ + 1;
    begin_ = static_cast<std::size_t>(end - buffer_.data());
    publish_fields();
    if (fields_.size() == 1 && fields_[0].empty()) continue;
    return fields_;
  }
}

}  // namespace tierwatch

// SPDX-License-Identifier: MIT
#include "collectors/requests/log_line.h"

#include <algorithm>

#include "collectors/text/text_scan.h"

namespace tierwatch {
namespace {

constexpr std::size_t kMostVariables = 256;

bool in_variable(char letter) {
  return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
         (letter >= '0' && letter <= '9') || letter == '_';
}

/// "$name" or "${name}" at the front.
std::string_view take_log_variable(std::string_view& rest) {
  rest.remove_prefix(1);
  const bool braced = rest.starts_with('{');
  if (braced) rest.remove_prefix(1);
  std::size_t end = 0;
  while (end < rest.size() && in_variable(rest[end])) ++end;
  const std::string_view name = rest.substr(0, end);
  rest.remove_prefix(end);
  if (braced && rest.starts_with('}')) rest.remove_prefix(1);
  return name;
}

/// "0.010, 0.020 : 0.1": of several servers that were asked; a hyphen is one that did not answer.
std::optional<std::chrono::nanoseconds> all_seconds(std::string_view text) {
  std::optional<std::chrono::nanoseconds> sum;
  while (!text.empty()) {
    const auto end = text.find_first_of(",: ");
    if (const auto one = logged_seconds(text.substr(0, end)))
      sum = sum.value_or(std::chrono::nanoseconds{}) + *one;
    if (end == text.npos) break;
    text.remove_prefix(end + 1);
  }
  return sum;
}

/// "GET /x HTTP/1.1"
void split_request(std::string_view line, LoggedRequest& request) {
  const auto first = line.find(' ');
  if (first == line.npos || first == 0) return;
  request.method = line.substr(0, first);
  const std::string_view rest = line.substr(first + 1);
  const auto last = rest.rfind(' ');
  request.target = last == rest.npos ? rest : rest.substr(0, last);
}

}  // namespace

std::optional<std::chrono::nanoseconds> logged_seconds(std::string_view text) {
  constexpr std::size_t kMostDigits = 9;
  const auto point = text.find('.');
  const auto whole = to_number<std::uint32_t>(text.substr(0, point));
  if (!whole) return std::nullopt;
  std::chrono::nanoseconds time = std::chrono::seconds(*whole);
  if (point == text.npos) return time;
  const std::string_view digits = text.substr(point + 1);
  if (digits.empty() || digits.size() > kMostDigits) return std::nullopt;
  auto part = to_number<std::uint32_t>(digits);
  if (!part) return std::nullopt;
  for (std::size_t i = digits.size(); i < kMostDigits; ++i) *part *= 10;
  return time + std::chrono::nanoseconds(*part);
}

LogFormat::Field LogFormat::field_of(std::string_view name) {
  if (name == "request") return Field::kRequest;
  if (name == "request_method") return Field::kMethod;
  if (name == "request_uri" || name == "uri" || name == "document_uri") return Field::kTarget;
  if (name == "status") return Field::kStatus;
  if (name == "request_time") return Field::kTime;
  if (name == "upstream_response_time") return Field::kUpstream;
  return Field::kOther;
}

std::optional<LogFormat> LogFormat::parse(std::string_view format, std::string& why) {
  LogFormat parsed;
  std::string* text = &parsed.before_;
  bool has_request = false;
  while (!format.empty()) {
    if (!format.starts_with('$')) {
      const auto next = std::min(format.find('$'), format.size());
      text->append(format.substr(0, next));
      format.remove_prefix(next);
      continue;
    }
    const Field field = field_of(take_log_variable(format));
    if (!parsed.pieces_.empty() && text->empty()) {
      why = "two of its variables have nothing between them";
      return std::nullopt;
    }
    if (parsed.pieces_.size() == kMostVariables) {
      why = "it has too many variables";
      return std::nullopt;
    }
    has_request |= field == Field::kRequest || field == Field::kTarget;
    parsed.has_time_ |= field == Field::kTime;
    parsed.has_upstream_ |= field == Field::kUpstream;
    parsed.pieces_.push_back({field, ""});
    text = &parsed.pieces_.back().behind;
  }
  if (has_request) return parsed;
  why = "its format has neither $request nor $request_uri nor $uri";
  return std::nullopt;
}

void LogFormat::take(Field field, std::string_view value, LoggedRequest& request) {
  switch (field) {
    case Field::kRequest:
      return split_request(value, request);
    case Field::kMethod:
      request.method = value;
      return;
    case Field::kTarget:
      if (request.target.empty()) request.target = value;
      return;
    case Field::kStatus:
      request.status = to_number<unsigned>(value);
      return;
    case Field::kTime:
      request.time = logged_seconds(value);
      return;
    case Field::kUpstream:
      request.upstream = all_seconds(value);
      return;
    case Field::kOther:
      return;
  }
}

bool LogFormat::read(std::string_view line, LoggedRequest& request) const {
  request = {};
  if (!line.starts_with(before_)) return false;
  line.remove_prefix(before_.size());
  for (const Piece& piece : pieces_) {
    const bool last = &piece == &pieces_.back();
    std::size_t end;
    if (!last)
      end = line.find(piece.behind);
    else if (line.ends_with(piece.behind))
      end = line.size() - piece.behind.size();
    else
      return false;
    if (end == line.npos) return false;
    if (piece.field != Field::kOther) take(piece.field, line.substr(0, end), request);
    line.remove_prefix(end + piece.behind.size());
  }
  return true;
}

}  // namespace tierwatch

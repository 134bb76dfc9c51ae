// SPDX-License-Identifier: MIT
#include "collectors/servers/conf/nginx_tokens.h"

#include <algorithm>

#include "collectors/text/text_scan.h"

namespace tierwatch {
namespace {

/// Of what a backslash keeps quotes and backslashes are themselves, and three letters blanks;
/// before any other it stands for itself.
void append_escaped(std::string& word, char letter) {
  switch (letter) {
    case 't':
      word += '\t';
      return;
    case 'r':
      word += '\r';
      return;
    case 'n':
      word += '\n';
      return;
    case '"':
    case '\'':
    case '\\':
      break;
    default:
      word += '\\';
  }
  word += letter;
}

/// Takes a quoted word.
std::string take_quoted_word(std::string_view& rest) {
  const char quote = rest.front();
  std::string word;
  std::size_t at = 1;
  for (; at < rest.size() && rest[at] != quote; ++at) {
    if (rest[at] == '\\' && at + 1 < rest.size())
      append_escaped(word, rest[++at]);
    else
      word += rest[at];
  }
  rest.remove_prefix(std::min(at + 1, rest.size()));
  return word;
}

}  // namespace

std::optional<NginxToken> take_nginx_token(std::string_view& rest) {
  constexpr std::string_view kBlanks = " \t\r\n", kMarks = "{};";
  while (true) {
    rest.remove_prefix(std::min(rest.find_first_not_of(kBlanks), rest.size()));
    if (!rest.starts_with('#')) break;
    take_until(rest, '\n');
  }
  if (rest.empty()) return std::nullopt;
  const char first = rest.front();
  if (kMarks.find(first) != std::string_view::npos) {
    rest.remove_prefix(1);
    return NginxToken{.text = {}, .mark = first};
  }
  if (first == '"' || first == '\'') return NginxToken{.text = take_quoted_word(rest)};
  const auto end = std::min(rest.find_first_of(" \t\r\n{};"), rest.size());
  NginxToken word{.text = std::string(rest.substr(0, end))};
  rest.remove_prefix(end);
  return word;
}

}  // namespace tierwatch

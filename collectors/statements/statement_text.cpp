// SPDX-License-Identifier: MIT
#include "collectors/statements/statement_text.h"

#include <algorithm>

namespace tierwatch {
namespace {

bool is_decimal(char letter) { return letter >= '0' && letter <= '9'; }

/// Of a name: also every byte of a character that is not ASCII, as PostgreSQL's scanner has it.
bool begins_name(char letter) {
  return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') || letter == '_' ||
         static_cast<unsigned char>(letter) >= 0x80;
}

bool in_name(char letter) { return begins_name(letter) || is_decimal(letter) || letter == '$'; }

bool is_blank(char letter) {
  return letter == ' ' || (letter >= '\t' && letter <= '\r') || letter == '\0';
}

/// Takes one token after the other; what is no user's data goes to `out`.
class StatementScanner {
 public:
  explicit StatementScanner(std::string_view sql) : rest_(sql) {}

  std::string run() {
    // Some tokens beyond the end: a list may yet become shorter.
    while (!rest_.empty() && out_.size() < 2 * kLongestNormalised) step();
    while (out_.ends_with(' ') || out_.ends_with(';')) out_.pop_back();
    if (!rest_.empty() || out_.size() > kLongestNormalised) cut();
    return std::move(out_);
  }

 private:
  void step() {
    const char first = rest_.front();
    if (is_blank(first)) return take_blanks();
    if (rest_.starts_with("--")) return take_line_comment();
    if (rest_.starts_with("/*")) return take_comment();
    if (first == '\'') return take_string(false);
    if (first == '"') return take_quoted_name();
    if (first == '$') return take_dollar();
    if (is_decimal(first) || (first == '.' && rest_.size() > 1 && is_decimal(rest_[1])))
      return take_number();
    if (begins_name(first)) return take_name();
    put(rest_.substr(0, 1));
    rest_.remove_prefix(1);
    if (first == ')') shorten_rows();
  }

  void put(std::string_view text) {
    if (blank_ && !out_.empty()) out_ += ' ';
    blank_ = false;
    out_ += text;
  }

  /// A value; one more of a list of them is left out.
  void put_value(std::string_view value) {
    put(value);
    const std::size_t end = out_.size() - value.size();
    const std::string_view before(out_.data(), end);
    for (const std::string_view comma : {", ", ","}) {
      for (const std::string_view last : {std::string_view("…"), value}) {
        const std::string list = std::string(last) + std::string(comma);
        if (!before.ends_with(list)) continue;
        out_.resize(end - (last == value ? 0 : list.size()));
        out_ += "…";
        return;
      }
    }
  }

  /// "(?, …), (?, …)" is "(?, …), …".
  void shorten_rows() {
    const auto open = out_.rfind('(');
    if (open == std::string::npos) return;
    const std::string row = out_.substr(open);
    if (row.find('?') == std::string::npos && row.find('$') == std::string::npos) return;
    const std::string_view before(out_.data(), open);
    for (const std::string_view comma : {", ", ","}) {
      if (before.ends_with(row + std::string(comma))) {
        out_.resize(open);
        out_ += "…";
        return;
      }
      const std::string more = row + std::string(comma) + "…" + std::string(comma);
      if (before.ends_with(more)) {
        out_.resize(open - comma.size());
        return;
      }
    }
  }

  void take_blanks() {
    while (!rest_.empty() && is_blank(rest_.front())) rest_.remove_prefix(1);
    blank_ = true;
  }

  void take_line_comment() {
    rest_.remove_prefix(std::min(rest_.find_first_of("\r\n"), rest_.size()));
    blank_ = true;
  }

  /// They nest. One without an end is a comment to the end.
  void take_comment() {
    std::size_t depth = 0, at = 0;
    while (at < rest_.size()) {
      const std::string_view two = rest_.substr(at, 2);
      if (two == "/*") {
        ++depth;
        at += 2;
      } else if (two == "*/") {
        at += 2;
        if (--depth == 0) break;
      } else {
        ++at;
      }
    }
    rest_.remove_prefix(std::min(at, rest_.size()));
    blank_ = true;
  }

  /// `escapes`: a backslash keeps the next character. Without it what "\'" means depends on a
  /// setting of the session.
  void take_string(bool escapes) {
    std::size_t at = 1;
    for (; at < rest_.size(); ++at) {
      if (rest_[at] == '\\') {
        if (!escapes && at + 1 < rest_.size() && rest_[at + 1] == '\'') return take_all();
        at += escapes ? 1 : 0;
      } else if (rest_[at] == '\'') {
        if (at + 1 >= rest_.size() || rest_[at + 1] != '\'') break;
        ++at;
      }
    }
    rest_.remove_prefix(std::min(at + 1, rest_.size()));
    put_value("?");
  }

  void take_all() {
    rest_ = {};
    put_value("?");
  }

  void take_quoted_name() {
    std::size_t at = 1;
    for (; at < rest_.size(); ++at) {
      if (rest_[at] != '"') continue;
      if (at + 1 >= rest_.size() || rest_[at + 1] != '"') break;
      ++at;
    }
    const std::size_t length = std::min(at + 1, rest_.size());
    put(rest_.substr(0, std::min(length, kLongestName)));
    rest_.remove_prefix(length);
  }

  /// $1, or a string between $tag$.
  void take_dollar() {
    std::size_t end = 1;
    if (end < rest_.size() && is_decimal(rest_[end])) {
      while (end < rest_.size() && is_decimal(rest_[end])) ++end;
      const std::string_view parameter = rest_.substr(0, std::min(end, kLongestName));
      rest_.remove_prefix(end);
      return put(parameter);
    }
    while (end < rest_.size() && rest_[end] != '$' && in_name(rest_[end])) ++end;
    if (end >= rest_.size() || rest_[end] != '$') {
      // Perhaps a tag that was cut.
      if (end >= rest_.size()) return take_all();
      put("$");
      return rest_.remove_prefix(1);
    }
    const std::string_view tag = rest_.substr(0, end + 1);
    const auto close = rest_.find(tag, tag.size());
    rest_.remove_prefix(close == std::string_view::npos ? rest_.size() : close + tag.size());
    put_value("?");
  }

  /// Hexadecimal ones, those with an exponent or underlines too: all that clings to it.
  void take_number() {
    std::size_t end = 0;
    while (end < rest_.size()) {
      const char letter = rest_[end];
      const bool sign = (letter == '+' || letter == '-') && end > 0 &&
                        (rest_[end - 1] == 'e' || rest_[end - 1] == 'E') &&
                        !rest_.starts_with("0x") && !rest_.starts_with("0X");
      if (!in_name(letter) && letter != '.' && !sign) break;
      ++end;
    }
    rest_.remove_prefix(end);
    put_value("?");
  }

  void take_name() {
    std::size_t end = 0;
    while (end < rest_.size() && in_name(rest_[end])) ++end;
    const std::string_view name = rest_.substr(0, end);
    const bool quoted = end < rest_.size() && rest_[end] == '\'';
    rest_.remove_prefix(end);
    // E'…', B'…', X'…', N'…'. U&'…' has no escapes of quotes.
    if (quoted && name.size() == 1 && std::string_view("eEbBxXnN").find(name) != name.npos)
      return take_string(name == "e" || name == "E");
    put(name.substr(0, kLongestName));
  }

  void cut() {
    std::size_t end = std::min(out_.size(), kLongestNormalised);
    while (end > 0 && (static_cast<unsigned char>(out_[end - 1]) & 0xc0) == 0x80) --end;
    if (end > 0 && static_cast<unsigned char>(out_[end - 1]) >= 0xc0) --end;
    out_.resize(end);
    out_ += "…";
  }

  /// NAMEDATALEN is 64; what is longer is no name.
  static constexpr std::size_t kLongestName = 64;

  std::string_view rest_;
  std::string out_;
  bool blank_ = false;  ///< there was one since the last token
};

}  // namespace

std::string normalised_statement(std::string_view sql) { return StatementScanner(sql).run(); }

}  // namespace tierwatch

// SPDX-License-Identifier: MIT
#include "config/toml_depth.h"

namespace tierwatch {
namespace {

class Walk {
 public:
  explicit Walk(std::string_view text) : text_(text) {}

  std::optional<Position> run() {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '"' || c == '\'') {
        skip_quoted(c);
        continue;
      }
      if (c == '#') skip_to_line_end();
      if (at_ < text_.size() && too_deep_with(text_[at_])) return position();
      ++at_;
    }
    return std::nullopt;
  }

 private:
  bool too_deep_with(char c) {
    switch (c) {
      case '.':
        ++dots_;
        break;
      case '[':
      case '{':
        dots_ = 0;
        ++brackets_;
        break;
      case ']':
      case '}':
        dots_ = 0;
        --brackets_;
        break;
      case '\n':
      case '=':
      case ',':
        dots_ = 0;
        break;
      default:
        break;
    }
    return dots_ > kDeepestToml || brackets_ > kDeepestToml;
  }

  void skip_to_line_end() {
    while (at_ < text_.size() && text_[at_] != '\n') ++at_;
  }

  /// A string in one line, or of several between three quotes. A line's end ends the first kind:
  /// the parser complains of it.
  void skip_quoted(char quote) {
    const bool lines = at_ + 2 < text_.size() && text_[at_ + 1] == quote && text_[at_ + 2] == quote;
    const std::string_view end = text_.substr(at_, lines ? 3 : 1);
    for (at_ += end.size(); at_ < text_.size(); ++at_) {
      if (text_[at_] == '\\' && quote == '"')
        ++at_;
      else if (!lines && text_[at_] == '\n')
        return;
      else if (text_.substr(at_, end.size()) == end)
        break;
    }
    at_ += end.size();
  }

  Position position() const {
    Position here{1, 1};
    for (const char c : text_.substr(0, at_)) {
      ++here.column;
      if (c == '\n') here = {here.line + 1, 1};
    }
    return here;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  int dots_ = 0, brackets_ = 0;
};

}  // namespace

std::optional<Position> too_deep(std::string_view toml) { return Walk(toml).run(); }

}  // namespace tierwatch

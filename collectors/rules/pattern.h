// SPDX-License-Identifier: MIT
//
// The two languages in which rules are written: shell globs (fnmatch) and regular expressions (RE2,
// the only includer). RE2 because std::regex recurses once per character and a command line may
// hold 128 kB of them.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace re2 {
class RE2;
}

namespace tierwatch {

/// A glob over a whole string: `*` any run of characters (also '/'), `?` one, `[a-z]` a set. See
/// fnmatch(3).
class Glob {
 public:
  explicit Glob(std::string pattern) : pattern_(std::move(pattern)) {}
  bool matches(std::string_view text) const;
  const std::string& source() const { return pattern_; }

 private:
  std::string pattern_;
};

/// A regular expression, searched anywhere in the text, in time linear in its length. Copies share
/// the automaton; may be used from several threads.
class Pattern {
 public:
  /// Throws std::invalid_argument with RE2's reason when `source` is not a regular expression.
  explicit Pattern(const std::string& source);
  bool found_in(std::string_view text) const;
  const std::string& source() const;

 private:
  std::shared_ptr<const re2::RE2> regex_;
};

}  // namespace tierwatch

// SPDX-License-Identifier: MIT
#include "collectors/rules/pattern.h"

#include <fnmatch.h>
#include <re2/re2.h>

#include <stdexcept>

namespace tierwatch {

bool Glob::matches(std::string_view text) const {
  return fnmatch(pattern_.c_str(), std::string(text).c_str(), 0) == 0;
}

Pattern::Pattern(const std::string& source) {
  RE2::Options options;
  options.set_log_errors(false);
  options.set_encoding(RE2::Options::EncodingLatin1);  // command lines are bytes, not text
  auto regex = std::make_shared<const RE2>(source, options);
  if (!regex->ok()) throw std::invalid_argument(regex->error());
  regex_ = std::move(regex);
}

bool Pattern::found_in(std::string_view text) const {
  return RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), *regex_);
}

const std::string& Pattern::source() const { return regex_->pattern(); }

}  // namespace tierwatch

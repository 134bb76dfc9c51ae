// SPDX-License-Identifier: MIT
//
// A verdict for people who read it in a terminal: the sentence, what supports it, what else was
// looked at and what could not be seen.
#pragma once

#include <string>
#include <vector>

#include "analysis/verdict.h"

namespace tierwatch {

/// Several lines, columns aligned. `source` says where it comes from ("sampling by itself"),
/// `notes` what cannot be seen on that machine. Bytes that would drive a terminal are made visible.
/// Pure.
std::string verdict_text(const Verdict& verdict, const std::string& source,
                         const std::vector<std::string>& notes);

/// The sentence on one line, fit for a terminal.
std::string verdict_line(const Verdict& verdict);

}  // namespace tierwatch

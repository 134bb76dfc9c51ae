// SPDX-License-Identifier: MIT
//
// Where the time of a tier's Python code goes, as shares of its samples. Plain data.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "analysis/inside/stack_tally.h"

namespace tierwatch {

/// What the shares are of.
enum class InsideBasis : std::uint8_t {
  kCpu,   ///< threads on a CPU, or ready for one
  kHeld,  ///< threads at something, waiting or not: all that are not idle
};
/// "cpu", "held".
std::string_view to_string(InsideBasis basis);

struct InsideFunction {
  PythonFunction function;
  double self = 0;                    ///< share of samples in which it is the innermost, 0 to 1
  double total = 0;                   ///< in which it is anywhere on the stack
  std::optional<std::uint32_t> line;  ///< the one that it was seen on most often
};

struct InsideLine {
  std::string file;
  std::uint32_t line = 0;
  std::string function;
  double self = 0;
};

/// A place in code as people say it.
struct InsidePlace {
  std::string function;
  std::string file;
  std::uint32_t line = 0;
  bool operator==(const InsidePlace&) const = default;
};

struct InsideStack {
  std::vector<InsidePlace> frames;  ///< innermost first; empty: native code, or torn
  ThreadActivity activity = ThreadActivity::kOther;
  std::string peer;
  bool torn = false;
  double share = 0;
  std::uint64_t samples = 0;
};

/// What is waited for, in which function of the application.
struct InsideWait {
  ThreadActivity activity = ThreadActivity::kOther;
  std::string peer;
  InsidePlace place;  ///< without a name: no Python function
  double share = 0;   ///< of all that is not idle
};

struct InsideFindings {
  InsideBasis basis = InsideBasis::kCpu;
  std::uint64_t samples = 0;                           ///< that the shares are of
  std::uint64_t all_samples = 0;                       ///< of all threads
  std::array<double, kThreadActivities> activities{};  ///< shares of what is not idle; idle's is 0
  std::optional<InsidePlace> hottest;  ///< function of the application with the largest share
  double hottest_share = 0;
  std::vector<InsideFunction> functions;  ///< largest total of own time first
  std::vector<InsideLine> lines;
  std::vector<InsideStack> stacks;
  std::vector<InsideWait> waits;        ///< most first
  double moved = 0, torn = 0, cut = 0;  ///< shares of all_samples
  std::uint64_t shortened = 0;
};

/// Rows of each list; stacks are all there for pictures, and may be any number.
inline constexpr std::size_t kMostInsideRows = 100;

/// Whether a file is of the application, not of Python or an installed package.
bool is_application(std::string_view file);

/// `basis` absent: by what most of the threads that are not idle did.
InsideFindings find_inside(const StackTally& tally, const std::vector<PythonFunction>& functions,
                           std::optional<InsideBasis> basis);

}  // namespace tierwatch

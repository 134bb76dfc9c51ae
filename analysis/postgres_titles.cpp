// SPDX-License-Identifier: MIT
#include "analysis/postgres_titles.h"

namespace tierwatch {
namespace {

/// What stands after the client: "[local] " or "HOST(PORT) ". User and database names may hold
/// anything, so the last client-like word counts.
std::string_view activity(std::string_view title) {
  const auto local = title.rfind("[local]");
  if (local != std::string_view::npos) return title.substr(local + 7);
  const auto port = title.rfind(')');
  if (port == std::string_view::npos) return {};
  // "idle in transaction (aborted)" ends with a bracket of its own.
  const auto before = title.substr(0, port).rfind('(');
  if (before != std::string_view::npos && before > 0 && title[before - 1] == ' ')
    return activity(title.substr(0, before));
  return title.substr(port + 1);
}

}  // namespace

BackendState backend_state(std::string_view title) {
  if (!title.starts_with("postgres: ")) return BackendState::kStarting;  // still the postmaster's
  std::string_view words = activity(title);
  while (words.starts_with(' ')) words.remove_prefix(1);
  while (words.ends_with(' ')) words.remove_suffix(1);
  if (words.empty()) return BackendState::kSilent;
  if (words.starts_with("idle in transaction")) return BackendState::kIdleInTransaction;
  if (words == "idle") return BackendState::kIdle;
  if (words == "initializing" || words == "authentication" || words == "startup")
    return BackendState::kStarting;
  return words.ends_with(" waiting") ? BackendState::kWaiting : BackendState::kActive;
}

}  // namespace tierwatch

// SPDX-License-Identifier: MIT
#include "exporters/terminal/scene/signal_rows.h"

#include <algorithm>
#include <array>
#include <csignal>

#include "collectors/servers/server_signals.h"
#include "exporters/terminal/scene/process_columns.h"

namespace tierwatch {
namespace {

struct KnownSignal {
  int number;
  std::string_view name;
  std::string_view effect;  ///< on any program; empty: not offered but where a server uses it
};

constexpr std::string_view kEndsUnless = "ends it, unless it has a use of its own for this signal";

/// signal(7), "Standard signals".
constexpr std::array kKnownSignals = {
    KnownSignal{SIGTERM, "SIGTERM", "asks it to end"},
    KnownSignal{SIGHUP, "SIGHUP", kEndsUnless},
    KnownSignal{SIGINT, "SIGINT", kEndsUnless},
    KnownSignal{SIGQUIT, "SIGQUIT", kEndsUnless},
    KnownSignal{SIGUSR1, "SIGUSR1", kEndsUnless},
    KnownSignal{SIGUSR2, "SIGUSR2", kEndsUnless},
    KnownSignal{SIGWINCH, "SIGWINCH", ""},
    KnownSignal{SIGTTIN, "SIGTTIN", ""},
    KnownSignal{SIGTTOU, "SIGTTOU", ""},
    KnownSignal{SIGSTOP, "SIGSTOP", "stops it until SIGCONT: it serves nobody meanwhile"},
    KnownSignal{SIGCONT, "SIGCONT", "lets it go on after SIGSTOP"},
    KnownSignal{SIGKILL, "SIGKILL", "ends it at once: nothing is finished, nothing is saved"},
};

std::string_view effect_on(std::string_view preset, std::string_view role, int number) {
  std::string_view any;
  for (const SignalEffect& one : signals_of(preset)) {
    if (one.number != number) continue;
    if (one.role == role) return one.effect;
    if (one.role.empty()) any = one.effect;
  }
  return any;
}

}  // namespace

std::vector<SignalRow> signal_rows(const Snapshot& snapshot, const ProcessSample& process) {
  const auto& member = process.reading.member;
  const bool known = member && member->tier < snapshot.tiers.size();
  const std::string_view preset =
      known ? std::string_view(snapshot.tiers[member->tier].preset) : "";
  std::vector<SignalRow> rows;
  for (const KnownSignal& one : kKnownSignals) {
    const std::string_view own = effect_on(preset, role_of(snapshot, process), one.number);
    if (own.empty() && one.effect.empty()) continue;
    rows.push_back({one.number, one.name, std::string(own.empty() ? one.effect : own)});
  }
  return rows;
}

std::string signal_name(int number) {
  const auto found = std::ranges::find(kKnownSignals, number, &KnownSignal::number);
  return found == kKnownSignals.end() ? "signal " + std::to_string(number)
                                      : std::string(found->name);
}

}  // namespace tierwatch

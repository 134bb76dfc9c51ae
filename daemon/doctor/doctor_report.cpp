// SPDX-License-Identifier: MIT
#include "daemon/doctor/doctor_report.h"

#include <array>
#include <utility>

#include "collectors/text/plain_words.h"
#include "collectors/text/printable_text.h"
#include "exporters/glyphs.h"
#include "exporters/json/json_writer.h"

namespace tierwatch {
namespace {

/// Those of what is held that buy something here.
std::vector<std::string> capability_names(const MachineAccess& machine) {
  constexpr std::array<std::pair<Capability, const char*>, 4> kNames = {
      {{Capability::kDacReadSearch, "CAP_DAC_READ_SEARCH"},
       {Capability::kSysPtrace, "CAP_SYS_PTRACE"},
       {Capability::kPerfmon, "CAP_PERFMON"},
       {Capability::kBpf, "CAP_BPF"}}};
  std::vector<std::string> names;
  for (const auto& [capability, name] : kNames)
    if (machine.may(capability)) names.emplace_back(name);
  return names;
}

std::string capabilities_text(const MachineAccess& machine) {
  const std::vector<std::string> names = capability_names(machine);
  return names.empty() ? "without any capability that matters here" : "with " + joined(names);
}

std::string head(const MachineAccess& machine) {
  std::string text = "On " + printable(machine.hostname) + ", Linux " + printable(machine.kernel) +
                     ", as " + printable(machine.user) + ", " + capabilities_text(machine) + "\n";
  if (machine.uid == 0)
    text +=
        "The service runs as another user; what that one sees: "
        "runuser -u tierwatch -- tierwatch doctor\n";
  return text;
}

/// All errors of a configuration file, a line each, below each other.
std::string finding_words(const Finding& finding) {
  if (finding.name != "configuration") return printable(finding.text);
  std::string lines;
  for (const char c : printable_lines(finding.text)) {
    lines += c;
    if (c == '\n') lines += "    ";
  }
  return lines;
}

std::string of_standing(const std::vector<Finding>& found, Standing standing, const char* heading) {
  std::string text;
  for (const Finding& finding : found) {
    if (finding.standing != standing) continue;
    text += "  " + finding.name + ": " + finding_words(finding) + "\n";
    if (!finding.fix.empty()) text += "    fix: " + printable(finding.fix) + "\n";
  }
  return text.empty() ? "" : "\n" + std::string(heading) + "\n" + text;
}

std::string cell(const TierAccess& tier, Access access) {
  const std::size_t readable = tier.of(access);
  if (readable == tier.tried) return "yes";
  return readable == 0 ? "no" : std::to_string(readable) + " of " + std::to_string(tier.tried);
}

std::string tier_table(const std::vector<TierAccess>& tiers) {
  if (tiers.empty()) return "";
  std::vector<std::vector<std::string>> rows{
      {"TIER", "PROCESSES", "CPU", "MEMORY", "DESCRIPTORS", "IO", "PSS", "SOCKETS"}};
  for (const TierAccess& tier : tiers) {
    rows.push_back({tier.tier, std::to_string(tier.processes)});
    for (std::size_t i = 0; i < kAccesses; ++i)
      rows.back().push_back(cell(tier, static_cast<Access>(i)));
  }
  return "\nWhat can be read of each tier\n  " + joined(aligned(rows), "\n  ") + "\n";
}

Json machine_json(const MachineAccess& machine) {
  JsonWriter io;
  io("hostname", machine.hostname);
  io("kernel", machine.kernel);
  io("user", machine.user);
  Json held = Json::array();
  for (const std::string& name : capability_names(machine)) held.push_back(name);
  io.put("capabilities", std::move(held));
  return io.take();
}

Json tiers_json(const std::vector<TierAccess>& tiers) {
  Json all = Json::array();
  for (const TierAccess& tier : tiers) {
    JsonWriter io;
    io("tier", tier.tier);
    io("processes", tier.processes);
    io("tried", tier.tried);
    io.object("readable", [&tier](JsonWriter& readable) {
      for (std::size_t i = 0; i < kAccesses; ++i) {
        const auto access = static_cast<Access>(i);
        readable(std::string(to_string(access)).c_str(), tier.of(access));
      }
    });
    all.push_back(io.take());
  }
  return all;
}

}  // namespace

std::string doctor_text(const Examination& examined, const std::vector<Finding>& found) {
  std::string text = head(examined.machine) + of_standing(found, Standing::kMissing, "Missing") +
                     of_standing(found, Standing::kLimited, "Limited") +
                     of_standing(found, Standing::kWell, "Well") +
                     tier_table(examined.machine.tiers);
  return text + (exit_status_of(found) ? "\nSomething is missing that matters.\n"
                                       : "\nNothing is missing that matters.\n");
}

std::string doctor_json(const Examination& examined, const std::vector<Finding>& found) {
  JsonWriter io;
  io("well", exit_status_of(found) == 0);
  io.put("machine", machine_json(examined.machine));
  Json all = Json::array();
  for (const Finding& finding : found) {
    JsonWriter one;
    one("name", finding.name);
    one("standing", to_string(finding.standing));
    one("text", finding.text);
    if (!finding.fix.empty()) one("fix", finding.fix);
    all.push_back(one.take());
  }
  io.put("findings", std::move(all));
  io.put("tiers", tiers_json(examined.machine.tiers));
  return json_text(io.take(), 2) + "\n";
}

}  // namespace tierwatch

// SPDX-License-Identifier: MIT
#include "daemon/commands/check_config_command.h"

#include <ostream>

#include "collectors/text/printable_text.h"
#include "config/config.h"
#include "daemon/service/web_security.h"

namespace tierwatch {
namespace {

std::string summary(const TierRules& rules) {
  if (rules.tiers.front().implicit) {
    return "no tier is named, so all " + std::to_string(rules.tiers.size()) +
           " presets are watched";
  }
  std::string text =
      std::to_string(rules.tiers.size()) + (rules.tiers.size() == 1 ? " tier:" : " tiers:");
  for (const TierRule& tier : rules.tiers) text += " " + tier.name;
  return text;
}

}  // namespace

int run_check_config(const CheckConfigOptions& options, std::ostream& out, std::ostream& errors) {
  const std::filesystem::path file = options.file.value_or(kDefaultConfigPath);
  try {
    const Config config = load_config_or_default(options.file);
    load_web_security(config);  // the files it names
    out << printable(file.string())
        << (options.file || has_default_config() ? ": OK (" : ": does not exist; defaults hold (")
        << summary(config.rules) << ")\n";
    return 0;
  } catch (const ConfigError& error) {
    errors << printable_lines(error.what()) << '\n';
    return 2;
  }
}

}  // namespace tierwatch

// SPDX-License-Identifier: MIT
#include "daemon/commands/check_config_command.h"

#include <ostream>

#include "collectors/text/plain_words.h"
#include "collectors/text/printable_text.h"
#include "config/config.h"
#include "config/web_config_file.h"
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

/// "; with 10-web.toml, 20-shop.toml of conf.d"
std::string with_drop_ins(const Config& config, const std::filesystem::path& file) {
  std::vector<std::string> names;
  for (const auto& read : config.files)
    if (read != file) names.push_back(printable(read.filename().string()));
  return names.empty() ? "" : "; with " + joined(names) + " of conf.d";
}

}  // namespace

int run_check_config(const CheckConfigOptions& options, std::ostream& out, std::ostream& errors) {
  const std::filesystem::path file = options.file.value_or(kDefaultConfigPath);
  try {
    Config config = load_config_or_default(options.file);
    if (options.web_config) load_web_config_file(*options.web_config, config.web);
    load_web_security(config);  // the files it names
    out << printable(file.string())
        << (options.file || has_default_config() ? ": OK (" : ": does not exist; defaults hold (")
        << summary(config.rules) << with_drop_ins(config, file) << ")\n";
    return 0;
  } catch (const ConfigError& error) {
    errors << printable_lines(error.what()) << '\n';
    return 2;
  }
}

}  // namespace tierwatch

// SPDX-License-Identifier: MIT
#include "collectors/servers/servers.h"
#include "config/config.h"

namespace tierwatch {

Config default_config() {
  Config config;
  for (const std::string& name : preset_names()) {
    config.rules.tiers.push_back(preset(name));
    config.rules.tiers.back().implicit = true;
  }
  return config;
}

}  // namespace tierwatch

// SPDX-License-Identifier: MIT
//
// The table of all servers that tierwatch knows without being told: presets, by name.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "collectors/rules/tier_rules.h"
#include "collectors/servers/server_files.h"
#include "collectors/servers/server_traits.h"

namespace tierwatch {

/// Names of the built-in presets, in matching order.
std::vector<std::string> preset_names();

/// The rules of a preset, as a tier of the same name. Throws std::out_of_range for an unknown name.
TierRule preset(std::string_view name);

/// The traits of a preset; those of a server nothing is known of for any other name, as that of a
/// custom tier.
const ServerTraits& traits_of(std::string_view preset);

/// How the settings of a preset's servers are read; its `read` is null where none are, and for any
/// other name.
const SettingsSource& settings_source_of(std::string_view preset);

/// Where servers of a preset keep their data; null where they keep none, and for any other name.
DataPlaces data_places_of(std::string_view preset);

}  // namespace tierwatch

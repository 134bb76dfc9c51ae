// SPDX-License-Identifier: MIT
//
// [[tier]] and [thresholds]: which processes belong where, and from where on a tier counts as full.
#pragma once

#include <string>
#include <vector>

#include "config/load_config_value.h"
#include "config/tier_draft.h"

namespace tierwatch {

/// Appends the tiers of one file.
void read_tiers(const Value& value, std::vector<TierDraft>& tiers);

/// Those of a later file are laid over those of an earlier one.
void read_thresholds(const Value& value, ThresholdsDraft& draft);

/// A list of strings and where each was written.
std::vector<Written<std::string>> read_strings(const Value& value);

/// "thresholds.cpu", … and "tier.name", …, "tier.match.comm", …, "tier.roles.name", ….
std::vector<std::string> threshold_key_names();
std::vector<std::string> tier_key_names();

}  // namespace tierwatch

// SPDX-License-Identifier: MIT
//
// What `record` says at the end of a run: a few lines; the report says the rest.
#pragma once

#include <filesystem>
#include <string>

#include "exporters/recording/recorded_run.h"

namespace tierwatch {

/// The share of the run's time during which each verdict was in force, longest first:
/// "uwsgi cpu 81 %, nothing full 19 %". Pure.
std::string verdict_shares(const RecordedRun& run);

/// Some lines for the terminal; of an unreadable file, why.
std::string run_summary(const std::filesystem::path& file);

}  // namespace tierwatch

// SPDX-License-Identifier: MIT
//
// The web configuration of Prometheus' exporters (exporter-toolkit,
// https://github.com/prometheus/exporter-toolkit/blob/master/docs/web-configuration.md), so that
// one file serves all exporters of a machine. web_config_file.cpp is libyaml's only includer.
#pragma once

#include <filesystem>
#include <string_view>

#include "config/config.h"

namespace tierwatch {

/// Reads the file into `web`: what it says of certificates, headers and users holds, whatever stood
/// there. Throws ConfigError `file:line:column: what is wrong; hint`, a line for each problem; a
/// file that cannot be read is one. What it asks for and nothing here can do is a problem, too,
/// never left out.
void load_web_config_file(const std::filesystem::path& path, WebConfig& web);

/// The same of a text that stands in `path`.
void parse_web_config(std::string_view text, const std::filesystem::path& path, WebConfig& web);

}  // namespace tierwatch

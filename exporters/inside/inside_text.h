// SPDX-License-Identifier: MIT
//
// What was found inside a tier, for a terminal.
#pragma once

#include <string>

#include "analysis/inside/inside_report.h"

namespace tierwatch {

/// "shop/views.py": the last two names of a path.
std::string short_path(std::string_view file);

/// "render_template (shop/views.py:41)"
std::string place_words(const InsidePlace& place);

/// "waiting for postgres (127.0.0.1:5432)"; `tier` is who listens there, empty: not known.
std::string activity_words(ThreadActivity activity, const std::string& peer,
                           const std::string& tier);
std::string activity_words(ThreadActivity activity, const std::string& peer,
                           const InsideReport& report);

/// Several lines, the verdict first. Bytes that would drive a terminal are made visible. Pure.
std::string inside_text(const InsideReport& report);

}  // namespace tierwatch

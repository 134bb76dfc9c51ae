// SPDX-License-Identifier: MIT
//
// The readers of all formats; each pair lives in the file of its name. `looks_like_…` is told the
// first bytes of a file, without a byte order mark; `read_…` throws ImportError.
#pragma once

#include <string_view>

#include "exporters/load_import/import_input.h"

namespace tierwatch {

/// `text` without the UTF-8 byte order mark that Windows tools put in front.
inline std::string_view without_mark(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  return text;
}

bool looks_like_ab_text(std::string_view head);
LoadSeries read_ab_text(ImportInput& input);
bool looks_like_ab_requests(std::string_view head);
LoadSeries read_ab_requests(ImportInput& input);

bool looks_like_hey_csv(std::string_view head);
LoadSeries read_hey_csv(ImportInput& input);
bool looks_like_hey_text(std::string_view head);
LoadSeries read_hey_text(ImportInput& input);

bool looks_like_jmeter_csv(std::string_view head);
LoadSeries read_jmeter_csv(ImportInput& input);

bool looks_like_locust_history(std::string_view head);
LoadSeries read_locust_history(ImportInput& input);
bool looks_like_locust_stats(std::string_view head);
LoadSeries read_locust_stats(ImportInput& input);

bool looks_like_wrk_text(std::string_view head);
LoadSeries read_wrk_text(ImportInput& input);

}  // namespace tierwatch

// SPDX-License-Identifier: MIT
//
// The readers of all formats; each pair lives in the file of its name. `looks_like_…` is told the
// first bytes of a file, without a byte order mark; `read_…` throws ImportError.
#pragma once

#include <string_view>

#include "collectors/loads/import_input.h"

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

bool looks_like_autocannon_text(std::string_view head);
LoadSeries read_autocannon_text(ImportInput& input);

bool looks_like_artillery(std::string_view head);
LoadSeries read_artillery(ImportInput& input);

bool looks_like_autocannon(std::string_view head);
LoadSeries read_autocannon(ImportInput& input);

bool looks_like_gatling_binary(std::string_view head);
LoadSeries read_gatling_binary(ImportInput& input);

bool looks_like_gatling_text(std::string_view head);
LoadSeries read_gatling_text(ImportInput& input);

bool looks_like_jmeter_xml(std::string_view head);
LoadSeries read_jmeter_xml(ImportInput& input);

bool looks_like_k6_csv(std::string_view head);
LoadSeries read_k6_csv(ImportInput& input);

bool looks_like_k6_summary(std::string_view head);
LoadSeries read_k6_summary(ImportInput& input);

bool looks_like_k6_json(std::string_view head);
LoadSeries read_k6_json(ImportInput& input);

bool looks_like_oha_csv(std::string_view head);
LoadSeries read_oha_csv(ImportInput& input);

bool looks_like_oha_text(std::string_view head);
LoadSeries read_oha_text(ImportInput& input);

bool looks_like_oha_json(std::string_view head);
LoadSeries read_oha_json(ImportInput& input);

bool looks_like_phout(std::string_view head);
LoadSeries read_phout(ImportInput& input);

bool looks_like_siege_log(std::string_view head);
LoadSeries read_siege_log(ImportInput& input);

bool looks_like_siege_summary(std::string_view head);
LoadSeries read_siege_summary(ImportInput& input);

bool looks_like_vegeta_csv(std::string_view head);
LoadSeries read_vegeta_csv(ImportInput& input);

bool looks_like_vegeta_json(std::string_view head);
LoadSeries read_vegeta_json(ImportInput& input);

bool looks_like_wrk_text(std::string_view head);
LoadSeries read_wrk_text(ImportInput& input);

}  // namespace tierwatch

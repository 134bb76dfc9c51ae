// SPDX-License-Identifier: MIT
//
// All formats, each in the file of its name: how a file of it begins, and its reader.
#pragma once

#include <string_view>

#include "collectors/loads/reading/import_input.h"

namespace tierwatch {

/// `text` without the UTF-8 byte order mark that Windows tools put in front.
inline std::string_view without_mark(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  return text;
}

extern const LoadFormat kJmeterCsv, kLocustHistory, kLocustStats, kAbRequests, kHeyCsv, kJmeterXml,
    kK6Csv, kK6Json, kK6Summary, kVegetaCsv, kVegetaJson, kOhaCsv, kOhaJson, kGatlingText,
    kGatlingBinary, kPhout, kAutocannon, kArtillery, kSiegeLog, kSiegeSummary, kWrkText,
    kAutocannonText, kOhaText, kAbText, kHeyText, kVegetaText, kVegetaReportJson, kK6Text,
    kAccessLog;

}  // namespace tierwatch

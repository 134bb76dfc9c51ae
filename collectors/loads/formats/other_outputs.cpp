// SPDX-License-Identifier: MIT
#include "collectors/loads/formats/other_outputs.h"

#include <algorithm>
#include <array>

namespace tierwatch {
namespace {

/// Known by all of its marks. The first may have to begin it.
struct OtherOutput {
  std::array<std::string_view, 3> marks;
  bool begins;
  const char* what;
  const char* instead;
};

constexpr const char* kVegetaEncode = "run vegeta encode --to csv results.bin > results.csv";
constexpr const char* kJmeterResults = "give the file that jmeter -l FILE writes";
constexpr const char* kArtilleryOutput = "run artillery run --output FILE";
constexpr const char* kLocustCsv = "give its _stats_history.csv (locust --csv PREFIX)";

constexpr OtherOutput kOthers[] = {
    {{"Requests ", "[total, rate", "Latencies "}, false, "vegeta's text report", kVegetaEncode},
    {{"{\"latencies\":{", "\"status_codes\"", ""}, true, "vegeta's JSON report", kVegetaEncode},
    {{"Bucket ", "#", "Histogram"}, true, "vegeta's histogram", kVegetaEncode},
    {{"Value(ms)", "Percentile", "TotalCount"}, false, "vegeta's HDR plot", kVegetaEncode},
    {{"Result", "BytesOut", "BytesIn"}, false, "vegeta's binary results", kVegetaEncode},
    {{"http_req_duration..", "..: avg=", "http_reqs.."},
     false,
     "k6's text at the end of a test",
     "run k6 with --out csv=FILE, or --summary-export=FILE for totals alone"},
    {{"Method,Name,Error,Occurrences", "", ""}, true, "Locust's list of failures", kLocustCsv},
    {{"Count,Message,Traceback", "", ""}, true, "Locust's list of exceptions", kLocustCsv},
    {{"# reqs", "# fails", "Avg"}, false, "Locust's console text", kLocustCsv},
    {{"summary ", " Avg:", " Err:"}, false, "JMeter's summary lines", kJmeterResults},
    {{"Label,# Samples,Average", "", ""}, true, "JMeter's aggregate report", kJmeterResults},
    {{"\"transaction\"", "\"sampleCount\"", "\"pct1ResTime\""},
     false,
     "the statistics of JMeter's dashboard",
     kJmeterResults},
    {{"Summary report @", "vusers.", ""}, false, "Artillery's text", kArtilleryOutput},
    {{"Summary report @", "Scenarios launched", ""}, false, "Artillery's text", kArtilleryOutput},
    {{"---- Global Information", "> request count", ""},
     false,
     "Gatling's console text",
     "give simulation.log of its folder of results"},
    {{"Percentage served,Time in ms", "", ""},
     true,
     "ab's table of percentiles (-e)",
     "give the text that ab prints, or what ab -g FILE writes"},
};

bool has_all(std::string_view head, const OtherOutput& one) {
  if (one.begins && !head.starts_with(one.marks[0])) return false;
  return std::ranges::all_of(one.marks,
                             [&](std::string_view mark) { return head.find(mark) != head.npos; });
}

}  // namespace

std::optional<std::string> known_other_output(std::string_view head) {
  const auto known =
      std::ranges::find_if(kOthers, [&](const OtherOutput& one) { return has_all(head, one); });
  if (known == std::end(kOthers)) return std::nullopt;
  return std::string(known->what) + ", which is not read: " + known->instead;
}

}  // namespace tierwatch

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
constexpr const char* kTaurusKpi = "give kpi.jtl of the folder of artifacts";
constexpr const char* kK6Run = "give the file that k6 run --out csv=FILE writes";
constexpr const char* kGatlingLog = "give simulation.log of its folder of results";
constexpr const char* kSiegeEnd =
    "give its log (siege --log=FILE), or what it prints at its end, on stderr";
constexpr const char* kUnpack =
    "unpack it and give the file of results in it; a single file may be packed with gzip";
constexpr const char* kDataOfPage =
    "give the data that it was made of, as the file of jmeter -l, locust --csv or k6 --out csv, or "
    "Gatling's simulation.log";
constexpr const char* kOtherTool =
    "no output of that tool is; repeat the run with one whose results are, as wrk, oha, vegeta or "
    "k6";

/// In the order in which they are tried: what more tools print comes later.
constexpr OtherOutput kOthers[] = {
    // Archives and other containers.
    {{"PK\x03\x04", "", ""}, true, "a zip archive (a spreadsheet is one, too)", kUnpack},
    {{"\x28\xB5\x2F\xFD", "", ""}, true, "packed with zstd", kUnpack},
    {{"\xFD"
      "7zXZ",
      "", ""},
     true,
     "packed with xz",
     kUnpack},
    {{"BZh", "", ""}, true, "packed with bzip2", kUnpack},
    {{"SQLite format 3", "", ""},
     true,
     "an SQLite database",
     "a recording of tierwatch is named without --load: tierwatch report RUN.db"},
    {{"Standard Jet DB", "", ""},
     false,
     "an Access database, as LoadRunner keeps its results",
     kOtherTool},
    {{"<jmeterTestPlan", "", ""}, false, "JMeter's test plan", kJmeterResults},
    {{"<FinalStatus", "", ""}, false, "the final status of Taurus", kTaurusKpi},
    {{"label,", "avg_ct", "avg_rt"}, false, "the final status of Taurus", kTaurusKpi},
    {{"<testsuite", "<testcase", ""},
     false,
     "JUnit's XML, in which requests have no times",
     "give what the load generator itself wrote"},
    {{"# HELP ", "# TYPE ", ""},
     true,
     "metrics in Prometheus' text format",
     "give what the load generator itself wrote"},
    {{"<!DOCTYPE html", "", ""}, true, "an HTML page", kDataOfPage},
    {{"<!doctype html", "", ""}, true, "an HTML page", kDataOfPage},
    {{"<html", "", ""}, true, "an HTML page", kDataOfPage},
    {{"\"log\"", "\"entries\"", "\"startedDateTime\""},
     false,
     "what a browser did (HAR)",
     "give what the load generator wrote"},
    {{"\"GET /", " HTTP/1.", "\" 200 "},
     false,
     "an access log with lines of a kind of its own",
     "lines of the format combined are read, JSON and tskv with time, request and status"},
    // vegeta.
    {{"Bucket ", "#", "Histogram"}, true, "vegeta's histogram", kVegetaEncode},
    {{"Value(ms)", "Percentile", "TotalCount"}, false, "vegeta's HDR plot", kVegetaEncode},
    {{"Result", "BytesOut", "BytesIn"}, false, "vegeta's binary results", kVegetaEncode},
    // k6.
    {{"iteration_duration..", "..: avg=", "iterations.."},
     false,
     "k6's text at the end of a test without HTTP requests",
     "of k6, HTTP requests are read (--out csv=FILE)"},
    {{"from 'k6/http'", "", ""}, false, "a script for k6", kK6Run},
    {{"from \"k6/http\"", "", ""}, false, "a script for k6", kK6Run},
    // Locust, and goose, which prints its tables.
    {{"=== PER ", " METRICS ===", ""}, false, "goose's text", kOtherTool},
    {{"coordinated_omission_elapsed", "elapsed", "final_url"},
     false,
     "goose's log of requests",
     kOtherTool},
    {{"elapsed", "scenario_index", "run_time"},
     false,
     "goose's log of transactions or scenarios",
     kOtherTool},
    {{"Method,Name,Error,Occurrences", "", ""}, true, "Locust's list of failures", kLocustCsv},
    {{"Count,Message,Traceback", "", ""}, true, "Locust's list of exceptions", kLocustCsv},
    {{"# reqs", "# fails", "Avg"}, false, "Locust's console text", kLocustCsv},
    {{"\"num_requests\"", "\"response_times\"", "\"num_failures\""},
     false,
     "Locust's JSON",
     kLocustCsv},
    {{"\"total_rps\"", "\"user_count\"", "\"stats\""},
     false,
     "the JSON of Locust's web page",
     kLocustCsv},
    // JMeter.
    {{"summary ", " Avg:", " Err:"}, false, "JMeter's summary lines", kJmeterResults},
    {{"Label,# Samples,Average", "", ""}, true, "JMeter's aggregate report", kJmeterResults},
    {{"sampler_label,aggregate_report_count", "", ""},
     true,
     "JMeter's aggregate report",
     kJmeterResults},
    {{"\"transaction\"", "\"sampleCount\"", "\"pct1ResTime\""},
     false,
     "the statistics of JMeter's dashboard",
     kJmeterResults},
    {{" INFO ", "o.a.j.", ""}, false, "JMeter's log", kJmeterResults},
    {{" INFO ", "- jmeter.", ""}, false, "JMeter's log", kJmeterResults},
    // Artillery, Gatling, ab, siege.
    {{"Summary report @", "vusers.", ""}, false, "Artillery's text", kArtilleryOutput},
    {{"Summary report @", "Scenarios launched", ""}, false, "Artillery's text", kArtilleryOutput},
    {{"vusers.created", "http.response_time:", ""}, false, "Artillery's text", kArtilleryOutput},
    {{"---- Global Information", "> request count", ""},
     false,
     "Gatling's console text",
     kGatlingLog},
    {{"\"numberOfRequests\"", "\"meanNumberOfRequestsPerSecond\"", ""},
     false,
     "the statistics of Gatling's page",
     kGatlingLog},
    {{"Percentage served,Time in ms", "", ""},
     true,
     "ab's table of percentiles (-e)",
     "give the text that ab prints, or what ab -g FILE writes"},
    {{"HTTP/1.", " secs:", " bytes ==> "}, false, "siege's lines for each request", kSiegeEnd},
    {{",HTTP/1.", "", ""}, false, "siege's lines for each request", kSiegeEnd},
    // Tools of which nothing is read.
    {{"Summary:\n  Count:", "  Slowest:", ""}, false, "ghz's text", kOtherTool},
    {{"\"latencyDistribution\"", "\"statusCodeDistribution\"", "\"average\""},
     false,
     "ghz's JSON",
     kOtherTool},
    {{"duration (ms),status,error", "", ""}, true, "ghz's CSV", kOtherTool},
    {{"Statistics ", "Reqs/sec", "HTTP codes:"}, false, "bombardier's text", kOtherTool},
    {{"\"numberOfConnections\"", "\"req2xx\"", ""}, false, "bombardier's JSON", kOtherTool},
    {{"finished in ", "requests: ", " succeeded, "}, false, "h2load's text", kOtherTool},
    {{"Aggregated Function Time", "All done ", ""}, false, "fortio's text", kOtherTool},
    {{"\"DurationHistogram\"", "\"ActualQPS\"", ""},
     false,
     "fortio's JSON (nighthawk writes it, too)",
     kOtherTool},
    {{"Nighthawk - A layer 7", "", ""}, false, "nighthawk's text", kOtherTool},
    {{"benchmark_http_client.", "", ""}, false, "nighthawk's output", kOtherTool},
    {{"Total: connections", "test-duration", "Reply status:"}, false, "httperf's text", kOtherTool},
    {{"Latencies:", "Requests:", "Req/Sec:"}, false, "rewrk's text", kOtherTool},
    {{"\"latency_avg\"", "\"requests_avg\"", ""}, false, "rewrk's JSON", kOtherTool},
    {{"Latency Percentile:", "Latency Histogram:", "RPS"}, false, "plow's text", kOtherTool},
    {{"\"Summary\"", "\"Percentiles\"", "\"RPS\""}, false, "plow's JSON", kOtherTool},
    {{"Time taken for tests ", "Successful requests ", "Requests per second "},
     false,
     "drill's text",
     kOtherTool},
    {{"Total Req..", "Failed Req..", "Req/s.."}, false, "cassowary's text", kOtherTool},
    {{" goroutine(s) running concurrently", "requests in ", ""},
     false,
     "go-wrk's text",
     kOtherTool},
    {{"# stats: dump at", "stats: ", ""}, false, "Tsung's log", kOtherTool},
    {{"\"stats\": [", "\"samples\"", "\"timestamp\""}, false, "Tsung's log", kOtherTool},
    {{"DateTime,", "Tests,Errors,", "TPS"}, false, "nGrinder's CSV", kOtherTool},
    {{"\"type\": \"request\"", "\"elapsed\"", "\"ts\""}, false, "Molotov's log", kOtherTool},
    {{"] stats: {", "", ""}, false, "Iago's log", kOtherTool},
    {{"Transaction Name", "90 Percent", "Pass"}, false, "LoadRunner's summary", kOtherTool},
};

bool has_all(std::string_view head, const OtherOutput& one) {
  if (one.begins && !head.starts_with(one.marks[0])) return false;
  return std::ranges::all_of(one.marks,
                             [&](std::string_view mark) { return head.find(mark) != head.npos; });
}

/// A header of tar has its mark at this place.
bool is_tar(std::string_view head) { return head.size() > 262 && head.substr(257, 5) == "ustar"; }

}  // namespace

std::optional<std::string> known_other_output(std::string_view head) {
  if (is_tar(head)) return std::string("a tar archive, which is not read: ") + kUnpack;
  head.remove_prefix(std::min(head.find_first_not_of(" \t\r\n"), head.size()));
  const auto known =
      std::ranges::find_if(kOthers, [&](const OtherOutput& one) { return has_all(head, one); });
  if (known == std::end(kOthers)) return std::nullopt;
  return std::string(known->what) + ", which is not read: " + known->instead;
}

}  // namespace tierwatch

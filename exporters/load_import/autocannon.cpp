// SPDX-License-Identifier: MIT
//
// autocannon -j: totals, with the time of day of begin and end. Latencies are whole milliseconds.
#include "exporters/load_import/clock_text.h"
#include "exporters/load_import/formats.h"
#include "exporters/load_import/json_events.h"
#include "exporters/load_import/number_text.h"

namespace tierwatch {
namespace {

struct AutocannonRun : JsonListener {
  LoadTotals totals;
  double answered = 0, broken = 0, refused = 0, pipelining = 1;
  std::optional<std::chrono::nanoseconds> start;

  void on_value(std::string_view path, const JsonScalar& value) override {
    if (path == "/start" && value.text) start = parse_rfc3339(*value.text);
    if (!value.number) return;
    const double number = *value.number;
    if (path == "/connections") totals.users = number;
    if (path == "/pipelining") pipelining = number;
    if (path == "/duration") totals.seconds = number;
    if (path == "/requests/total") answered = number;
    if (path == "/errors") broken = number;  // time-outs among them
    if (path == "/non2xx") refused = number;
    if (path == "/latency/average") totals.mean_seconds = number / 1e3;
    if (path == "/latency/p50") totals.p50_seconds = number / 1e3;
    if (path == "/latency/p90") totals.p90_seconds = number / 1e3;
    if (path == "/latency/p99") totals.p99_seconds = number / 1e3;
    if (path == "/latency/max") totals.max_seconds = number / 1e3;
  }
  void on_object_end(std::string_view) override {}
};

}  // namespace

bool looks_like_autocannon(std::string_view head) {
  return head.find("\"pipelining\":") != head.npos && head.find("\"non2xx\":") != head.npos;
}

LoadSeries read_autocannon(ImportInput& input) {
  AutocannonRun run;
  if (const auto fault = listen_to_json(input.source, run))
    input.refuse(fault->what + "; autocannon writes it when it ends: let it finish");
  if (run.totals.seconds <= 0) input.refuse("no duration in it");
  LoadSeries series;
  series.totals = run.totals;
  series.totals.requests = run.answered + run.broken;
  series.totals.errors = run.refused + run.broken;
  if (run.start) {
    series.start = std::chrono::system_clock::time_point(
        std::chrono::duration_cast<std::chrono::system_clock::duration>(*run.start));
  }
  if (run.pipelining > 1)
    series.warnings.push_back("connections sent several requests at once (pipelining)");
  return series;
}

}  // namespace tierwatch

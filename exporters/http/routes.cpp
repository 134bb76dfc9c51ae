// SPDX-License-Identifier: MIT
#include "exporters/http/routes.h"

#include <charconv>
#include <cstdio>
#include <utility>

#include "exporters/own_process.h"
#include "exporters/prometheus/prometheus_exporter.h"
#include "exporters/json/snapshot_json.h"

namespace tierwatch {
namespace {

constexpr const char* kPrometheusText = "text/plain; version=0.0.4; charset=utf-8";
constexpr const char* kJson = "application/json";
constexpr const char* kHtml = "text/html; charset=utf-8";

constexpr std::string_view kPageHead = R"(<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>tierwatch</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<style>
:root { color-scheme: light dark }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 42rem; margin: 2rem auto; padding: 0 1rem }
td, th { text-align: left; padding: .15rem 1.5rem .15rem 0 }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums }
footer { margin-top: 2rem; opacity: .7 }
</style></head><body>
<h1>tierwatch</h1>
<ul>
<li><a href="/metrics">/metrics</a> for Prometheus</li>
<li><a href="/api/v1/snapshot">/api/v1/snapshot</a> the latest sample as JSON</li>
<li><a href="/-/ready">/-/ready</a> and <a href="/-/healthy">/-/healthy</a> for probes</li>
</ul>
)";

/// For text that came from configuration: `<` in a tier's name must do nothing.
std::string escape_html(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '&':
        out += "&amp;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string two_digits(double number) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2f", number);
  return text;
}

std::string tier_table(const Snapshot& snapshot) {
  if (snapshot.tiers.empty()) return "<p>No process of a known tier has been seen yet.</p>\n";
  std::string rows =
      "<table><tr><th>tier</th><th class=\"n\">processes</th><th class=\"n\">CPU cores</th></tr>\n";
  for (const TierSample& tier : snapshot.tiers) {
    rows += "<tr><td>" + escape_html(tier.name) + "</td><td class=\"n\">" +
            std::to_string(tier.sums.processes) + "</td><td class=\"n\">" +
            (tier.rates ? two_digits(tier.rates->cpu_cores) : "–") + "</td></tr>\n";
  }
  return rows + "</table>\n";
}

HttpResponse landing_page(const SnapshotPtr& snapshot) {
  std::string page(kPageHead);
  page += snapshot ? tier_table(*snapshot) : "<p>The first sample is not taken yet.</p>\n";
  page += "<footer>tierwatch " + escape_html(build_version());
  if (snapshot) page += " on " + escape_html(snapshot->hostname);
  page += "</footer>\n</body></html>\n";
  return {.content_type = kHtml, .body = std::move(page)};
}

/// `?processes=table&in_full=PID`; anything else means the whole list.
JsonOptions json_options(const HttpRequest& request) {
  JsonOptions options{.processes = request.local || request.authenticated};
  const auto value = [&request](const char* name) -> std::string_view {
    const auto found = request.query.find(name);
    return found == request.query.end() ? std::string_view() : std::string_view(found->second);
  };
  options.process_table = value("processes") == "table";
  const std::string_view pid = value("in_full");
  std::from_chars(pid.data(), pid.data() + pid.size(), options.in_full);
  return options;
}

HttpResponse snapshot_document(const SnapshotPtr& snapshot, const HttpRequest& request) {
  if (!snapshot) {
    return {.status = 503,
            .content_type = kJson,
            .body = R"({"error":"no sample yet"})"
                    "\n"};
  }
  return {.content_type = kJson, .body = to_json(*snapshot, json_options(request)) + "\n"};
}

/// A sampler that hangs leaves its last snapshot behind: that alone says nothing of its health.
HttpResponse health(const std::optional<std::string>& problem, const char* well) {
  if (problem) return {.status = 503, .body = *problem + "\n"};
  return {.body = well};
}

HttpResponse readiness(const SnapshotPtr& snapshot, const std::optional<std::string>& problem) {
  if (!snapshot && !problem) return {.status = 503, .body = "The first sample is not taken yet.\n"};
  return health(problem, "Ready.\n");
}

}  // namespace

std::map<std::string, HttpHandler> make_routes(const LatestSnapshot& latest,
                                               const ServiceState& state,
                                               std::function<nanoseconds()> now) {
  const auto problem = [&state, now](const SnapshotPtr& snapshot) {
    return state.sampler_problem(snapshot.get(), now());
  };
  return {
      {"/", [&latest](const HttpRequest&) { return landing_page(latest.get()); }},
      {"/metrics",
       [&latest, &state, now,
        exporter = std::make_shared<PrometheusExporter>()](const HttpRequest&) {
         return HttpResponse{
             .content_type = kPrometheusText,
             .body = exporter->text(latest.get(), {.now_monotonic = now(), .service = &state})};
       }},
      {"/-/healthy",
       [&latest, problem](const HttpRequest&) {
         return health(problem(latest.get()), "Healthy.\n");
       }},
      {"/-/ready",
       [&latest, problem](const HttpRequest&) {
         const SnapshotPtr snapshot = latest.get();
         return readiness(snapshot, problem(snapshot));
       }},
      {"/api/v1/snapshot",
       [&latest](const HttpRequest& request) { return snapshot_document(latest.get(), request); }},
  };
}

}  // namespace tierwatch

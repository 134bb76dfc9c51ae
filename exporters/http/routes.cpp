// SPDX-License-Identifier: MIT
#include "exporters/http/routes.h"

#include <algorithm>
#include <charconv>
#include <initializer_list>
#include <utility>

#include "exporters/http/http_text.h"
#include "exporters/http/page_policy.h"
#include "exporters/json/snapshot_json.h"
#include "exporters/json/snapshot_written_once.h"
#include "exporters/live/live_page.h"
#include "exporters/prometheus/prometheus_exporter.h"

namespace tierwatch {
namespace {

constexpr const char* kJson = "application/json";
constexpr const char* kHtml = "text/html; charset=utf-8";

/// By quality and, of alike ones, OpenMetrics where it is named. Without the header, and where
/// neither is liked: text.
MetricFormat accepted_format(const HttpRequest& request) {
  constexpr int kNamed = 3;
  const Liking text = liking(request.accept, "text/plain", "0.0.4");
  const Liking open = liking(request.accept, "application/openmetrics-text", "1.0.0");
  const bool better =
      open.quality > text.quality || (open.quality == text.quality && open.exactness >= kNamed);
  return better && open.quality > 0 ? MetricFormat::kOpenMetrics : MetricFormat::kText;
}

/// Whoever may see processes: those on this machine, and who has a password.
bool may_see_processes(const HttpRequest& request) {
  return request.local || request.authenticated;
}

/// A value of the query; empty where it is not there.
std::string_view asked(const HttpRequest& request, const char* name) {
  const auto found = request.query.find(name);
  return found == request.query.end() ? std::string_view() : std::string_view(found->second);
}

/// As a decimal number; 0 where it is not there. False: it is none.
template <typename Number>
bool read_number(const HttpRequest& request, const char* name, Number& number) {
  const std::string_view text = asked(request, name);
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  return text.empty() || (error == std::errc{} && stop == end);
}
template <typename Number>
Number asked_number(const HttpRequest& request, const char* name) {
  Number number = 0;
  return read_number(request, name, number) ? number : 0;
}

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::ranges::find(words, text) != words.end();
}

/// What is wrong with a query; empty: nothing. Names that are not known here are passed over: a
/// later version may know them.
std::string query_problem(const HttpRequest& request) {
  std::uint64_t after = 0;
  pid_t pid = 0;
  if (!is_one_of(asked(request, "processes"), {"", "all", "none", "table"}))
    return "processes is one of all, table, none";
  if (!is_one_of(asked(request, "ticks"), {"", "all", "none"})) return "ticks is one of all, none";
  if (!read_number(request, "in_full", pid)) return "in_full is the number of a process";
  if (!read_number(request, "after", after)) return "after is the number of a sample";
  return "";
}

/// Answers what can be understood.
HttpHandler with_sound_query(HttpHandler handler) {
  return [handler = std::move(handler)](const HttpRequest& request) {
    const std::string problem = query_problem(request);
    if (problem.empty()) return handler(request);
    return HttpResponse{
        .status = 400, .content_type = kJson, .body = "{\"error\":\"" + problem + "\"}\n"};
  };
}

/// `?processes=none`, `?processes=table&in_full=PID`; without them the whole list.
JsonOptions json_options(const HttpRequest& request) {
  const std::string_view processes = asked(request, "processes");
  return {.processes = processes != "none" && may_see_processes(request),
          .process_table = processes == "table",
          .in_full = asked_number<pid_t>(request, "in_full")};
}

HttpResponse snapshot_document(const SnapshotPtr& snapshot, SnapshotWrittenOnce& written,
                               const HttpRequest& request) {
  if (!snapshot) {
    return {.status = 503,
            .content_type = kJson,
            .body = R"({"error":"no sample yet"})"
                    "\n"};
  }
  return {.content_type = kJson, .body = written.json(snapshot, json_options(request)) + "\n"};
}

/// What the page draws over time, and whether the newest of it is late.
HttpResponse recent_document(const RecentHistory& recent, const std::optional<std::string>& problem,
                             const HttpRequest& request) {
  return {.content_type = kJson,
          .body = recent.json(asked_number<std::uint64_t>(request, "after"), problem,
                              asked(request, "ticks") != "none") +
                  "\n"};
}

HttpResponse process_metrics(PrometheusExporter& exporter, const SnapshotPtr& snapshot,
                             const HttpRequest& request) {
  if (!may_see_processes(request))
    return {.status = 403,
            .body =
                "Processes are served to readers on this machine, and to users with a password "
                "(basic_auth_users of the configuration).\n"};
  const MetricFormat format = accepted_format(request);
  return {.content_type = content_type(format), .body = exporter.process_text(snapshot, format)};
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
                                               const RecentHistory& recent,
                                               std::function<nanoseconds()> now) {
  const auto problem = [&state, now](const SnapshotPtr& snapshot) {
    return state.sampler_problem(snapshot.get(), now());
  };
  const auto exporter = std::make_shared<PrometheusExporter>();
  const auto written = std::make_shared<SnapshotWrittenOnce>();
  const HttpResponse page{.content_type = kHtml,
                          .body = live_page(),
                          .content_security_policy = page_policy(live_style(), live_script())};
  return {
      {"/", [page](const HttpRequest&) { return page; }},
      {"/metrics",
       [&latest, &state, now, exporter](const HttpRequest& request) {
         const MetricFormat format = accepted_format(request);
         return HttpResponse{
             .content_type = content_type(format),
             .body =
                 exporter->text(latest.get(), {.now_monotonic = now(), .service = &state}, format)};
       }},
      {"/metrics/processes",
       [&latest, exporter](const HttpRequest& request) {
         return process_metrics(*exporter, latest.get(), request);
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
      {"/api/v1/recent", with_sound_query([&latest, &recent, problem](const HttpRequest& request) {
         return recent_document(recent, problem(latest.get()), request);
       })},
      {"/api/v1/snapshot", with_sound_query([&latest, written](const HttpRequest& request) {
         return snapshot_document(latest.get(), *written, request);
       })},
  };
}

}  // namespace tierwatch

// SPDX-License-Identifier: MIT
#include "daemon/doctor/daemon_state.h"

#include <algorithm>
#include <charconv>
#include <stdexcept>

#include "daemon/feeds/remote_feed.h"
#include "daemon/service/history.h"
#include "exporters/http/http_fetcher.h"
#include "exporters/json/snapshot_json.h"

namespace tierwatch {
namespace {

constexpr const char* kServiceHistory = "/var/lib/tierwatch/history.db";

std::string one_line(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  return text;
}

/// What answers there is a tierwatch daemon, or wants a password first.
bool speaks_as_daemon(const Fetched& health) {
  constexpr int kOk = 200, kUnauthorized = 401, kUnavailable = 503;
  return health.status == kUnauthorized || (health.status == kOk && health.body == "Healthy.\n") ||
         (health.status == kUnavailable && health.body.find("ampl") != std::string::npos);
}

/// The value of a label in the one line of a metric; empty when there is none.
std::string label_of(const std::string& metrics, const std::string& name,
                     const std::string& label) {
  const auto at = metrics.find("\n" + name + "{");
  if (at == std::string::npos) return "";
  const std::string line = metrics.substr(at + 1, metrics.find('\n', at + 1) - at - 1);
  const std::string key = label + "=\"";
  const auto begin = line.find(key);
  if (begin == std::string::npos) return "";
  return line.substr(begin + key.size(), line.find('"', begin + key.size()) - begin - key.size());
}

/// How often metrics were served; absent when the daemon counts no requests.
std::optional<std::uint64_t> scrapes_in(const std::string& metrics) {
  constexpr std::string_view kServed =
      "\ntierwatch_http_requests_total{code=\"200\",handler=\"/metrics\"} ";
  if (metrics.find("\ntierwatch_http_requests_total{") == std::string::npos) return std::nullopt;
  std::uint64_t count = 0;
  if (const auto at = metrics.find(kServed); at != std::string::npos)
    std::from_chars(metrics.data() + at + kServed.size(), metrics.data() + metrics.size(), count);
  return count;
}

/// False when nobody is there.
bool ask(const HttpFetcherOptions& options, DaemonState& state) {
  HttpFetcher fetcher(options);
  const Fetched health = fetcher.get("/-/healthy");
  const std::string where = options.unix_socket.empty() ? options.base_url : options.unix_socket;
  if (!speaks_as_daemon(health)) {
    state.trouble += (state.trouble.empty() ? "" : "; ") + where + ": " +
                     (health.status ? "answers, but not as tierwatch does" : health.problem);
    return false;
  }
  state.runs = true;
  state.where = where;
  state.locked = health.status == 401;
  if (state.locked) return true;
  if (health.status != 200) state.unwell = one_line(health.body);
  const Fetched metrics = fetcher.get("/metrics");
  state.reload_refused =
      metrics.body.find("\ntierwatch_config_last_reload_successful 0\n") != std::string::npos;
  state.sockets_passed =
      metrics.body.find("\ntierwatch_http_sockets_passed 1\n") != std::string::npos;
  state.scrapes = scrapes_in(metrics.body);
  state.pushes = metrics.body.find("\ntierwatch_otlp_pushes_total{") != std::string::npos;
  state.keeps_history = metrics.body.find("\ntierwatch_history_size_bytes ") != std::string::npos;
  constexpr const char* kSource = "tierwatch_process_source_info";
  state.process_source = label_of(metrics.body, kSource, "source");
  state.process_source_reason = label_of(metrics.body, kSource, "reason");
  const Fetched snapshot = fetcher.get("/api/v1/snapshot?processes=table");
  if (snapshot.status != 200) return true;
  try {
    state.notes = snapshot_from_json(snapshot.body).notes;
  } catch (const std::invalid_argument&) {
    state.unwell = "its snapshot cannot be read: it is of another version than this program";
  }
  return true;
}

}  // namespace

std::chrono::seconds stale_history_age(std::chrono::milliseconds interval) {
  return std::max(std::chrono::seconds(60), std::chrono::ceil<std::chrono::seconds>(3 * interval));
}

HistoryState look_at_history(const Config& config, std::filesystem::file_time_type now) {
  using Kept = HistoryState::Kept;
  HistoryState state;
  if (config.history.path == "none") return {.kept = Kept::kNowhere, .file = {}, .age = {}};
  state.file = history_file(config.history).value_or(kServiceHistory);
  std::error_code error;
  auto written = std::filesystem::last_write_time(state.file, error);
  if (error) {
    state.kept = error == std::errc::permission_denied ? Kept::kDenied : Kept::kMissing;
    return state;
  }
  // What is committed goes to the write-ahead log first (sqlite.org/wal.html).
  const auto logged = std::filesystem::last_write_time(state.file.string() + "-wal", error);
  if (!error) written = std::max(written, logged);
  state.age =
      std::max(std::chrono::seconds(0), std::chrono::floor<std::chrono::seconds>(now - written));
  state.kept =
      state.age <= stale_history_age(config.sampling.interval) ? Kept::kFresh : Kept::kStale;
  return state;
}

DaemonState ask_daemon(const Config* config) {
  DaemonState state;
  if (!ask({.unix_socket = kDaemonSocket, .base_url = "http://localhost", .anonymous = true},
           state))
    ask({.base_url = kDaemonUrl, .anonymous = true}, state);
  if (config)
    state.history = look_at_history(*config, std::filesystem::file_time_type::clock::now());
  else
    state.history.kept = HistoryState::Kept::kUnknown;
  return state;
}

}  // namespace tierwatch

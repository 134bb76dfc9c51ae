// SPDX-License-Identifier: MIT
#include "daemon/daemon_command.h"

#include <sys/resource.h>

#include <algorithm>

#include "daemon/clock.h"
#include "daemon/fault_reporter.h"
#include "daemon/history.h"
#include "daemon/local_feed.h"
#include "daemon/log.h"
#include "daemon/service_manager.h"
#include "daemon/signals.h"
#include "daemon/tick_schedule.h"
#include "daemon/verdict_reporter.h"
#include "daemon/web_security.h"
#include "exporters/http_server.h"
#include "exporters/latest_snapshot.h"
#include "exporters/routes.h"

namespace tierwatch {
namespace {

/// Descriptors for scrapers, files that are read and closed, and the libraries.
constexpr rlim_t kOtherDescriptors = 1280;

/// Raises the soft limit as far as it helps and returns how many files may be kept open.
std::size_t raise_descriptor_limit(std::size_t kept) {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  limit.rlim_cur = std::min(limit.rlim_max, std::max(limit.rlim_cur, kept + kOtherDescriptors));
  if (setrlimit(RLIMIT_NOFILE, &limit) != 0) getrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_cur > kOtherDescriptors
             ? std::min<std::size_t>(kept, limit.rlim_cur - kOtherDescriptors)
             : 0;
}

Config effective_config(const DaemonOptions& options) {
  Config config = load_config_or_default(options.config);
  if (!options.listen_addresses.empty()) {
    config.web.listen_addresses = options.listen_addresses;
    config.web.listen_addresses_are_default = false;
  }
  if (options.log_level) config.log.level = *options.log_level;
  if (options.interval) config.sampling.interval = *options.interval;
  config.sampling.kept_descriptors = raise_descriptor_limit(config.sampling.kept_descriptors);
  return config;
}

/// The addresses to bind: of the defaults, the Unix socket only where its directory exists (systemd
/// makes it).
std::vector<std::string> addresses(const WebConfig& web) {
  std::vector<std::string> result = web.listen_addresses;
  if (!web.listen_addresses_are_default) return result;
  std::erase_if(result, [](const std::string& address) {
    constexpr std::string_view kUnix = "unix:";
    if (!address.starts_with(kUnix)) return false;
    return !std::filesystem::is_directory(
        std::filesystem::path(address.substr(kUnix.size())).parent_path());
  });
  return result;
}

HttpServerOptions server_options(const Config& config) {
  HttpServerOptions options = load_web_security(config);
  options.listen_addresses = addresses(config.web);
  return options;
}

std::string manner(const HttpServerOptions& options) {
  const bool tls = !options.tls_certificate.empty();
  if (options.users.empty()) return tls ? " (https)" : "";
  return tls ? " (https, with passwords)" : " (with passwords)";
}

std::string joined(const std::vector<std::string>& words) {
  std::string result;
  for (const std::string& word : words) result += (result.empty() ? "" : ", ") + word;
  return result;
}

class Daemon {
 public:
  explicit Daemon(const DaemonOptions& options)
      : options_(options),
        config_(effective_config(options)),
        feed_(config_),
        schedule_(monotonic_now(), config_.sampling.interval),
        queue_schedule_(monotonic_now(), LocalFeed::kQueueInterval) {
    set_up_log(config_.log.level);
    listen(server_options(config_));
    keep_history();
  }

  int run() {
    tick();
    log_info("watching " + joined(tier_names()) + "; serving " +
             joined(server_->bound_addresses()) + manner(serving_));
    tell_ready("sampling every " + std::to_string(config_.sampling.interval.count()) + " ms");
    while (true) {
      switch (signals_.wait_until(std::min(schedule_.next(), queue_schedule_.next()))) {
        case Wake::kDeadline:
          on_deadline();
          break;
        case Wake::kReload:
          reload();
          break;
        case Wake::kStop:
          tell_stopping();
          log_info("stopping");
          return 0;
      }
    }
  }

 private:
  /// No history is no reason not to watch: whatever is wrong with it is told and tried again.
  void keep_history() {
    if (history_) unrecorded_ += history_->dropped_ticks();
    history_.reset();
    if (const auto file = history_file(config_.history))
      history_ = std::make_unique<HistoryKeeper>(*file, config_);
  }

  void listen(const HttpServerOptions& options) {
    server_ = std::make_unique<HttpServer>(options, make_routes(latest_, monotonic_now));
    serving_ = options;
    if (!options.users.empty() && options.tls_certificate.empty())
      log_warn("passwords pass the network readable by others: [web] has no cert_file");
  }

  std::vector<std::string> tier_names() const {
    std::vector<std::string> names;
    for (const TierRule& tier : config_.rules.tiers) names.push_back(tier.name);
    return names;
  }

  void on_deadline() {
    if (monotonic_now() >= schedule_.next())
      tick();
    else
      feed_.sample_queues();
    if (history_) history_->take_marks();
    queue_schedule_.set_interval(feed_.queue_interval());
    queue_schedule_.advance(monotonic_now());
  }

  void tick() {
    SnapshotPtr snapshot =
        feed_.sample(schedule_.late(), unrecorded_ + (history_ ? history_->dropped_ticks() : 0));
    for (const std::string& line : faults_.report(snapshot->faults, snapshot->at.monotonic))
      log_warn(line);
    for (const std::string& note : snapshot->notes) {
      if (std::find(said_.begin(), said_.end(), note) != said_.end()) continue;
      log_warn(note);
      said_.push_back(note);
    }
    if (const auto line = verdicts_.report(snapshot->verdict)) log_info(*line);
    if (history_) history_->add(snapshot);
    latest_.set(std::move(snapshot));
    schedule_.advance(monotonic_now());
    tell_alive();
  }

  /// A file that cannot be used leaves everything as it is.
  void reload() {
    tell_reloading();
    try {
      Config fresh = effective_config(options_);
      const HttpServerOptions wanted = server_options(fresh);
      const WebConfig before = config_.web;
      const HistoryConfig history_before = config_.history;
      config_ = std::move(fresh);
      set_up_log(config_.log.level);
      feed_.reconfigure(config_);
      schedule_.restart(monotonic_now(), config_.sampling.interval);
      if (config_.history != history_before) keep_history();
      if (wanted != serving_) relisten(wanted, before);
      log_info("configuration reloaded: watching " + joined(tier_names()));
    } catch (const std::exception& error) {
      log_error("configuration not reloaded, the running one stays in force: " +
                std::string(error.what()));
    }
    tell_ready("sampling every " + std::to_string(config_.sampling.interval.count()) + " ms");
  }

  void relisten(const HttpServerOptions& wanted, const WebConfig& before) {
    server_.reset();  // the new addresses may overlap with the old ones
    const HttpServerOptions served = serving_;
    try {
      listen(wanted);
    } catch (const std::exception&) {
      config_.web = before;
      listen(served);
      throw;
    }
  }

  DaemonOptions options_;
  Signals signals_;  // before any thread
  Config config_;
  LocalFeed feed_;
  TickSchedule schedule_;
  TickSchedule queue_schedule_;  ///< accept queues, between ticks
  LatestSnapshot latest_;
  HttpServerOptions serving_;
  std::unique_ptr<HttpServer> server_;
  std::unique_ptr<HistoryKeeper> history_;  ///< null: none is kept
  std::uint64_t unrecorded_ = 0;            ///< by histories before a reload
  FaultReporter faults_;
  VerdictReporter verdicts_;
  std::vector<std::string> said_;
};

}  // namespace

int run_daemon(const DaemonOptions& options) { return Daemon(options).run(); }

}  // namespace tierwatch

// SPDX-License-Identifier: MIT
#include "daemon/commands/daemon_command.h"

#include <sys/resource.h>

#include <algorithm>

#include "daemon/service/clock.h"
#include "daemon/service/fault_reporter.h"
#include "daemon/service/history.h"
#include "daemon/feeds/local_feed.h"
#include "daemon/service/log.h"
#include "daemon/service/note_reporter.h"
#include "daemon/service/service_manager.h"
#include "daemon/service/signals.h"
#include "daemon/service/tick_schedule.h"
#include "daemon/service/verdict_reporter.h"
#include "daemon/service/web_security.h"
#include "exporters/http/http_server.h"
#include "exporters/latest_snapshot.h"
#include "exporters/http/routes.h"
#include "exporters/service_state.h"

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
  return config;
}

Config with_descriptors(Config config) {
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
        config_(with_descriptors(effective_config(options))),
        feed_(config_),
        schedule_(monotonic_now(), config_.sampling.interval),
        queue_schedule_(monotonic_now(), LocalFeed::kQueueInterval) {
    set_up_log(config_.log.level);
    serving_ = server_options(config_);
    server_ = make_server(serving_);
    keep_history();
    state_.config_loaded(std::chrono::system_clock::now());
    state_.expect_samples(config_.sampling.interval, monotonic_now());
  }

  int run() {
    tick();
    log_info("watching " + joined(tier_names()) + "; serving " +
             joined(server_->bound_addresses()) + manner(serving_));
    tell_ready(status());
    while (true) {
      switch (signals_.wait_until(std::min(schedule_.next(), queue_schedule_.next()))) {
        case Wake::kDeadline:
          on_deadline_guarded();
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
    const auto file = history_file(config_.history);
    if (!file) return;
    try {
      history_ = std::make_unique<HistoryKeeper>(*file, config_,
                                                 [this] { state_.count(Helper::kRecorder); });
    } catch (const std::exception& error) {  // no thread to be had
      state_.fault(Helper::kRecorder, "no history until a reload: " + std::string(error.what()),
                   monotonic_now());
    }
  }

  /// Beside the running server, if there is one, which is to be let go afterwards.
  std::unique_ptr<HttpServer> make_server(const HttpServerOptions& options) {
    auto server = std::make_unique<HttpServer>(
        options, make_routes(latest_, state_, monotonic_now),
        [this](const std::string& what) { state_.fault(Helper::kHttp, what, monotonic_now()); },
        server_.get());
    if (!options.users.empty() && options.tls_certificate.empty())
      log_warn("passwords pass the network readable by others: [web] has no cert_file");
    return server;
  }

  std::string status() const {
    return "sampling every " + std::to_string(config_.sampling.interval.count()) + " ms";
  }

  std::vector<std::string> tier_names() const {
    std::vector<std::string> names;
    for (const TierRule& tier : config_.rules.tiers) names.push_back(tier.name);
    return names;
  }

  /// A sample that fails must not end the daemon: when it goes on, /-/healthy and the watchdog
  /// tell.
  void on_deadline_guarded() {
    try {
      on_deadline();
    } catch (const std::exception& error) {
      state_.fault(Helper::kSampler, error.what(), monotonic_now());
      schedule_.skip_past(monotonic_now());
      queue_schedule_.advance(monotonic_now());
    }
  }

  void on_deadline() {
    if (monotonic_now() >= schedule_.next())
      tick();
    else
      look_between_ticks();
    if (history_) history_->take_marks();
    queue_schedule_.set_interval(feed_.queue_interval());
    queue_schedule_.advance(monotonic_now());
  }

  void look_between_ticks() {
    feed_.sample_queues();
    if (!state_.sampler_problem(latest_.get().get(), monotonic_now()))
      watchdog_.waiting(monotonic_now());
  }

  void tick() {
    SnapshotPtr snapshot =
        feed_.sample(schedule_.late(), unrecorded_ + (history_ ? history_->dropped_ticks() : 0));
    for (const std::string& line : faults_.report(snapshot->faults, snapshot->at.monotonic))
      log_warn(line);
    for (const std::string& note : notes_.report(snapshot->notes, snapshot->at.monotonic))
      log_warn(note);
    if (const auto line = verdicts_.report(snapshot->verdict)) log_info(*line);
    if (history_) history_->add(snapshot);
    latest_.set(std::move(snapshot));
    schedule_.advance(monotonic_now());
    watchdog_.sampled(monotonic_now());
  }

  /// A configuration that cannot be used, its addresses included, leaves everything as it is.
  void reload() {
    tell_reloading();
    try {
      Config fresh = effective_config(options_);
      HttpServerOptions wanted = server_options(fresh);
      std::unique_ptr<HttpServer> server;
      if (wanted != serving_) server = make_server(wanted);
      // Nothing was let go so far; nothing can fail from here on.
      if (server) {
        server_ = std::move(server);
        serving_ = std::move(wanted);
      }
      take(with_descriptors(std::move(fresh)));
      log_info("configuration reloaded: watching " + joined(tier_names()) + "; serving " +
               joined(server_->bound_addresses()) + manner(serving_));
      tell_ready(status());
    } catch (const std::exception& error) {
      state_.config_refused();
      log_error("configuration not reloaded, the running one stays in force: " +
                std::string(error.what()));
      tell_ready(status() + "; the new configuration was refused, see the log");
    }
  }

  void take(Config fresh) {
    const bool other_history = fresh.history != config_.history;
    config_ = std::move(fresh);
    set_up_log(config_.log.level);
    feed_.reconfigure(config_);
    schedule_.restart(monotonic_now(), config_.sampling.interval);
    if (other_history) keep_history();
    state_.config_loaded(std::chrono::system_clock::now());
    state_.expect_samples(config_.sampling.interval, monotonic_now());
  }

  DaemonOptions options_;
  Signals signals_;  // before any thread
  Config config_;
  LocalFeed feed_;
  TickSchedule schedule_;
  TickSchedule queue_schedule_;  ///< accept queues, between ticks
  Watchdog watchdog_;
  LatestSnapshot latest_;
  ServiceState state_{log_error};
  HttpServerOptions serving_;
  std::unique_ptr<HttpServer> server_;
  std::unique_ptr<HistoryKeeper> history_;  ///< null: none is kept
  std::uint64_t unrecorded_ = 0;            ///< by histories before a reload
  FaultReporter faults_;
  VerdictReporter verdicts_;
  NoteReporter notes_;
};

}  // namespace

int run_daemon(const DaemonOptions& options) { return Daemon(options).run(); }

}  // namespace tierwatch

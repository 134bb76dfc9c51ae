// SPDX-License-Identifier: MIT
#include "daemon/commands/daemon_command.h"

#include <sys/resource.h>

#include <algorithm>
#include <stdexcept>

#include "collectors/text/plain_words.h"
#include "collectors/text/printable_text.h"
#include "config/web_config_file.h"
#include "daemon/feeds/local_feed.h"
#include "daemon/service/clock.h"
#include "daemon/service/fault_reporter.h"
#include "daemon/service/file_watch.h"
#include "daemon/service/history.h"
#include "daemon/service/log.h"
#include "daemon/service/note_reporter.h"
#include "daemon/service/sample_push.h"
#include "daemon/service/service_manager.h"
#include "daemon/service/signals.h"
#include "daemon/service/tick_schedule.h"
#include "daemon/service/verdict_reporter.h"
#include "daemon/service/web_security.h"
#include "exporters/http/http_server.h"
#include "exporters/http/routes.h"
#include "exporters/http/tls_identity.h"
#include "exporters/latest_snapshot.h"
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

Config with_web_file(const DaemonOptions& options, Config config) {
  if (options.web_config) load_web_config_file(*options.web_config, config.web);
  return config;
}

Config with_descriptors(Config config) {
  config.sampling.kept_descriptors = raise_descriptor_limit(config.sampling.kept_descriptors);
  return config;
}

/// Those that systemd passed go before all that is configured: it holds them, and nobody else would
/// answer there.
std::vector<std::string> passed_addresses(bool wanted) {
  std::vector<std::string> all;
  for (const int socket : passed_sockets()) all.push_back(passed_address(socket));
  if (wanted && all.empty())
    throw std::runtime_error(
        "systemd passed no socket, and --web.systemd-socket was given (is tierwatch.socket "
        "enabled? "
        "systemctl enable --now tierwatch.socket)");
  return all;
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

HttpServerOptions server_options(const Config& config, const std::vector<std::string>& passed) {
  HttpServerOptions options = load_web_security(config);
  options.listen_addresses = passed.empty() ? addresses(config.web) : passed;
  return options;
}

std::string manner(const HttpServerOptions& options) {
  const bool tls = !options.tls_certificate.empty();
  if (options.users.empty()) return tls ? " (https)" : "";
  return tls ? " (https, with passwords)" : " (with passwords)";
}

class Daemon {
 public:
  explicit Daemon(const DaemonOptions& options)
      : options_(options),
        passed_(passed_addresses(options.systemd_socket)),
        base_(effective_config(options)),
        config_(with_descriptors(with_web_file(options, base_))),
        feed_(config_),
        schedule_(monotonic_now(), config_.sampling.interval),
        queue_schedule_(monotonic_now(), LocalFeed::kQueueInterval) {
    set_up_log(config_.log.level);
    HttpServerOptions wanted = server_options(config_, passed_);
    server_ = make_server(wanted);
    serve(std::move(wanted));
    watch_web_files();
    keep_history();
    if (const auto file = history_file(config_.history)) recall_ = recall_history(*file, recent_);
    tell_state();
  }

  int run() {
    tick();
    log_info("watching " + joined(tier_names()) + "; serving " +
             joined(server_->bound_addresses()) + manner(serving_) +
             (passed_.empty() ? "" : "; sockets from systemd"));
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
  /// A server that others have followed, and how long its clients have.
  struct Retired {
    std::unique_ptr<HttpServer> server;
    nanoseconds until;
  };
  static constexpr std::size_t kMostRetired = 4;
  static constexpr nanoseconds kFarewell = std::chrono::seconds(5);

  /// No history is no reason not to watch: whatever is wrong with it is told and tried again.
  void keep_history() {
    if (history_) unrecorded_ += history_->dropped_ticks();
    history_.reset();
    state_.keep_history(std::nullopt);
    const auto file = history_file(config_.history);
    if (!file) return;
    try {
      history_ = std::make_unique<HistoryKeeper>(
          *file, config_, [this] { state_.count(Helper::kRecorder); },
          [this](const HistoryStanding& standing) { state_.keep_history(standing); });
    } catch (const std::exception& error) {  // no thread to be had
      state_.fault(Helper::kRecorder, "no history until a reload: " + std::string(error.what()),
                   monotonic_now());
    }
  }

  /// Beside the running server, if there is one, which is to be let go afterwards.
  std::unique_ptr<HttpServer> make_server(const HttpServerOptions& options) {
    auto server = std::make_unique<HttpServer>(
        options, make_routes(latest_, state_, recent_, monotonic_now),
        [this](const std::string& what) { state_.fault(Helper::kHttp, what, monotonic_now()); },
        server_.get(), state_.web_events());
    if (!options.users.empty() && options.tls_certificate.empty())
      log_warn("passwords pass the network readable by others: [web] has no cert_file");
    return server;
  }

  /// Of those that systemd passed, [web] listen says nothing.
  void tell_sockets() {
    state_.use_passed_sockets(!passed_.empty());
    if (!passed_.empty() && !config_.web.listen_addresses_are_default)
      log_warn(
          "[web] listen is ignored: systemd passed the sockets (change ListenStream= of "
          "tierwatch.socket, or disable it)");
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
    if (history_) history_->take_marks(recent_);
    server_->drop_late();
    queue_schedule_.set_interval(feed_.queue_interval());
    queue_schedule_.advance(monotonic_now());
  }

  /// What tells of processes, where that has changed.
  void tell_source() {
    const LocalFeed::Source source = feed_.source();
    if (source == source_) return;
    source_ = source;
    const std::string reason(to_string(source.reason));
    state_.read_processes_by({.source = source.bpf ? "bpf" : "proc", .reason = reason});
    const std::string words = source.words.empty() ? "" : ", " + printable(source.words);
    log_lines(source.reason == SourceReason::kFailed ? LogLevel::kWarn : LogLevel::kInfo,
              std::string("processes are read ") + (source.bpf ? "by BPF (" : "from /proc (") +
                  reason + words + ")");
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
    recent_.add(*snapshot);
    push_.add(snapshot);
    latest_.set(std::move(snapshot));
    tell_source();
    schedule_.advance(monotonic_now());
    watchdog_.sampled(monotonic_now());
    std::erase_if(retired_, [](const Retired& one) { return monotonic_now() >= one.until; });
    if (web_files_ && web_files_->take_change()) reload_web();
  }

  /// The files of certificates and users, which others renew; the configuration itself is read at a
  /// reload only.
  void watch_web_files() {
    std::vector<std::filesystem::path> files = web_security_files(config_.web);
    if (options_.web_config) files.push_back(*options_.web_config);
    web_files_ = std::make_unique<FileWatch>(std::move(files));
  }

  /// Nobody is cut off: who is connected to the old server has time for an answer.
  void serve_by(std::unique_ptr<HttpServer> server, HttpServerOptions wanted) {
    server_->retire();
    if (retired_.size() == kMostRetired) retired_.erase(retired_.begin());
    retired_.push_back({std::move(server_), monotonic_now() + kFarewell});
    server_ = std::move(server);
    serve(std::move(wanted));
  }

  void serve(HttpServerOptions options) {
    serving_ = std::move(options);
    state_.serve_certificate(certificates_expire(serving_.tls_certificate),
                             !serving_.users.empty() || !serving_.client_ca.empty());
  }

  /// Of the configuration that came into force.
  void tell_state() {
    state_.choose_metrics({.host = config_.metrics.host,
                           .detail = config_.metrics.detail,
                           .old_names = config_.metrics.old_names});
    push_.configure(config_.otlp);
    tell_sockets();
    state_.config_loaded(std::chrono::system_clock::now());
    state_.expect_samples(config_.sampling.interval, monotonic_now(),
                          config_.sampling.late_intervals);
  }

  /// What cannot be used leaves what is served as it is.
  void reload_web() {
    try {
      Config fresh = config_;
      fresh.web = with_web_file(options_, base_).web;
      HttpServerOptions wanted = server_options(fresh, passed_);
      if (wanted != serving_) {
        auto server = make_server(wanted);
        serve_by(std::move(server), std::move(wanted));
      }
      config_ = std::move(fresh);
      watch_web_files();
      log_info("certificates and users read again; serving " + joined(server_->bound_addresses()) +
               manner(serving_));
    } catch (const std::exception& error) {
      log_lines(LogLevel::kError, "changed certificates or users not taken, the old ones stay: " +
                                      std::string(error.what()));
    }
  }

  /// A configuration that cannot be used, its addresses included, leaves everything as it is.
  void reload() {
    tell_reloading();
    try {
      Config base = effective_config(options_);
      Config fresh = with_web_file(options_, base);
      HttpServerOptions wanted = server_options(fresh, passed_);
      std::unique_ptr<HttpServer> server;
      if (wanted != serving_) server = make_server(wanted);
      // Nothing was let go so far; nothing can fail from here on.
      if (server) serve_by(std::move(server), std::move(wanted));
      base_ = std::move(base);
      take(with_descriptors(std::move(fresh)));
      watch_web_files();
      log_info("configuration reloaded: watching " + joined(tier_names()) + "; serving " +
               joined(server_->bound_addresses()) + manner(serving_));
      tell_ready(status());
    } catch (const std::exception& error) {
      state_.config_refused();
      log_lines(LogLevel::kError,
                "configuration not reloaded, the running one stays: " + std::string(error.what()));
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
    tell_state();
  }

  DaemonOptions options_;
  std::vector<std::string> passed_;  ///< addresses of sockets from systemd
  Signals signals_;                  // before any thread
  Config base_;                      ///< before the web configuration file
  Config config_;
  LocalFeed feed_;
  std::optional<LocalFeed::Source> source_;  ///< as it was told last
  TickSchedule schedule_;
  TickSchedule queue_schedule_;  ///< accept queues, between ticks
  Watchdog watchdog_;
  LatestSnapshot latest_;
  RecentHistory recent_;
  ServiceState state_{log_error};
  SamplePush push_{state_};
  HttpServerOptions serving_;
  std::unique_ptr<HttpServer> server_;
  std::vector<Retired> retired_;
  std::unique_ptr<FileWatch> web_files_;
  std::unique_ptr<HistoryKeeper> history_;  ///< null: none is kept
  std::jthread recall_;                     ///< reads the hours before, once
  std::uint64_t unrecorded_ = 0;            ///< by histories before a reload
  FaultReporter faults_;
  VerdictReporter verdicts_;
  NoteReporter notes_;
};

}  // namespace

int run_daemon(const DaemonOptions& options) { return Daemon(options).run(); }

}  // namespace tierwatch

// SPDX-License-Identifier: MIT
//
// What the daemon tells of itself.
#include "exporters/prometheus/metric_sources.h"
#include "exporters/prometheus/metric_table_parts.h"

namespace tierwatch {
namespace {

MetricSource read_faults() {
  return {{"file", "reason"}, [](const MetricInput& input, std::vector<MetricSample>& samples) {
            if (!input.snapshot) return;
            for (const auto& [where, count] : input.snapshot->faults) {
              samples.push_back({{where.first, std::string(to_string(where.second))},
                                 static_cast<double>(count)});
            }
          }};
}

MetricSource build_info() {
  return {{"version", "revision"},
          [](const MetricInput& input, std::vector<MetricSample>& samples) {
            if (input.own_process)
              samples.push_back({{input.own_process->version, input.own_process->revision}, 1});
          },
          true};
}

LabelledValues helper_faults(const ServiceState& service) {
  LabelledValues values;
  const auto faults = service.faults();
  for (std::size_t i = 0; i < kHelpers; ++i)
    values[{std::string(to_string(static_cast<Helper>(i)))}] = static_cast<double>(faults[i]);
  return values;
}

LabelledValues process_source(const ServiceState& service) {
  const auto standing = service.process_source();
  return standing ? LabelledValues{{{standing->source, standing->reason}, 1}} : LabelledValues{};
}

/// One value of the service, or none.
MetricSource one_of_service(std::function<MetricValue(const ServiceState&)> value) {
  return of_service({}, [value = std::move(value)](const ServiceState& service) {
    const MetricValue known = value(service);
    return known ? LabelledValues{{{}, *known}} : LabelledValues{};
  });
}

MetricSource of_config(MetricValue (*value)(const ConfigReload&)) {
  return one_of_service([value](const ServiceState& service) {
    const auto config = service.config();
    return config ? value(*config) : std::nullopt;
  });
}

MetricValue reload_successful(const ConfigReload& config) { return config.successful; }

MetricValue reload_time(const ConfigReload& config) { return metric_value(config.succeeded_at); }

MetricValue sampling_interval(const Snapshot& snapshot) {
  return snapshot.interval > nanoseconds{0} ? metric_value(snapshot.interval) : std::nullopt;
}

MetricValue history_bytes(const ServiceState& service) {
  const auto history = service.history();
  return history ? metric_value(history->bytes) : std::nullopt;
}

MetricValue history_begin(const ServiceState& service) {
  const auto history = service.history();
  return history && history->oldest ? metric_value(*history->oldest) : std::nullopt;
}

MetricValue certificate_end(const ServiceState& service) {
  const auto expires = service.certificate_expires();
  return expires ? metric_value(*expires) : std::nullopt;
}

LabelledValues requests(const ServiceState& service) {
  LabelledValues values;
  for (const auto& [what, count] : service.requests())
    values[{std::to_string(what.second), what.first}] = static_cast<double>(count);
  return values;
}

LabelledValues auth_failures(const ServiceState& service) {
  LabelledValues values;
  if (!service.is_guarded()) return values;
  const auto counts = service.auth_failures();
  for (std::size_t i = 0; i < kAuthFailures; ++i)
    values[{std::string(to_string(static_cast<AuthFailure>(i)))}] = static_cast<double>(counts[i]);
  return values;
}

LabelledValues pushed(const ServiceState& service) {
  const auto push = service.pushed();
  if (!push) return {};
  return {{{"sent"}, static_cast<double>(push->sent)},
          {{"failed"}, static_cast<double>(push->failed_attempts)},
          {{"dropped"}, static_cast<double>(push->dropped)}};
}

MetricValue push_queue(const ServiceState& service) {
  const auto push = service.pushed();
  return push ? metric_value(push->queued_bytes) : std::nullopt;
}

MetricSource scrape_duration() {
  return {{},
          [](const MetricInput& input, std::vector<MetricSample>& samples) {
            if (!input.scrape_began) return;
            const nanoseconds now = std::chrono::steady_clock::now().time_since_epoch();
            samples.push_back({{}, *metric_value(now - *input.scrape_began)});
          },
          true};
}

template <typename Field>
MetricSource own(Field OwnProcess::*field) {
  return of_own_process(
      [field](const OwnProcess& process) { return metric_value(process.*field); });
}

}  // namespace

MetricRows daemon_rows() {
  return {
      {"tierwatch_snapshot_timestamp_seconds", kGauge, "seconds",
       "When the sample that this page shows was taken, in seconds since the epoch: the daemon "
       "samples on its own clock.",
       of_snapshot([](const Snapshot& snapshot) { return metric_value(snapshot.at.wall); })},
      {"tierwatch_sampling_interval_seconds", kGauge, "seconds",
       "Time between the latest sample and the one before.", of_snapshot(sampling_interval)},
      {"tierwatch_sampling_duration_seconds", kGauge, "seconds", "How long the latest sample took.",
       of_snapshot(self_field(&SelfSample::last_sampling_wall))},
      {"tierwatch_sampling_cpu_seconds_total", kCounter, "seconds",
       "CPU time spent on samples since start.",
       of_snapshot(self_field(&SelfSample::sampling_cpu))},
      {"tierwatch_samples_total", kCounter, "", "Samples taken since start.",
       of_snapshot(self_field(&SelfSample::ticks))},
      {"tierwatch_late_ticks_total", kCounter, "",
       "Samples skipped since start because the one before was not finished in time.",
       of_snapshot(self_field(&SelfSample::late_ticks))},
      {"tierwatch_unrecorded_ticks_total", kCounter, "",
       "Samples that could not be written to the history since start.",
       of_snapshot(self_field(&SelfSample::unrecorded_ticks))},
      {"tierwatch_process_source_info", kGauge, "",
       "Always 1: where the figures of processes come from, bpf or proc, and why.",
       of_service({"source", "reason"}, process_source)},
      {"tierwatch_history_size_bytes", kGauge, "bytes",
       "Size of the history's file; absent where none is kept.", one_of_service(history_bytes)},
      {"tierwatch_history_oldest_sample_timestamp_seconds", kGauge, "seconds",
       "When the oldest sample in the history was taken, in seconds since the epoch.",
       one_of_service(history_begin)},
      {"tierwatch_read_faults_total", kCounter, "",
       "Kernel files that could not be read or understood since start, by file and reason.",
       read_faults()},
      {"tierwatch_helper_faults_total", kCounter, "",
       "Exceptions caught since start, by the part of the daemon in which they happened. Of the "
       "recorder: attempts to write the history that failed. Of http: times at which connections "
       "without a request were dropped.",
       of_service({"helper"}, helper_faults)},
      {"tierwatch_config_last_reload_successful", kGauge, "",
       "1 when the newest attempt to load the configuration succeeded, 0 when it was refused and "
       "the one before stays in force.",
       of_config(reload_successful)},
      {"tierwatch_config_last_reload_success_timestamp_seconds", kGauge, "seconds",
       "When the configuration in force was loaded, in seconds since the epoch.",
       of_config(reload_time)},
      {"tierwatch_build_info", kGauge, "",
       "Always 1: the version and source revision of the daemon.", build_info()},
  };
}

MetricRows web_rows() {
  return {
      {"tierwatch_http_requests_total", kCounter, "",
       "Requests answered since start, by status and by the path of the page; other is "
       "any other path. Requests that are not HTTP do not count.",
       of_service({"code", "handler"}, requests)},
      {"tierwatch_http_authentication_failures_total", kCounter, "",
       "Requests refused since start: without a password where one is required, with a wrong one, "
       "with one that could not be looked at because too many came at once, or by the client's "
       "certificate; absent where none of these is required.",
       of_service({"reason"}, auth_failures)},
      {"tierwatch_http_sockets_passed", kGauge, "",
       "1 when systemd passed the sockets that are served, so that [web] listen is ignored; else "
       "0.",
       one_of_service([](const ServiceState& service) {
         return metric_value(service.uses_passed_sockets());
       })},
      {"tierwatch_http_certificate_expiry_timestamp_seconds", kGauge, "seconds",
       "When the certificate that is served, or one of its chain, ends, in seconds since the "
       "epoch; absent without TLS.",
       one_of_service(certificate_end)},
      {"tierwatch_otlp_pushes_total", kCounter, "",
       "Samples pushed since start: sent, attempts that failed and were or will be repeated, and "
       "dropped, because the receiver refused them or the queue was full; absent where nothing "
       "is pushed.",
       of_service({"outcome"}, pushed)},
      {"tierwatch_otlp_queue_bytes", kGauge, "bytes",
       "Size of the samples that wait to be pushed, compressed.", one_of_service(push_queue)},
      {"tierwatch_scrape_duration_seconds", kGauge, "seconds",
       "How long the daemon took to write this page, up to this line.", scrape_duration()},
  };
}

MetricRows own_process_rows() {
  return {
      {"process_cpu_seconds_total", kCounter, "seconds",
       "CPU time used by the daemon since its start.", own(&OwnProcess::cpu)},
      {"process_resident_memory_bytes", kGauge, "bytes", "Resident memory of the daemon.",
       own(&OwnProcess::resident_bytes)},
      {"process_virtual_memory_bytes", kGauge, "bytes", "Virtual memory of the daemon.",
       own(&OwnProcess::virtual_bytes)},
      {"process_open_fds", kGauge, "", "Open file descriptors of the daemon.",
       own(&OwnProcess::open_fds)},
      {"process_max_fds", kGauge, "", "Soft limit of the daemon's file descriptors.",
       own(&OwnProcess::max_fds)},
      {"process_start_time_seconds", kGauge, "seconds",
       "When the daemon started, in seconds since the epoch.", own(&OwnProcess::started_seconds)},
  };
}

}  // namespace tierwatch

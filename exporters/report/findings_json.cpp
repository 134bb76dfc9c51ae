// SPDX-License-Identifier: MIT
#include "exporters/report/findings_json.h"

namespace tierwatch {
namespace {

ReportJson json_of(const TierAtStep& tier) {
  return JsonObject()
      .put("tier", tier.tier)
      .number("cpu_cores", tier.cpu_cores)
      .number("capacity_cores", tier.capacity_cores)
      .number("utilization_ratio", tier.utilization_ratio)
      .words("bound", tier.bound)
      .number("run_delay_cores", tier.run_delay_cores)
      .number("run_delay_ratio", tier.run_delay_ratio)
      .number("workers", tier.workers)
      .number("busy_workers", tier.busy_workers)
      .number("queue_mean", tier.queue_mean)
      .number("queue_peak", tier.queue_peak)
      .number("queue_limit", tier.queue_limit)
      .number("queued_ratio", tier.queued_ratio)
      .number("queue_wait_seconds", tier.queue_wait_seconds)
      .number("fds_open", tier.fds_open)
      .number("fds_limit", tier.fds_limit)
      .number("memory_bytes", tier.memory_bytes)
      .number("memory_used_bytes", tier.memory_used_bytes)
      .number("memory_limit_bytes", tier.memory_limit_bytes)
      .number("connections", tier.connections)
      .number("connections_limit", tier.connections_limit)
      .words("waits_for", tier.waits_for)
      .number("waits_share", tier.waits_share)
      .take();
}

ReportJson json_of(const Verdict& verdict) {
  JsonObject object;
  object.put("state", to_string(verdict.state)).words("reason", verdict.reason);
  if (const auto named = verdict.named()) {
    object.put("tier", named->tier)
        .put("resource", to_string(named->resource))
        .put("confidence", to_string(verdict.confidence))
        .list("joint_with", verdict.joint_with,
              [](const TierResource& what) { return tierwatch::json_of(what); });
  }
  return object.words("sentence", verdict.sentence).take();
}

ReportJson json_of(const Demand& demand) {
  return JsonObject()
      .estimate("seconds", demand.seconds)
      .put("method", demand.method == Demand::Method::kSlope ? "slope" : "ratio")
      .number("idle", demand.idle)
      .number("r_squared", demand.r_squared)
      .number("inflation_ratio", demand.inflation_ratio)
      .take();
}

ReportJson json_of(const TierDemand& tier) {
  JsonObject object;
  object.put("tier", tier.tier).put("cpu", json_of(tier.cpu)).number("share", tier.share);
  if (tier.workers) object.put("workers", json_of(*tier.workers));
  return object.take();
}

}  // namespace

ReportJson json_of(const HostAtStep& host) {
  return JsonObject()
      .number("processors", host.processors)
      .number("busy_cores", host.busy_cores)
      .number("steal_cores", host.steal_cores)
      .number("cpu_pressure_ratio", host.cpu_pressure_ratio)
      .number("memory_available_bytes", host.memory_available_bytes)
      .take();
}

ReportJson json_of(const StepFindings& step) {
  const LoadStep& load = step.load;
  JsonObject object;
  object.put("kind", to_string(load.kind))
      .number("begin", epoch_seconds(load.begin))
      .number("end", epoch_seconds(load.end))
      .number("from_run_begin_seconds", step.from_run_begin_seconds)
      .number("left_out_seconds", load.left_out_seconds)
      .put("short", load.short_data)
      .number("users", load.users);
  if (load.requests_per_second) object.estimate("requests_per_second", *load.requests_per_second);
  return object.number("under_way", load.under_way())
      .number("error_ratio", load.error_ratio)
      .number("mean_seconds", load.mean_seconds)
      .number("p50_seconds", load.p50_seconds)
      .number("p95_seconds", load.p95_seconds)
      .number("p99_seconds", load.p99_seconds)
      .put("samples", load.samples)
      .put("shape", to_string(step.shape))
      .put("verdict", json_of(step.verdict))
      .put("host", json_of(step.host))
      .list("tiers", step.tiers, [](const TierAtStep& tier) { return json_of(tier); })
      .take();
}

ReportJson json_of(const Ceiling& ceiling) {
  return JsonObject()
      .put("tier", ceiling.tier)
      .put("resource", to_string(ceiling.resource))
      .words("bound", ceiling.bound)
      .number("capacity", ceiling.capacity)
      .put("demand", json_of(ceiling.demand))
      .estimate("requests_per_second", ceiling.requests_per_second)
      .number("used_ratio", ceiling.used_ratio)
      .number("headroom_ratio", ceiling.headroom_ratio)
      .take();
}

ReportJson json_of(const DemandFindings& demand) {
  JsonObject object;
  object.list("tiers", demand.tiers, [](const TierDemand& tier) { return json_of(tier); });
  if (demand.host_cpu) object.put("host_cpu", json_of(*demand.host_cpu));
  return object.list("ceilings", demand.ceilings, [](const Ceiling& one) { return json_of(one); })
      .words("missing", demand.missing)
      .put("fitted_steps", demand.fitted_steps)
      .take();
}

ReportJson json_of(const ScalabilityFit& fit) {
  JsonObject object;
  object.put("fitted", fit.fitted).words("words", fit.words);
  if (!fit.fitted) return object.take();
  return object.put("over", fit.over)
      .estimate("lambda", fit.lambda)
      .estimate("sigma", fit.sigma)
      .estimate("kappa", fit.kappa)
      .number("r_squared", fit.r_squared)
      .number("highest_n", fit.highest_n)
      .number("peak_n", fit.peak_n)
      .number("peak_requests_per_second", fit.peak_requests_per_second)
      .take();
}

ReportJson json_of(const LimitForecast& forecast) {
  return JsonObject()
      .put("tier", forecast.tier)
      .put("resource", to_string(forecast.resource))
      .put("per", to_string(forecast.per))
      .estimate("growth", forecast.growth)
      .number("highest", forecast.highest)
      .number("limit", forecast.limit)
      .estimate("wall", forecast.wall)
      .words("words", forecast.words)
      .take();
}

ReportJson json_of(const Waste& waste) {
  return JsonObject()
      .put("tier", waste.tier)
      .put("what", waste.what)
      .number("provided", waste.provided)
      .number("highest_used", waste.highest_used)
      .number("suggested", waste.suggested)
      .number("saved_bytes", waste.saved_bytes)
      .words("words", waste.words)
      .take();
}

ReportJson json_of(const WhatIfAnswer& answer) {
  JsonObject object;
  object.put("question", answer.question).put("answered", answer.answered);
  if (answer.answered) {
    object.words("tier", answer.tier)
        .estimate("before", answer.before)
        .estimate("requests_per_second", answer.requests_per_second)
        .number("users", answer.users)
        .number("with_same_users", answer.with_same_users);
    if (answer.binds) object.put("binds", json_of(*answer.binds));
  }
  return object.words("words", answer.words).take();
}

}  // namespace tierwatch

// SPDX-License-Identifier: MIT
#include "tests/support/recorded_windows.h"

#include <charconv>
#include <map>
#include <sstream>
#include <stdexcept>

#include "collectors/servers/servers.h"

namespace tierwatch {
namespace {

std::vector<std::string> cells(const std::string& line) {
  std::vector<std::string> parts(1);
  for (const char c : line)
    if (c == ',')
      parts.emplace_back();
    else if (c != '\r')
      parts.back() += c;
  return parts;
}

class Row {
 public:
  Row(const std::vector<std::string>& names, const std::vector<std::string>& values) {
    if (names.size() != values.size()) throw std::runtime_error("row of another length");
    for (std::size_t i = 0; i < names.size(); ++i) cells_[names[i]] = values[i];
  }
  const std::string& text(const std::string& column) const { return cells_.at(column); }
  std::optional<double> maybe(const std::string& column) const {
    const std::string& cell = text(column);
    if (cell.empty()) return std::nullopt;
    double value = 0;
    const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
    if (error != std::errc{} || end != cell.data() + cell.size())
      throw std::runtime_error(column + " is no number: " + cell);
    return value;
  }
  double number(const std::string& column) const { return maybe(column).value(); }

 private:
  std::map<std::string, std::string> cells_;
};

HostFacts host_facts(const Row& row) {
  return {.processors = 2,
          .busy_cores = row.number("host_cpu"),
          .steal_cores = row.number("steal"),
          .cpu_pressure_ratio = row.number("psi_cpu"),
          .memory_pressure_ratio = row.number("psi_mem"),
          .io_pressure_ratio = row.number("psi_io"),
          .memory_total_bytes = {},
          .memory_available_bytes = {},
          .reclaim = {},
          .oom_kills = {},
          .foreign = {{.pid = 1, .comm = "client", .cores = row.number("client")}},
          .disks = {}};
}

void add_roles(const Row& row, const Sight& sight, TierFacts& tier) {
  const bool event = tier.name == "nginx" || tier.name == "redis";
  tier.serving = event ? RoleKind::kEventWorker : RoleKind::kSyncWorker;
  tier.single_core_processes = true;
  tier.worker_processes = tier.name == "redis" ? std::optional(1.0) : row.maybe("wprocs");
  tier.workers = row.maybe("workers");
  tier.workers_on_demand = tier.name == "postgres";
  if (tier.name == "nginx" && sight.in_service)
    tier.connection_table = {row.number("est"),
                             row.number("worker_connections") * tier.worker_processes.value()};
  if (tier.name == "uwsgi" && sight.worker_states)
    tier.busy_workers = row.number("busy") * row.number("workers");
  else if (tier.name == "uwsgi" && sight.in_service)
    tier.busy_workers = row.number("est");
  if (tier.name == "postgres" && sight.titles)
    tier.backends = {row.number("backends"), row.number("active"), row.number("waiting"),
                     row.number("idletx"),
                     traits_of("postgres")
                         .connections_by_backlog("/usr/lib/postgresql/15/bin/postgres",
                                                 row.number("lqmax"), 4096)};
}

TierFacts tier_facts(const Row& row, const Sight& sight) {
  TierFacts tier;
  tier.name = tier.preset = row.text("tier");
  tier.processes = row.number("nproc");
  tier.cpu_cores = tier.serving_cores = row.number("cpu");
  tier.thread_run_cores = row.number("run");
  tier.run_delay_cores = row.number("wait");
  tier.hottest_process = {.pid = 1, .cores = row.number("maxproc")};
  tier.hottest_thread = {.pid = 1, .tid = 1, .cores = row.number("maxthr")};
  if (row.number("quota") > 0)
    tier.quota = {
        .cores = row.number("quota"), .used_cores = {}, .throttled_ratio = row.number("thr")};
  tier.allowed_cpus = row.number("cpus");
  tier.worst_fds = {.open = row.number("fd"), .limit = 1};  // only the ratio was recorded
  if (row.number("mem") > 0) tier.memory = {row.number("mem"), 1};
  tier.oom_kills = row.number("oom");
  if (sight.accept_queues)
    tier.listeners = {{{.name = tier.name,
                        .queue_mean = row.number("lq"),
                        .queued_ratio = row.number("lqpos"),
                        .queue_peak = row.number("lqpeak"),
                        .limit = row.number("lqmax"),
                        .drops = {}}}};
  add_roles(row, sight, tier);
  return tier;
}

}  // namespace

std::vector<RecordedWindow> recorded_windows(const std::string& csv, const Sight& sight) {
  std::istringstream lines(csv);
  std::string line;
  std::getline(lines, line);
  const auto names = cells(line);
  std::vector<RecordedWindow> windows;
  while (std::getline(lines, line)) {
    const Row row(names, cells(line));
    const double at = row.number("at_s");
    if (windows.empty() || windows.back().scenario != row.text("scenario") ||
        windows.back().at_seconds != at)
      windows.push_back(
          {.scenario = row.text("scenario"),
           .at_seconds = at,
           .truth = row.text("truth"),
           .facts = {.seconds = 5, .host = host_facts(row), .tiers = {}, .load = {}}});
    windows.back().facts.tiers.push_back(tier_facts(row, sight));
    windows.back().memory_ratio = std::max(windows.back().memory_ratio, row.number("mem"));
    windows.back().oom_kill |= row.number("oom") > 0;
  }
  return windows;
}

}  // namespace tierwatch

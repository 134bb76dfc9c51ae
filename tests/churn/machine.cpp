// SPDX-License-Identifier: MIT
#include "tests/churn/machine.h"

#include <algorithm>
#include <iterator>

#include "collectors/servers/servers.h"

namespace tierwatch {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const Costume kNginx{"nginx", "nginx: master process nginx", 0, "/system.slice/nginx.service"};
const Costume kUwsgi{"uwsgi", "uwsgi --ini app.ini", 33, "/system.slice/uwsgi.service"};
const Costume kPostgres{"postgres", "/usr/lib/postgresql/15/bin/postgres -D /data", 105,
                        "/system.slice/postgresql.service"};
const Costume kRedis{"redis-server", "redis-server 127.0.0.1:6379", 106,
                     "/system.slice/docker-0123456789ab.scope"};
const Costume kJob{"job", "job --nightly", 1000, "/user.slice/user-1000.slice"};
const Costume kShell{"bash", "-bash", 1001, "/user.slice/user-1001.slice"};

const Costume* const kCostumes[] = {&kNginx, &kUwsgi, &kPostgres, &kRedis, &kJob, &kShell};

constexpr const char* kTitles[] = {"nginx: master process nginx",
                                   "nginx: worker process",
                                   "nginx: worker process is shutting down",
                                   "uwsgi --ini app.ini",
                                   "postgres: app shop [local] idle",
                                   "postgres: app shop 127.0.0.1(40000) SELECT",
                                   "postgres: app shop [local] UPDATE waiting",
                                   "postgres: checkpointer ",
                                   "redis-rdb-bgsave 127.0.0.1:6379",
                                   "redis-server 127.0.0.1:6379",
                                   "",
                                   "\xff\x01 not UTF-8"};

}  // namespace

ChurnMachine::ChurnMachine(std::uint64_t seed)
    : dice_(seed),
      sight_{.exact = dice_.once_in(2),
             .threads = !dice_.once_in(4),
             .privileged = dice_.once_in(2),
             .faults = dice_.once_in(2)},
      host_(dice_, sight_.exact),
      processes_(dice_, sight_),
      sockets_(dice_, sight_.privileged) {
  make_rules();
  reloaded_ = false;
  for (int i = 0; i < 4; ++i) start_server();
}

/// Tiers come, go and change their places; `job` has no rule for its children.
void ChurnMachine::make_rules() {
  rules_.tiers.clear();
  for (const char* name : {"nginx", "uwsgi", "postgres", "redis"}) {
    if (dice_.once_in(6)) continue;
    rules_.tiers.push_back(preset(name));
    rules_.tiers.back().implicit = dice_.once_in(2);
  }
  TierRule job{.name = "job"};
  MatchRule by_name;
  by_name.comm = Glob("job");
  job.match.push_back(by_name);
  job.roles = {{.name = "job", .kind = RoleKind::kThreaded}};
  rules_.tiers.insert(rules_.tiers.begin() + static_cast<long>(dice_.upto(rules_.tiers.size() + 1)),
                      job);
  processes_.rules_changed();
  reloaded_ = true;
}

pid_t ChurnMachine::any_living() {
  const auto pids = processes_.living();
  return pids[dice_.upto(pids.size())];
}

/// A master and some workers, which fork and take their titles at once, or not yet.
void ChurnMachine::start_server() {
  const Costume& costume = *kCostumes[dice_.upto(std::size(kCostumes))];
  const nanoseconds now = host_.now().boot;
  const pid_t root = processes_.fork(ChurnProcesses::kInit, now);
  if (root == 0) return;
  processes_.exec(root, costume);
  for (std::uint64_t workers = dice_.upto(6); workers > 0; --workers) {
    const pid_t worker = processes_.fork(root, now);
    if (worker == 0) return;
    if (&costume == &kNginx) processes_.retitle(worker, "nginx: worker process");
    if (&costume == &kPostgres) processes_.retitle(worker, "postgres: app shop [local] SELECT");
  }
}

/// The master dies first, or last; or all are killed.
void ChurnMachine::stop_server() {
  std::vector<pid_t> roots;
  for (const pid_t pid : processes_.living())
    if (pid != ChurnProcesses::kInit && processes_.truth(pid).parent_pid == ChurnProcesses::kInit)
      roots.push_back(pid);
  if (roots.empty()) return;
  const pid_t root = roots[dice_.upto(roots.size())];
  if (dice_.once_in(3))
    processes_.exit(root);
  else
    kill_tree(root);
}

void ChurnMachine::kill_tree(pid_t pid) {
  for (const pid_t child : processes_.living())
    if (processes_.is_living(child) && processes_.truth(child).parent_pid == pid) kill_tree(child);
  if (processes_.is_living(pid)) processes_.exit(pid);
}

void ChurnMachine::happen_to(pid_t pid) {
  const nanoseconds now = host_.now().boot;
  const bool of_the_system = pid == ChurnProcesses::kInit;
  const ProcessReading& truth = processes_.truth(pid);
  switch (dice_.upto(12)) {
    case 0:
    case 1:
    case 2:  // children of strangers' children are read too seldom to be told from what they used
      if (!of_the_system && (truth.member || truth.parent_pid == ChurnProcesses::kInit))
        processes_.fork(pid, now);
      break;
    case 3:
      if (!of_the_system) processes_.exec(pid, *kCostumes[dice_.upto(std::size(kCostumes))]);
      break;
    case 4:
      if (!of_the_system) processes_.retitle(pid, kTitles[dice_.upto(std::size(kTitles))]);
      break;
    case 5:
    case 6:
      if (!of_the_system) processes_.exit(pid);
      break;
    case 7:
      processes_.start_thread(pid);
      break;
    case 8:
      processes_.end_thread(pid);
      break;
    case 9:
      if (!of_the_system) processes_.move(pid, kCostumes[dice_.upto(std::size(kCostumes))]->cgroup);
      break;
    default:
      processes_.churn_figures(pid);
  }
}

void ChurnMachine::happen() {
  for (std::uint64_t i = dice_.upto(8); i > 0; --i) happen_to(any_living());
  for (const pid_t zombie : processes_.zombies())
    if (dice_.once_in(3)) processes_.reap(zombie);
  if (dice_.once_in(10)) start_server();
  if (dice_.once_in(30)) stop_server();
  if (dice_.once_in(300))
    while (processes_.living().size() > 1) kill_tree(processes_.living().back());
  if (dice_.once_in(300)) groups_.clear();  // made anew, under their names
  if (dice_.once_in(400)) make_rules();
  if (dice_.once_in(200)) host_.kill_for_memory();
}

/// Each processor runs a few threads in turn; nobody is on two at a time.
void ChurnMachine::work(nanoseconds slice) {
  std::set<std::pair<pid_t, std::size_t>> ran;
  for (const unsigned cpu : host_.online()) {
    nanoseconds left = host_.begin_slice(cpu, slice);
    for (std::uint64_t turns = dice_.upto(4); turns > 0; --turns) {
      const pid_t pid = any_living();
      const std::size_t thread = dice_.upto(processes_.threads(pid));
      if (!ran.insert({pid, thread}).second) continue;
      const nanoseconds time = dice_.once_in(3) ? left : dice_.time(left);
      const nanoseconds user = dice_.time(time);
      processes_.run(pid, thread, user, time - user);
      host_.run(cpu, user, time - user);
      used_ += time;
      left -= time;
      groups_[processes_.truth(pid).cgroup].usage += time;
    }
    host_.idle(cpu, left);
  }
}

void ChurnMachine::live() {
  nanoseconds span = milliseconds(900) + dice_.time(milliseconds(200));
  if (dice_.once_in(20)) span = dice_.time(milliseconds(100));
  if (dice_.once_in(40)) span = {};
  if (dice_.once_in(40)) span = dice_.time(seconds(8));
  if (dice_.once_in(1000)) span = seconds(61) + dice_.time(seconds(900));
  constexpr std::uint64_t kSlices = 4;
  const std::uint64_t changes = dice_.upto(kSlices);  // who comes does not go before it was seen
  for (std::uint64_t i = 0; i < kSlices; ++i) {
    happen();
    if (i == changes) host_.churn();
    host_.pass(span / kSlices);
    work(span / kSlices);
  }
}

CgroupReading ChurnMachine::read_group(const std::string& name) {
  Group& group = groups_[name];
  group.periods += 10;
  group.throttled += dice_.upto(11);
  group.hits += dice_.upto(3);
  group.kills += dice_.once_in(300);
  if (group.cores == 0) {
    group.cores = 0.5 * static_cast<double>(1 + dice_.upto(4));
    group.quota = dice_.once_in(2);
  }
  CgroupReading reading{.cpu_above_hidden = dice_.once_in(30)};
  if (dice_.once_in(50)) return reading;
  reading.quotas.emplace();
  if (group.quota)
    reading.quotas->push_back({.cgroup = name,
                               .cores = group.cores,
                               .periods = group.periods,
                               .throttled_periods = group.throttled,
                               .usage = group.usage});
  reading.memory = {{.cgroup = name,
                     .limit_bytes = std::uint64_t{1} << 30,
                     .used_bytes = dice_.upto(std::uint64_t{1} << 30),
                     .active_file_bytes = dice_.upto(1 << 20),
                     .inactive_file_bytes = dice_.upto(1 << 20),
                     .limit_hits = group.hits,
                     .oom_kills = group.kills}};
  reading.tasks = {{.cgroup = name, .count = 1 + dice_.upto(100), .limit = 100}};
  return reading;
}

/// In the order in which they call each other.
std::vector<ChurnServer> ChurnMachine::servers(const std::vector<ProcessReading>& processes) const {
  std::vector<ChurnServer> found;
  for (const char* name : {"nginx", "uwsgi", "postgres", "redis"})
    for (const ProcessReading& process : processes) {
      if (!process.member || process.member->instance != process.id.pid || process.state == 'Z')
        continue;
      if (rules_.tiers[process.member->tier].name != name) continue;
      found.push_back({name, process.member->tier, process.id.pid, process.uid});
    }
  return found;
}

void ChurnMachine::read_settings(Reading& reading) {
  for (const ProcessReading& process : reading.processes) {
    if (!process.member || process.member->instance != process.id.pid || process.state == 'Z')
      continue;
    if (dice_.once_in(5)) continue;
    ServerSettingsReading settings{.tier = process.member->tier, .server = process.id};
    settings.worker_connections = settings.usable_connections = settings.most_clients = 64;
    settings.most_memory_bytes = 100 << 20;
    reading.settings.push_back(settings);
    DataSpaceReading space{.tier = process.member->tier, .server = process.id};
    space.places = {{.directory = "/data",
                     .size_bytes = std::uint64_t{1} << 30,
                     .left_bytes = dice_.upto(std::uint64_t{1} << 30)}};
    reading.data_space.push_back(space);
  }
}

Reading ChurnMachine::read() {
  Reading reading{.at = host_.now()};
  reading.host = host_.read();
  processes_.place(rules_);
  std::vector<std::string> memberships;
  reading.processes = processes_.read(reading.at.monotonic, reading.at.boot, memberships);
  for (const std::string& name : memberships) reading.cgroups.push_back(read_group(name));
  const nanoseconds elapsed = reading.at.monotonic - read_before_;
  if (!dice_.once_in(100))
    reading.sockets = sockets_.read(servers(reading.processes), reading.processes, elapsed);
  read_settings(reading);
  reading.somaxconn = 128;
  reading.local_ports = 28232;
  reading.tcp_sockets = dice_.upto(28232);
  read_before_ = reading.at.monotonic;
  return reading;
}

}  // namespace tierwatch

// SPDX-License-Identifier: MIT
#include "analysis/facts/worker_pool.h"

#include <gtest/gtest.h>

#include "collectors/servers/servers.h"

namespace tierwatch {
namespace {

struct PoolCase {
  const char* name;
  PoolSigns signs;
  WorkerPool pool;
};

WorkerPool pool_of(double workers, std::optional<double> busy) {
  return {.workers = workers, .busy = busy};
}

WorkerPool event_loops(double threads, double in_service) {
  return {.event_driven = true, .workers = threads, .busy = in_service};
}

PoolSigns signs(const char* preset, const char* title, double processes, double threads,
                double in_service) {
  return {.traits = traits_of(preset),
          .title = title,
          .processes = processes,
          .threads = threads,
          .in_service = in_service};
}

PoolSigns with_work_in(PoolSigns some, bool main_threads) {
  some.main_threads_work = main_threads;
  return some;
}

/// A server made up of traits: threads that serve, are started on demand, and have helpers.
PoolSigns threads_on_demand(double processes, double threads, double in_service) {
  PoolSigns some = signs("", "", processes, threads, in_service);
  some.traits.workers_started_on_demand = true;
  some.traits.helper_threads = 2;
  return some;
}

PoolSigns that_parks(PoolSigns some) {
  some.parks_connections = true;
  return some;
}

PoolSigns with_most(PoolSigns some, double most) {
  some.most = most;
  return some;
}

const char* const kThreads8 = "/usr/bin/python3 /usr/bin/gunicorn -w 1 --threads 8 app:app";
const char* const kPlain = "gunicorn: worker [app:app]";

const PoolCase kCases[] = {
    {"uWSGI: every thread is a worker", signs("uwsgi", "uwsgi", 4, 16, 3), pool_of(16, 3)},
    {"one thread each", signs("gunicorn", kPlain, 3, 3, 3), pool_of(3, 3)},
    {"threads by the command line, few started yet", signs("gunicorn", kThreads8, 1, 4, 3),
     pool_of(8, 3)},
    {"threads by the command line, more accepted than served",
     signs("gunicorn", kThreads8, 1, 9, 32), pool_of(8, 32)},
    {"the option as one word", signs("gunicorn", "gunicorn --threads=4 app", 2, 2, 1),
     pool_of(8, 1)},
    {"one thread by the command line", signs("gunicorn", "gunicorn --threads 1 app", 2, 2, 2),
     pool_of(2, 2)},
    {"an option that is no number", signs("gunicorn", "gunicorn --threads many app", 2, 2, 2),
     pool_of(2, 2)},
    {"threads of unknown number: more may be started", signs("gunicorn", kPlain, 1, 4, 3),
     pool_of(3, std::nullopt)},
    {"threads of unknown number, and connections that wait inside",
     with_work_in(signs("gunicorn", kPlain, 1, 9, 32), false), pool_of(8, 32)},
    {"more connections than processes of one thread", signs("gunicorn", kPlain, 2, 2, 40),
     event_loops(2, 40)},
    {"more connections than threads, one of which does all",
     with_work_in(signs("gunicorn", kPlain, 2, 10, 40), true), event_loops(10, 40)},
    {"gunicorn's main thread serves, beside helpers",
     with_work_in(signs("gunicorn", kPlain, 1, 11, 12), true), event_loops(11, 12)},
    {"gunicorn's threads serve", with_work_in(signs("gunicorn", kPlain, 1, 11, 12), false),
     pool_of(10, 12)},
    {"nobody knows which of gunicorn's threads serve", signs("gunicorn", kPlain, 1, 11, 12),
     pool_of(10, 12)},
    {"the first of uWSGI's threads serves alone",
     with_work_in(signs("uwsgi", "uwsgi", 1, 11, 1), true), pool_of(11, 1)},
    {"uWSGI with greenlets", signs("uwsgi", "uwsgi", 1, 1, 50), event_loops(1, 50)},
    {"one connection more than workers, as one ends", signs("uwsgi", "uwsgi", 4, 4, 5),
     pool_of(4, 5)},
    {"php-fpm may start more", with_most(signs("php-fpm", "", 2, 2, 2), 4), pool_of(4, 2)},
    {"php-fpm of unknown size", signs("php-fpm", "", 2, 2, 2), pool_of(2, std::nullopt)},
    {"php-fpm whose file is older than its processes", with_most(signs("php-fpm", "", 6, 6, 6), 4),
     pool_of(6, 6)},
    {"helper threads serve nothing", threads_on_demand(2, 12, 3), pool_of(8, std::nullopt)},
    {"of several threads the configuration tells how many serve",
     with_most(threads_on_demand(2, 16, 8), 8), pool_of(8, 8)},
    {"processes of one thread have no helpers", with_most(threads_on_demand(3, 3, 2), 8),
     pool_of(8, 2)},
    {"connections that may be idle, many fewer than workers",
     that_parks(with_most(threads_on_demand(2, 12, 5), 8)), pool_of(8, 5)},
    {"connections that may be idle, nearly as many as workers",
     that_parks(with_most(threads_on_demand(2, 12, 6), 8)), pool_of(8, std::nullopt)},
    {"threads accept ahead, of connections that may be idle",
     that_parks(with_work_in(signs("gunicorn", kPlain, 1, 5, 9), false)), pool_of(4, std::nullopt)},
};

TEST(WorkerPool, CountsThoseThatServe) {
  for (const PoolCase& one : kCases) {
    const WorkerPool pool = worker_pool(one.signs);
    EXPECT_EQ(pool.event_driven, one.pool.event_driven) << one.name;
    EXPECT_EQ(pool.workers, one.pool.workers) << one.name;
    EXPECT_EQ(pool.busy, one.pool.busy) << one.name;
  }
}

}  // namespace
}  // namespace tierwatch

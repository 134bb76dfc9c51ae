// SPDX-License-Identifier: MIT

#include <array>
#include <string>

#include "tests/bench/herd.h"

namespace tierwatch::bench {
namespace {

using std::string_literals::operator""s;

Costume nginx_worker(int) { return {"nginx", "nginx: worker process"}; }

Costume uwsgi_worker(int) {
  return {"uwsgi", "/usr/bin/uwsgi\0--ini\0/etc/uwsgi/apps-enabled/shop.ini\0--master"s};
}

Costume postgres_child(int number) {
  static const std::array<std::string, 5> kHelpers = {"checkpointer ", "background writer ",
                                                      "walwriter ", "autovacuum launcher ",
                                                      "logical replication launcher "};
  const auto helper = static_cast<std::size_t>(number);
  if (helper < kHelpers.size()) return {"postgres", "postgres: 15/main: " + kHelpers[helper]};
  return {"postgres",
          "postgres: 15/main: shop shop 127.0.0.1(" + std::to_string(40000 + number) + ") idle"};
}

Costume redis_server(int number) {
  return {"redis-server", "/usr/bin/redis-server 127.0.0.1:" + std::to_string(6379 + number)};
}

struct Kind {
  Costume master;
  Costume (*worker)(int number);
};

std::array<Kind, 4> kinds() {
  return {{
      {{"nginx", "nginx: master process /usr/sbin/nginx -g daemon on; master_process on;"},
       nginx_worker},
      {uwsgi_worker(0), uwsgi_worker},
      {{"postgres", "/usr/lib/postgresql/15/bin/postgres\0-D\0/var/lib/postgresql/15/main"s},
       postgres_child},
      {redis_server(0), redis_server},
  }};
}

}  // namespace

std::vector<Family> dress(int processes) {
  std::vector<Family> families;
  int left = processes;
  int kinds_left = 4;
  for (const Kind& kind : kinds()) {
    const int members = left / kinds_left--;
    left -= members;
    if (members == 0) continue;
    Family& family = families.emplace_back(Family{kind.master, {}});
    for (int number = 0; number < members - 1; ++number) {
      family.workers.push_back(kind.worker(number));
    }
  }
  return families;
}

}  // namespace tierwatch::bench

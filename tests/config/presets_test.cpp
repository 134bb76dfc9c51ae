// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "collectors/rules/listen_pattern.h"
#include "collectors/servers/servers.h"
#include "config/config.h"

namespace tierwatch {
namespace {

struct Process {
  std::string_view comm;
  std::string_view title;
  std::string_view exe = "";
};

std::string tier_of(const Process& process) {
  static const Config config = default_config();
  const Candidate candidate{.id = {.pid = 100},
                            .parent_pid = 1,
                            .comm = process.comm,
                            .title = process.title,
                            .exe = process.exe};
  const auto placed = match_processes(config.rules, {&candidate, 1});
  return placed[0] ? config.rules.tiers[placed[0]->member.tier].name : "-";
}

struct Start {
  std::string_view tier;
  Process process;
};

const Start kStarts[] = {
    {"nginx", {"nginx", "nginx: master process /usr/sbin/nginx -g daemon on; master_process on;"}},
    {"nginx", {"nginx", "nginx: worker process is shutting down"}},
    {"nginx", {"odd", "odd", "/usr/sbin/nginx"}},
    {"nginx", {"openresty", "nginx: master process openresty -p /srv/app"}},
    {"nginx", {"angie", "angie: worker process #1"}},
    {"nginx", {"tengine", "nginx: worker process"}},
    {"apache", {"apache2", "/usr/sbin/apache2 -k start"}},
    {"apache", {"apache2", "(wsgi:shop)       -k start"}},
    {"apache", {"odd", "odd -k start", "/usr/sbin/apache2"}},
    {"apache", {"httpd", "/usr/sbin/httpd -DFOREGROUND"}},
    {"apache", {"httpd", "httpd -D FOREGROUND -f /etc/apache2/httpd.conf"}},
    {"apache", {"httpd", "httpd"}},
    {"apache", {"httpd", "(wsgi:shop) -DFOREGROUND"}},
    {"apache", {"httpd-prefork", "/usr/sbin/httpd-prefork -DSYSCONFIG -k start"}},
    {"uwsgi", {"uwsgi", "/usr/bin/uwsgi --ini /etc/uwsgi/apps-enabled/shop.ini"}},
    {"uwsgi", {"uwsgi", "uWSGI worker 1"}},
    {"uwsgi", {"uwsgi-core", "/usr/bin/uwsgi-core --ini a.ini"}},
    {"uwsgi", {"uwsgi_python3", "uwsgi_python3 --http :80"}},
    {"uwsgi", {"uwsgi_python311", "uwsgi_python311 --http :80"}},
    {"uwsgi", {"web", "web", "/srv/venv/bin/uwsgi"}},
    {"gunicorn", {"gunicorn", "/usr/bin/python3 /usr/bin/gunicorn app:app"}},
    {"gunicorn", {"python3", "python3 -m gunicorn app:app"}},
    {"gunicorn", {"python", "/srv/venv/bin/python -X dev -O /srv/venv/bin/gunicorn -w 3 app:app"}},
    {"gunicorn", {"python3", "python3 -m gunicorn.app.wsgiapp app:app"}},
    {"gunicorn", {"gunicorn: maste", "gunicorn: master [app:app]"}},
    {"gunicorn", {"gunicorn: worke", "gunicorn: worker [app:app]"}},
    {"uvicorn", {"uvicorn", "/srv/venv/bin/python /srv/venv/bin/uvicorn app:app"}},
    {"uvicorn", {"python3", "python3 -m uvicorn app:app --workers 2"}},
    {"uvicorn", {"python3", "/srv/venv/bin/python3 /srv/venv/bin/fastapi run main.py"}},
    {"hypercorn", {"hypercorn", "/usr/bin/python3 /usr/bin/hypercorn app:app -w 2"}},
    {"daphne", {"daphne", "/usr/bin/python3 /usr/bin/daphne -p 8000 app:app"}},
    {"waitress", {"waitress-serve", "/usr/bin/python3 /usr/bin/waitress-serve app:wsgi"}},
    {"waitress", {"python3", "python3 -m waitress app:wsgi"}},
    {"puma", {"puma", "puma 5.6.5 (tcp://127.0.0.1:9292) [shop]"}},
    {"puma", {"ruby", "puma: cluster worker 0: 16838 [shop]"}},
    {"unicorn", {"unicorn", "unicorn master -l 127.0.0.1:8080 config.ru"}},
    {"unicorn", {"ruby", "/usr/bin/unicorn_rails worker[3] -c unicorn.rb"}},
    {"php-fpm", {"php-fpm8.2", "php-fpm: pool www"}},
    {"php-fpm", {"php-fpm82", "php-fpm: pool www"}},
    {"php-fpm", {"php-fpm", "php-fpm: master process (/etc/php-fpm.conf)"}},
    {"postgres",
     {"postgres", "/usr/lib/postgresql/15/bin/postgres -D /var/lib/postgresql/15/main"}},
    {"postgres", {"postgres", "postgres: 15/main: checkpointer "}},
    {"postgres", {"edb-postgres", "/usr/edb/as15/bin/edb-postgres -D /var/lib/edb/as15/data"}},
    {"odyssey", {"odyssey", "odyssey /etc/odyssey/odyssey.conf"}},
    {"proxysql", {"proxysql", "/usr/bin/proxysql --idle-threads -c /etc/proxysql.cnf"}},
    {"pgbouncer", {"pgbouncer", "/usr/sbin/pgbouncer /etc/pgbouncer/pgbouncer.ini"}},
    {"redis", {"redis-server", "/usr/bin/redis-server 127.0.0.1:6379", "/usr/bin/redis-check-rdb"}},
    {"redis", {"redis-server", "redis-rdb-bgsave 127.0.0.1:6379"}},
    {"redis", {"redis-sentinel", "/usr/bin/redis-sentinel *:26379 [sentinel]"}},
    {"valkey", {"valkey-server", "/usr/bin/valkey-server 127.0.0.1:6379"}},
    {"valkey", {"valkey-sentinel", "/usr/bin/valkey-sentinel *:26379 [sentinel]"}},
    {"keydb", {"keydb-server", "/usr/bin/keydb-server 127.0.0.1:6379"}},
    {"memcached", {"memcached", "/usr/bin/memcached -m 64 -p 11211 -u memcache"}},
    {"mysql", {"mysqld", "/usr/sbin/mysqld"}},
    {"mysql", {"mariadbd", "/usr/sbin/mariadbd"}},
    {"mongodb", {"mongod", "/usr/bin/mongod --config /etc/mongod.conf"}},
    {"mongodb", {"mongos", "mongos --configdb x"}},
    {"node", {"node", "node /srv/app.js"}},
    {"node", {"nodejs", "nodejs /srv/app.js"}},
    {"node", {"MainThread", "/usr/bin/node /srv/app.js"}},
    {"node", {"shop", "shop", "/usr/bin/node"}},
    {"node", {"next-server (v1", "next-server (v14.2.3)"}},
    {"node", {"next-router-wor", "next-router-worker"}},
    {"node", {"next-render-wor", "next-render-worker-app"}},
    {"node", {"node-red", "node-red"}},
    {"node", {"npm run start", "npm run start"}},
    {"node", {"PM2 v5.3.0: God", "PM2 v5.3.0: God Daemon (/root/.pm2)"}},
    {"tomcat",
     {"java",
      "/usr/lib/jvm/java-17/bin/java -Xmx1g -classpath /usr/share/tomcat10/bin/bootstrap.jar "
      "-Dcatalina.base=/var/lib/tomcat10 org.apache.catalina.startup.Bootstrap start"}},
    {"elasticsearch",
     {"java",
      "/usr/share/elasticsearch/jdk/bin/java -Xms1g -m "
      "org.elasticsearch.server/org.elasticsearch.bootstrap.Elasticsearch"}},
    {"elasticsearch",
     {"java",
      "/bin/java -cp /usr/share/elasticsearch/lib/* "
      "org.elasticsearch.bootstrap.Elasticsearch -p /run/es.pid"}},
    {"elasticsearch",
     {"java", "/bin/java -Dcli.name=server org.elasticsearch.launcher.CliToolLauncher -q"}},
    {"opensearch",
     {"java",
      "/usr/share/opensearch/jdk/bin/java -cp /usr/share/opensearch/lib/* "
      "org.opensearch.bootstrap.OpenSearch -p /run/os.pid"}},
    {"java", {"java", "java -Xmx512m -jar /srv/shop.jar --server.port=8080"}},
    {"java", {"main", "/usr/bin/java -cp x shop.Main", "/usr/lib/jvm/java-17/bin/java"}},
    {"rabbitmq",
     {"beam.smp",
      "/usr/lib/erlang/erts-13.1.5/bin/beam.smp -W w -MBas ageffcbf -- -root "
      "/usr/lib/erlang -- -noshell -noinput -s rabbit boot -boot start_sasl"}},
    {"varnish", {"varnishd", "/usr/sbin/varnishd -j unix,user=vcache -F -a :6081"}},
    {"varnish", {"cache-main", "/usr/sbin/varnishd -j unix,user=vcache -F -a :6081"}},
    {"caddy", {"caddy", "/usr/bin/caddy run --environ --config /etc/caddy/Caddyfile"}},
    {"traefik", {"traefik", "/usr/local/bin/traefik --configfile=/etc/traefik/traefik.yml"}},
    {"envoy", {"envoy", "/usr/local/bin/envoy -c /etc/envoy/envoy.yaml --concurrency 2"}},
    {"haproxy", {"haproxy", "/usr/sbin/haproxy -Ws -f /etc/haproxy/haproxy.cfg"}},
    {"celery", {"celery", "/usr/bin/python3 /usr/bin/celery -A x worker -c 2"}},
    {"celery", {"python3", "python3 -m celery -A x worker"}},
    {"celery", {"python3", "python3 -m celery worker"}},
    {"celery", {"[celeryd: celer", "[celeryd: celery@vm:ForkPoolWorker-1]         "}},
    {"celery", {"[celery beat] -", "[celery beat] -A x beat -s beat.db"}},
};

TEST(Presets, FindProgramsHoweverTheyAreStarted) {
  for (const Start& start : kStarts)
    EXPECT_EQ(tier_of(start.process), start.tier) << start.process.title;
}

TEST(Presets, LeaveClientsEditorsAndReadersAlone) {
  const Process strangers[] = {
      {"vim", "vim nginx.conf", "/usr/bin/vim.basic"},
      {"tail", "tail -f /var/log/uwsgi.log"},
      {"psql", "psql -h db"},
      {"grep", "grep gunicorn"},
      {"php-fpm_exporte", "php-fpm_exporter server", "/usr/local/bin/php-fpm_exporter"},
      {"gunicorn_export", "gunicorn_exporter --port 9208"},
      {"gunicorn-restar", "gunicorn-restart"},
      {"python3", "python3 -c import uvicorn"},
      {"python3", "python3 manage.py hypercorn"},
      {"pumactl", "/usr/bin/ruby /usr/bin/pumactl restart"},
      {"ruby", "ruby puma.rb"},
      {"varnishncsa", "/usr/bin/varnishncsa -a -w /var/log/varnish/varnishncsa.log"},
      {"varnishstat", "varnishstat"},
      {"cache-main", "cache-main"},
      {"javac", "javac Shop.java"},
      {"beam.smp", "/usr/lib/erlang/erts-13.1.5/bin/beam.smp -- -root /usr/lib/erlang -- shell"},
      {"rabbitmqctl", "/bin/sh /usr/sbin/rabbitmqctl status"},
      {"valkey-cli", "valkey-cli monitor"},
      {"keydb-benchmark", "keydb-benchmark"},
      {"proxysql_export", "proxysql_exporter"},
      {"envoy-exporter", "envoy-exporter"},
      {"celery-exporter", "celery-exporter --broker worker"},
      {"uwsgi_exporter", "uwsgi_exporter --stats.uri=unix:/run/stats"},
      {"uwsgi_php_check", "uwsgi_php_check"},
      {"uwsgi_python_ex", "uwsgi_python_exporter"},
      {"redis-cli", "redis-cli monitor"},
      {"redis-benchmark", "redis-benchmark -c 50"},
      {"pg_dump", "/usr/lib/postgresql/15/bin/pg_dump shop", "/usr/lib/postgresql/15/bin/pg_dump"},
      {"node_exporter", "/usr/bin/node_exporter --web.listen-address=:9100"},
      {"prometheus-node", "/usr/bin/prometheus-node-exporter"},
      {"journalctl", "journalctl -u nginx"},
      {"systemctl", "systemctl restart php8.2-fpm"},
      {"apache2ctl", "/bin/sh /usr/sbin/apache2ctl start"},
      {"apachectl", "/bin/sh /usr/sbin/apachectl -k start"},
      {"rotatelogs", "/usr/bin/rotatelogs /var/log/apache2/access.log 86400"},
      {"apache_exporter", "apache_exporter --scrape_uri=http://localhost/server-status"},
      {"httpd", "httpd -f -p 80 -h /www"},
      {"httpd", "/usr/sbin/httpd -p 80"},
      {"lighttpd", "/usr/sbin/lighttpd -D -f /etc/lighttpd/lighttpd.conf"},
      {"uwsgitop", "/usr/bin/python3 /usr/bin/uwsgitop /run/stats"},
      {"python3", "python3 -c import gunicorn"},
      {"python3", "python3 manage.py worker celery"},
      {"python3", "/usr/bin/python3 /srv/gunicorn_conf.py"},
      {"celery", "/usr/bin/python3 /usr/bin/celery -A x inspect active"},
      {"mysqldump", "mysqldump shop"},
      {"mysqld_safe", "/bin/sh /usr/bin/mysqld_safe"},
      {"mongodump", "mongodump"},
      {"timeout", "timeout 5 nginx -t", "/usr/bin/timeout"},
      {"bash", "bash -c node app.js; uwsgi --ini x"},
      {"sudo", "sudo -u postgres psql"},
  };
  for (const Process& stranger : strangers) EXPECT_EQ(tier_of(stranger), "-") << stranger.title;
}

TEST(Presets, WorkersOfOtherServersAreNoNearMisses) {
  const Config config = default_config();
  const std::vector<Candidate> candidates{
      {.id = {.pid = 1}, .comm = "nginx", .title = "nginx: worker process"},
      {.id = {.pid = 2}, .comm = "uwsgi", .title = "uWSGI worker 1"},
      {.id = {.pid = 3}, .comm = "gunicorn: worke", .title = "gunicorn: worker [app]"}};
  const auto placed = match_processes(config.rules, candidates);
  EXPECT_THAT(near_misses(config.rules, candidates, placed), ::testing::IsEmpty());
}

TEST(Presets, AreSound) {
  std::set<std::string> names;
  for (const std::string& name : preset_names()) {
    const TierRule tier = preset(name);
    EXPECT_EQ(tier.name, name);
    EXPECT_EQ(tier.preset, name);
    EXPECT_FALSE(tier.match.empty()) << name;
    EXPECT_TRUE(names.insert(name).second);
    std::set<std::string> role_names;
    for (const RoleRule& role : tier.roles)
      EXPECT_TRUE(role_names.insert(role.name).second) << name;
    const RoleRule& last = tier.roles.back();
    EXPECT_FALSE(last.title || last.joined || last.parent_in_tier || last.has_children_in_tier);
    EXPECT_EQ(last.ignores_signals | last.catches_signals, 0u);
    EXPECT_LT(tier.child_cpu_role, tier.roles.size());
  }
  EXPECT_EQ(names.size(), 33u);
}

TEST(Presets, ChildrenTooShortLivedToBeSeenHaveTheRoleOfTheirKind) {
  const auto role = [](std::string_view name) {
    const TierRule tier = preset(name);
    return tier.roles[tier.child_cpu_role].name;
  };
  EXPECT_EQ(role("postgres"), "backend");
  EXPECT_EQ(role("uwsgi"), "worker");
  EXPECT_EQ(role("nginx"), "worker");
  EXPECT_EQ(role("redis"), "bgsave");
  EXPECT_EQ(role("memcached"), "child");
}

TEST(Presets, SocketsAreKnownWhereDistributionsPutThem) {
  const auto claims = [](std::string_view name, const char* path) {
    return std::ranges::any_of(preset(name).listen, [&](const std::string& text) {
      const auto pattern = ListenPattern::parse(text);
      return pattern && pattern->matches({.family = SocketFamily::kUnix, .address = path});
    });
  };
  for (const char* path : {"/run/php/php8.2-fpm.sock", "/run/php-fpm/www.sock",
                           "/var/run/php8.2-fpm.sock", "/run/php-fpm.sock"})
    EXPECT_TRUE(claims("php-fpm", path)) << path;
  for (const char* path : {"/var/run/apache2/wsgi.11.0.1.sock", "/run/httpd/wsgi.11.0.1.sock"})
    EXPECT_TRUE(claims("apache", path)) << path;
  EXPECT_FALSE(claims("apache", "/run/php/php8.2-fpm.sock"));
}

TEST(Presets, AnUnknownNameThrows) { EXPECT_THROW(preset("tengwar"), std::out_of_range); }

}  // namespace
}  // namespace tierwatch

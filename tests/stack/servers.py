# SPDX-License-Identifier: MIT
"""The real servers, as Debian packages them, on loopback, each in a directory of its own and as its
own user where we may choose. Keyword arguments `cgroup`, `cpus`, `nofile` are those of Child."""

import signal
import subprocess
from pathlib import Path

from processes import (Child, accepts, account, free_port, http_status, own_directory,
                       prepared)


class Server:
    """A started server. `child` is its root process."""

    child = None

    def stop(self):
        return self.child.stop()

    @property
    def pid(self):
        return self.child.pid


class Postgres(Server):
    database = "postgres"
    _fresh = None  # a database as initdb makes it: the first one's, from which others are copied

    def __init__(self, home, max_connections=50, settings=None, port=None, start=None, host="127.0.0.1",
                 **limits):
        """`start(programs, data)` gives another command line; the settings are then in its file."""
        user = account("postgres")
        self.port, self.host = port or free_port(), host
        self.user = user.pw_name if user else None
        self._programs = max(Path("/usr/lib/postgresql").glob("*/bin"),
                             key=lambda path: float(path.parent.name))
        data = own_directory(home, user) / "data"
        self._make_database(user, data)
        if host != "127.0.0.1":
            with open(data / "pg_hba.conf", "a") as rules:
                rules.write("host all all samenet trust\n")
        options = {
            "listen_addresses": host, "port": self.port, "unix_socket_directories": home,
            "max_connections": max_connections, "fsync": "off", "shared_buffers": "16MB",
            "dynamic_shared_memory_type": "mmap", "autovacuum": "off", **(settings or {})}
        argv = [self._programs / "postgres", "-D", data]
        if start:
            with open(data / "postgresql.conf", "a") as conf:
                conf.writelines(f"{key} = '{value}'\n" for key, value in options.items())
            argv = start(self._programs, data)
        else:
            argv += [part for key, value in options.items() for part in ("-c", f"{key}={value}")]
        self.child = Child("postgres", argv, home, user=user, cwd=home, stop_signal=signal.SIGINT,
                           **limits)
        self.child.wait_ready(lambda: accepts((host, self.port)) and self.query("select 1"))
        self.query("create role app login")

    @property
    def dsn(self):
        """For an application: no superuser, whose connections are not limited like others'."""
        return f"host={self.host} port={self.port} user=app dbname={self.database}"

    def query(self, sql):
        """What psql prints, or None while it cannot connect."""
        done = subprocess.run([self._programs / "psql", "-XAtqc", sql,
                               self.dsn.replace("user=app", "user=postgres")],
                              capture_output=True, text=True)
        return done.stdout.strip() if done.returncode == 0 else None

    def _make_database(self, user, data):
        if not (Postgres._fresh and Postgres._fresh.exists()):
            Postgres._fresh = data.with_name("fresh")
            subprocess.run(prepared([self._programs / "initdb", "-D", Postgres._fresh, "-A", "trust", "-U", "postgres",
                                     "--no-sync", "--no-locale", "-E", "UTF8"], user), cwd="/",
                           check=True, stdout=subprocess.DEVNULL)
        subprocess.run(["cp", "-a", Postgres._fresh, data], check=True)


class Redis(Server):
    def __init__(self, home, settings=(), port=None, **limits):
        user = account("redis")
        own_directory(home, user)
        self.port = port or free_port()
        self.child = Child(
            "redis", ["redis-server", "--port", self.port, "--bind", "127.0.0.1", "--dir", home,
                      "--save", "", *settings], home, user=user, **limits)
        self.child.wait_ready(lambda: accepts(("127.0.0.1", self.port)))


class Uwsgi(Server):
    """A master and its workers behind a Unix socket, running apps/app.py."""

    def __init__(self, home, app_directory, processes=3, threads=1, listen=100, env=None,
                 options=(), socket=None, **limits):
        user = account("www-data")
        own_directory(home, user)
        self.socket = str(socket or home / "app.sock")
        argv = ["uwsgi-core", "--plugin", "python3", "--master", "--die-on-term", "--no-orphans",
                "--need-app", "--processes", processes, "--listen", listen,
                "--socket", self.socket, "--chmod-socket=666", "--disable-logging",
                "--chdir", app_directory, "--module", "app:app", *options]
        if threads > 1:
            argv += ["--threads", threads]
        self.child = Child("uwsgi", argv, home, env=env, user=user, cwd=home, **limits)
        self.child.wait_ready(lambda: accepts(self.socket))


class Gunicorn(Server):
    """A master and its sync workers on a TCP port, running apps/app.py: in uWSGI's place."""

    def __init__(self, home, app_directory, processes=3, threads=1, env=None, options=(),
                 socket=None, port=8000, host="127.0.0.1", app="app:app", **limits):
        user = account("www-data")
        own_directory(home, user)
        self.socket, self.address = None, f"{host}:{port}"
        argv = ["gunicorn", "--workers", processes, "--threads", threads, "--bind", self.address,
                "--chdir", app_directory, "--worker-tmp-dir", home, *options, app]
        self.child = Child("gunicorn", argv, home, env=env, user=user, cwd=home, **limits)
        self.child.wait_ready(lambda: accepts((host, port)))


class Nginx(Server):
    """A master and its workers in front of a uWSGI socket, or of a web server."""

    CONFIGURATION = """
daemon off;
{user}
worker_processes {workers};
pid {home}/nginx.pid;
error_log {home}/error.log;
events {{ worker_connections {connections}; }}
http {{
  access_log off;
  client_body_temp_path {home}/body;
  proxy_temp_path {home}/proxy;
  fastcgi_temp_path {home}/fastcgi;
  uwsgi_temp_path {home}/uwsgi;
  scgi_temp_path {home}/scgi;
  {http}
  server {{
    listen {host}:{port} {listen_options};
    location / {{
      {upstream}
    }}
    {server}
  }}
}}
"""

    def __init__(self, home, upstream, workers=2, connections=512, http="", server="", port=None,
                 listen_options="", host="127.0.0.1", **limits):
        user = account("www-data")
        own_directory(home, user)
        self.port, self.host = port or free_port(), host
        conf = home / "nginx.conf"
        conf.write_text(self.CONFIGURATION.format(
            user=f"user {user.pw_name};" if user else "", workers=workers, home=home,
            connections=connections, http=http, host=host, port=self.port, upstream=upstream, server=server,
            listen_options=listen_options))
        self.child = Child("nginx", ["nginx", "-e", f"{home}/error.log", "-p", home, "-c", conf],
                           home, **limits)
        self.child.wait_ready(lambda: accepts((host, self.port)))

    @property
    def url(self):
        return f"http://{self.host}:{self.port}"


class Node(Server):
    """apps/passes_on.js: asks `upstream` for each request, over at most `most` connections."""

    def __init__(self, home, apps, upstream, most=1000, port=None, **limits):
        user = account("nobody")
        own_directory(home, user)
        self.port = port or free_port()
        self.child = Child("node", ["node", apps / "passes_on.js", self.port, upstream, most], home,
                           user=user, **limits)
        self.child.wait_ready(lambda: accepts(("127.0.0.1", self.port)))


class Pgbouncer(Server):
    """In front of `postgres`, with `most` connections to it; `more` lines for its file."""

    CONFIGURATION = """
[databases]
* = host=127.0.0.1 port={postgres}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
auth_type = any
pool_mode = transaction
default_pool_size = {most}
max_client_conn = 200
unix_socket_dir =
ignore_startup_parameters = extra_float_digits
"""

    def __init__(self, home, postgres, most, port=6432, more="", **limits):
        user = account("postgres")
        own_directory(home, user)
        self.port = port
        conf = home / "pgbouncer.ini"
        conf.write_text(self.CONFIGURATION.format(postgres=postgres.port, port=port, most=most)
                        .replace("* = host", "* = user=app host") + more)
        self.child = Child("pgbouncer", ["pgbouncer", conf], home, user=user, **limits)
        self.child.wait_ready(lambda: accepts(("127.0.0.1", port)))

    @property
    def dsn(self):
        return f"host=127.0.0.1 port={self.port} user=app dbname=postgres"


HAPROXY = """
global
  {globally}
defaults
  mode http
  timeout connect 60s
  timeout client 60s
  timeout server 60s
  timeout queue 60s
listen web
  bind 127.0.0.1:{port}
  server app 127.0.0.1:{upstream} {server}
"""


class Haproxy(Server):
    """Before one server on a port of this machine; with limits of the whole, and of that server."""

    def __init__(self, home, upstream, globally="", server="", port=None):
        own_directory(home, None)
        self.port = port or free_port()
        file = home / "haproxy.cfg"
        file.write_text(HAPROXY.format(port=self.port, upstream=upstream, globally=globally, server=server))
        self.child = Child("haproxy", ["haproxy", "-W", "-db", "-f", file], home)
        self.child.wait_ready(lambda: accepts(("127.0.0.1", self.port)))


class Prometheus(Server):
    """Debian's Prometheus with one job, `tierwatch`, and these files of rules."""

    CONFIGURATION = """
global: {{scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}}
rule_files: {rules}
scrape_configs:
  - job_name: tierwatch
    static_configs: {targets}
{more}"""

    def __init__(self, home, target, more="", rules=(), options=(), targets=None):
        """`targets`: YAML of several, in place of one."""
        user = account("prometheus")
        own_directory(home, user)
        self.port = free_port()
        conf = home / "prometheus.yml"
        conf.write_text(self.CONFIGURATION.format(
            targets=targets or f'[{{targets: ["{target}"]}}]', more=more, rules=[str(file) for file in rules]))
        self.child = Child(
            "prometheus", ["prometheus", f"--config.file={conf}", f"--storage.tsdb.path={home}/data",
                           f"--web.listen-address=127.0.0.1:{self.port}", *options], home,
            user=user)
        self.child.wait_ready(self.is_ready, seconds=60)

    def is_ready(self):
        return http_status(f"http://127.0.0.1:{self.port}/-/ready") == 200

# SPDX-License-Identifier: MIT
"""Two machines, as far as their daemons can see: nginx and uWSGI on one, their Postgres on the other.
Debian's Prometheus scrapes both, and `report --prometheus` says which tier of which host is full."""

import base64
import json
import os
import shutil
import subprocess
import threading
import time
import urllib.parse
import urllib.request
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from daemon import Tierwatch, installed, run
from namespaces import Host
from processes import free_port, wait_until
from servers import Nginx, Postgres, Prometheus, Uwsgi
from test_web_security import PASSWORD, curl, htpasswd_hash, make_certificate
from web_stack import APPS

pytestmark = pytest.mark.usefixtures("isolated")

TARGETS = """
      - {{targets: ["{app}:9718"], labels: {{instance: "app1:9718"}}}}
      - {{targets: ["{db}:9718"], labels: {{instance: "db1:9718"}}}}
"""
APP, DATABASE = "10.91.0.2", "10.91.0.3"


class Daemon(Tierwatch):
    """In a host, and asked from outside of it."""

    def __init__(self, home, host, name):
        self.host = host
        super().__init__(home, interval="500ms", name=name, port=9718, before=host.entry,
                         more=("--web.listen-address", f"{host.address}:9718"))

    @property
    def address(self):
        return f"{self.host.address}:{self.port}"


class Secured(Prometheus):
    """Speaks https only, and asks for a password."""

    def __init__(self, home, targets):
        home.mkdir()
        make_certificate(home, "prometheus")
        (home / "key.pem").chmod(0o644)  # it runs as another user
        self.ca = home / "cert.pem"
        web = home / "web.yml"
        web.write_text("tls_server_config: {cert_file: cert.pem, key_file: key.pem}\n"
                       f"basic_auth_users: {{scraper: {htpasswd_hash(PASSWORD)}}}\n")
        super().__init__(home, "", targets=targets, options=[f"--web.config.file={web}"])

    def is_ready(self):
        return curl("--cacert", self.ca, "-u", f"scraper:{PASSWORD}", f"{self.url()}/-/ready").stdout.endswith("200")

    def url(self, user=""):
        return f"https://{user}localhost:{self.port}"


class Hosts:
    """Running from start() to close()."""

    def __init__(self, home):
        self.home, self._cleanup = home, ExitStack()
        self.close = self._cleanup.close

    def start(self):
        home = self.home
        self.app, self.db = (self._own(Host(home, name, address), "close")
                             for name, address in (("app", APP), ("db", DATABASE)))
        shutil.copytree(APPS, home / "apps")
        self.postgres = self._own(Postgres(home / "postgres", host=DATABASE, port=5432, before=self.db.entry))
        self.postgres.query("create table counters (id int, n int); insert into counters values (1, 0);"
                            "grant all on counters to app")
        self.uwsgi = self._own(Uwsgi(home / "uwsgi", home / "apps", processes=6, before=self.app.entry,
                                     env={"APP_DATABASE": self.postgres.dsn, "APP_REDIS_PORT": "1"}))
        self.nginx = self._own(Nginx(
            home / "nginx", f"include /etc/nginx/uwsgi_params; uwsgi_pass unix:{self.uwsgi.socket};",
            host=APP, port=80, before=self.app.entry))
        self.daemons = [self._own(Daemon(home, host, name)).wait_ready()
                        for host, name in ((self.app, "watch-app"), (self.db, "watch-db"))]
        targets = TARGETS.format(app=APP, db=DATABASE)
        self.prometheus = self._own(Prometheus(home / "prometheus", "", targets=targets))
        self.secured = self._own(Secured(home / "prometheus-tls", targets))
        return self

    def _own(self, server, end="stop"):
        self._cleanup.callback(getattr(server, end))
        return server

    def query(self, expression):
        url = f"{self.url}/api/v1/query?" + urllib.parse.urlencode({"query": expression})
        with urllib.request.urlopen(url, timeout=10) as answer:
            return json.load(answer)["data"]["result"]

    @property
    def url(self):
        return f"http://127.0.0.1:{self.prometheus.port}"

    def said(self):
        return [daemon.snapshot()["verdict"]["sentence"] for daemon in self.daemons]


@pytest.fixture(scope="module")
def hosts(home, bridge):
    made = Hosts(home)
    with ExitStack() as cleanup:
        cleanup.callback(made.close)
        yield made.start()


@pytest.fixture(scope="module")
def locked(hosts):
    """Everybody wants one row: the time in which that is so for both daemons, and what wrk printed."""
    printed = hosts.home / "wrk.txt"
    with open(printed, "w") as out:
        load = subprocess.Popen(["wrk", "-t", "1", "-c", "12", "-d", "30s", "--timeout", "30s", "--latency",
                                 hosts.nginx.url + "/locked-row/30"], stdout=out)
        named = ('tierwatch_bottleneck{tier="postgres", resource="lock"} == 1',
                 'tierwatch_edge_waiting_requests{tier="uwsgi"} > 3')
        wait_until(lambda: all(hosts.query(one) for one in named), hosts.said, 25)
        begin = time.time()
        assert load.wait() == 0
    return begin, time.time(), printed


def report(hosts, locked, *more, at=None):
    begin, end, _ = locked
    at = at or [f"@{int(begin) + 1}", f"@{int(end) - 1}"]
    return run(hosts.home, "report", "--prometheus", hosts.url, "--from", at[0], "--to", at[1], *more)


def test_it_names_tier_and_host_and_who_waits(hosts, locked):
    done = report(hosts, locked)
    assert done.returncode == 0, done.stderr
    first = " ".join(done.stdout.split("\n\n")[0].split())
    assert first.startswith("postgres at db1 is full: ")
    assert "backends wait for a lock" in first and "; uwsgi at app1 waits for it" in first
    assert "nothing else on this host" not in first


def test_programs_get_the_same(hosts, locked):
    found = json.loads(report(hosts, locked, "--json").stdout)
    verdict = found["verdict"]
    assert (verdict["outcome"], verdict["tier"], verdict["resource"]) == ("saturated", "postgres at db1", "lock")
    assert verdict["confidence"] in ("low", "medium")
    app, database = found["hosts"]
    assert (app["host"], app["instance"], app["addresses"]) == ("app1", "app1:9718", [APP])
    assert app["full"]["tier"] == "uwsgi" and database["full"]["resource"] == "lock"
    (wait,) = app["waits"]
    assert (wait["tier"], wait["peer"], wait["watched"]) == ("uwsgi", "postgres at db1", True)
    assert wait["share"] > 0.8
    rows = {row["tier"]: row for step in found["steps"] for row in step["tiers"]}
    assert rows["uwsgi at app1"]["busy_workers"] > 5
    assert 0 < rows["postgres at db1"]["cpu_cores"] < os.cpu_count()


def test_the_load_is_joined_and_thresholds_are_judged(hosts, locked):
    begin, end, printed = locked
    done = report(hosts, locked, "--json", "--load", f"wrk:{printed}", "--fail-if", "full == postgres",
                  "--fail-if", "throughput > 100000/s", at=[f"@{int(begin) - 20}", f"@{int(end) + 2}"])
    assert done.returncode == 3, done.stderr
    found = json.loads(done.stdout)
    assert found["load"]["tool"] == "wrk" and found["load"]["totals"]["requests"] > 100
    assert [one["outcome"] for one in found["thresholds"]] == ["exceeded", "passed"]


def over_tls(hosts, locked, *more, user="scraper@", password=PASSWORD):
    begin, end, _ = locked
    return subprocess.run(
        [installed(hosts.home), "report", "--prometheus", hosts.secured.url(user), "--from", f"@{int(begin) + 1}", "--to",
         f"@{int(end) - 1}", *map(str, more)], capture_output=True, text=True, cwd=hosts.home, timeout=30,
        env={**os.environ, "HOME": str(hosts.home), "TIERWATCH_PASSWORD": password})


def test_a_prometheus_behind_tls_and_a_password_is_read(hosts, locked):
    done = over_tls(hosts, locked, "--ca", hosts.secured.ca)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("postgres at db1 is full: ")
    assert over_tls(hosts, locked, "--insecure").stdout.startswith("postgres at db1 is full: ")


def test_who_is_no_trusted_prometheus_gets_no_question_and_no_password(hosts, locked):
    done = over_tls(hosts, locked)
    assert (done.returncode, done.stdout) == (1, "") and "certificate" in done.stderr, done.stderr
    done = over_tls(hosts, locked, "--ca", hosts.secured.ca, password="wrong one")
    assert (done.returncode, done.stdout) == (1, "") and "are refused" in done.stderr, done.stderr
    assert "wrong one" not in done.stderr
    done = over_tls(hosts, locked, "--ca", hosts.home / "none.pem")
    assert done.returncode == 1 and "none.pem" in done.stderr, done.stderr


@pytest.mark.parametrize("format", ["md", "comment", "csv"])
def test_all_formats_hold_it(hosts, locked, format):
    done = report(hosts, locked, "--format", format, "--html", hosts.home / "page.html")
    assert done.returncode == 0, done.stderr
    assert "postgres at db1" in done.stdout
    assert "postgres at db1 is full" in (hosts.home / "page.html").read_text()


def test_a_host_alone_waits_for_an_address(hosts, locked):
    done = report(hosts, locked, "--instance", "app1:.*")
    assert f"waiting for {DATABASE}:5432" in " ".join(done.stdout.split())
    assert "is no watched host" in " ".join(done.stdout.split())


@pytest.mark.parametrize("more,at,said", [
    (["--instance", "nobody"], None, "there are app1:9718 and db1:9718"),
    (["--instance", "("], None, "it refuses the query: "),
    ([], ["@1000000000", "@1000000060"], "does it scrape tierwatch's daemons"),
    ([], ["-40d", "now"], "longer than 31 days"),
])
def test_what_there_is_not_is_said(hosts, locked, more, at, said):
    done = report(hosts, locked, *more, at=at)
    assert (done.returncode, done.stdout) == (1, "")
    assert said in done.stderr


def test_what_is_no_prometheus_is_said(hosts):
    at = ("--from", "-1m", "--to", "now")
    done = run(hosts.home, "report", "--prometheus", f"http://{hosts.daemons[0].address}", *at)
    assert done.returncode == 1 and "this is no Prometheus" in done.stderr
    done = run(hosts.home, "report", "--prometheus", f"http://127.0.0.1:{free_port()}", *at)
    assert done.returncode == 1 and "does Prometheus run there?" in done.stderr


class Refuses(BaseHTTPRequestHandler):
    """Says 401 to everybody, and remembers who it was."""

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.seen.append(self.headers.get("Authorization"))
        self.send_response(401)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.mark.parametrize("user,more,environment,header,said", [
    ("", [], {}, None, "a user and a password, or a token, are wanted"),
    ("me@", [], {"TIERWATCH_PASSWORD": "s3:cret"}, "Basic " + base64.b64encode(b"me:s3:cret").decode(), "are refused"),
    ("", ["--bearer-token-file", "token"], {}, "Bearer a.b-c", "are refused"),
])
def test_who_asks(home, user, more, environment, header, said):
    server = HTTPServer(("127.0.0.1", 0), Refuses)
    server.seen = []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    (home / "token").write_text("a.b-c\n")
    try:
        done = subprocess.run(
            [installed(home), "report", "--prometheus", f"http://{user}127.0.0.1:{server.server_address[1]}",
             "--from", "-1m", "--to", "now", *more],
            capture_output=True, text=True, cwd=home, timeout=20, env={**os.environ, "HOME": str(home), **environment})
    finally:
        server.shutdown()
    assert done.returncode == 1 and said in done.stderr
    assert server.seen == [header]
    assert "cret" not in done.stderr and "a.b-c" not in done.stderr

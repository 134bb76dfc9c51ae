# SPDX-License-Identifier: MIT
"""nginx → uWSGI (Flask) → Postgres and Redis, each in a control group of its own where that can be
had, and wrk to put load on it."""

import re
import shutil
import subprocess
import threading
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

import cgroup
from servers import Nginx, Postgres, Redis, Uwsgi

APPS = Path(__file__).parent / "apps"
TIERS = ("nginx", "uwsgi", "postgres", "redis")


def upstream(app_server):
    """What nginx is told of where to pass requests to."""
    if app_server.socket:
        return f"include /etc/nginx/uwsgi_params; uwsgi_pass unix:{app_server.socket};"
    return f"proxy_pass http://{app_server.address};"


class WebStack:
    """Running from construction to close(). `options` gives keyword arguments per server:
    WebStack(home, uwsgi={"processes": 1}). uwsgi={"server": Gunicorn} puts another in its place."""

    def __init__(self, home, **options):
        self._cleanup = ExitStack()
        self.cgroups = {}
        try:
            self._start(home, {tier: dict(options.get(tier, {})) for tier in TIERS})
        except BaseException:
            self.close()
            raise

    def _start(self, home, options):
        if cgroup.available():
            for tier in TIERS:
                self.cgroups[tier] = group = cgroup.ControlGroup(tier)
                self._cleanup.callback(group.close)
                options[tier]["cgroup"] = group
        apps = home / "apps"
        shutil.copytree(APPS, apps, dirs_exist_ok=True)  # where www-data may read them
        self.postgres = self._own(Postgres(home / "postgres", **options["postgres"]))
        self.redis = self._own(Redis(home / "redis", **options["redis"]))
        env = {"APP_DATABASE": self.postgres.dsn, "APP_REDIS_PORT": str(self.redis.port),
               "PYTHONDONTWRITEBYTECODE": "1", **options["uwsgi"].pop("env", {})}
        server = options["uwsgi"].pop("server", Uwsgi)
        self.uwsgi = self._own(server(home / "uwsgi", apps, env=env, **options["uwsgi"]))
        self.nginx = self._own(Nginx(home / "nginx", upstream(self.uwsgi), **options["nginx"]))

    def _own(self, server):
        self._cleanup.callback(server.stop)
        return server

    def server(self, tier):
        return getattr(self, tier)

    def close(self):
        self._cleanup.close()


@dataclass
class LoadResult:
    requests: int
    seconds: float
    errors: int


def wrk(url, seconds=3, connections=8, threads=1):
    """Closed-loop load on loopback, for `seconds`."""
    done = subprocess.run(
        ["wrk", "-t", str(threads), "-c", str(connections), "-d", f"{seconds}s", url],
        check=True, capture_output=True, text=True, timeout=seconds + 30)
    total = re.search(r"(\d+) requests in ([\d.]+)(s|m)", done.stdout)
    errors = sum(map(int, re.findall(r"Non-2xx or 3xx responses: (\d+)", done.stdout)))
    return LoadResult(int(total[1]), float(total[2]) * (60 if total[3] == "m" else 1), errors)


def on_half_a_core(home):
    """For a fixture: a stack whose eight uWSGI workers may use half a core together."""
    stack = WebStack(home, uwsgi={"processes": 8})
    if not stack.cgroups:
        stack.close()
        pytest.skip("needs control groups")
    stack.cgroups["uwsgi"].limit_cpu(0.5)
    yield stack
    stack.close()


class Load:
    """wrk beside a block, which ends with it."""

    def __init__(self, url, connections=4, seconds=22):
        self._thread = threading.Thread(target=wrk, args=(url,), kwargs={"seconds": seconds, "connections": connections})

    def __enter__(self):
        self._thread.start()

    def __exit__(self, *_):
        self._thread.join()

# SPDX-License-Identifier: MIT
"""Workers of servers that root starts, behind UNIX sockets that lie where distributions put them: by their paths nobody
knows whose these are. Seen by root and by nobody."""

import os
import shutil
from pathlib import Path

import pytest

import test_apache
from loads import Wrk
from processes import Child, accepts, is_root
from servers import Nginx
from test_apache import MODULES, Apache
from test_whole_stacks import (MAIL_PORT, calm, cleanup, named_within, place, script, started, steps,  # noqa: F401
                               watchers)

pytestmark = [pytest.mark.usefixtures("isolated"), pytest.mark.skipif(not is_root(), reason="needs root to write to /run")]

PHP_FPM = next(iter(sorted(Path("/usr/sbin").glob("php-fpm[0-9]*"))), None)
PAGE = """<?php
$mail = fsockopen('127.0.0.1', %d);
echo fgets($mail);
"""
POOL = """
[global]
daemonize = no
error_log = {home}/php-fpm.log
[www]
user = www-data
group = www-data
listen = {socket}
listen.owner = www-data
pm = ondemand
pm.max_children = {children}
"""


def php_fpm(cleanup, home, children):  # noqa: F811
    home.mkdir(mode=0o755)
    socket = f"/run/php-fpm-{os.getpid()}.sock"
    (home / "index.php").write_text(PAGE % MAIL_PORT)
    (home / "php-fpm.conf").write_text(POOL.format(home=home, socket=socket, children=children))
    server = started(cleanup, Child("php-fpm", [PHP_FPM, "-F", "-y", home / "php-fpm.conf"], home))
    server.wait_ready(lambda: accepts(socket))
    return server, (f"include /etc/nginx/fastcgi_params; fastcgi_param SCRIPT_FILENAME {home}/index.php; "
                    f"fastcgi_pass unix:{socket};")


@pytest.mark.skipif(PHP_FPM is None, reason="no php-fpm here")
def test_php_fpm(watchers, place, cleanup, kept_run):  # noqa: F811
    mail = script(cleanup, place, "mail_server.py", MAIL_PORT, 0.3)
    small, upstream = php_fpm(cleanup, place / "php", 4)
    nginx = started(cleanup, Nginx(place / "nginx", upstream, port=80))
    way = ["nginx", "php-fpm", f"127.0.0.1:{mail}"]
    with kept_run("php-fpm waits for mail", "php-fpm workers", path=way, waiting_on=way[-1], helps=["more workers"],
                  made_on="nginx → php-fpm") as run:
        run.load(lambda seconds: Wrk(nginx.url, 16, seconds))
        for daemon in watchers.values():
            verdict = named_within(daemon, ("php-fpm", "workers"), way[-1])
            assert "all 4 workers busy" in verdict["sentence"]
            assert steps(verdict) == way
    small.stop()
    php_fpm(cleanup, place / "php2", 16)
    run.relief(lambda seconds: Wrk(nginx.url, 16, seconds))


APPLICATION = """
import time


def application(environment, start):
    time.sleep(0.3)
    start("200 OK", [("Content-Length", "3")])
    return [b"ok\\n"]
"""
MOD_WSGI = """
LoadModule wsgi_module {modules}/mod_wsgi.so
WSGISocketPrefix /run/apache2/wsgi
WSGIDaemonProcess shop processes=1 threads={threads}
WSGIProcessGroup shop
WSGIScriptAlias /shop {home}/shop.wsgi
<Directory {home}>
  Require all granted
</Directory>
"""


def mod_wsgi(cleanup, home, threads, monkeypatch):  # noqa: F811
    home.mkdir(mode=0o755)
    (home / "shop.wsgi").write_text(APPLICATION)
    Path("/run/apache2").mkdir(exist_ok=True)
    with monkeypatch.context() as patch:
        more = MOD_WSGI.format(modules=MODULES, threads=threads, home=home)
        patch.setattr(test_apache, "CONFIGURATION", test_apache.CONFIGURATION + more)
        return started(cleanup, Apache(home / "apache", "event", workers=64))


@pytest.mark.skipif(not Path(MODULES, "mod_wsgi.so").exists() or not shutil.which("apache2"),
                    reason="no mod_wsgi here")
def test_mod_wsgi(watchers, place, cleanup, kept_run, monkeypatch):  # noqa: F811
    """Apache has threads to spare, and mod_wsgi's daemon few."""
    small = mod_wsgi(cleanup, place / "wsgi", 4, monkeypatch)

    def load(seconds):
        return Wrk(f"http://127.0.0.1:{small.port}/shop", 16, seconds)

    with kept_run("threads of mod_wsgi", "apache workers", path=["apache"], helps=["more workers"],
                  made_on="Apache with mod_wsgi") as run:
        run.load(load)
        for daemon in watchers.values():
            assert "connections wait for a free worker" in named_within(daemon, ("apache", "workers"))["sentence"]
    small.stop()
    mod_wsgi(cleanup, place / "wsgi2", 16, monkeypatch)
    run.relief(load)

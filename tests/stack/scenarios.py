# SPDX-License-Identifier: MIT
"""Stacks that run out of one thing each, with the load that shows it, what must be said, and the
relief that proves it: the same load with that one limit lifted goes `factor` times as fast."""

import os
from dataclasses import dataclass, field
from typing import Callable, Optional

from loads import Paced, Program, Together, Wrk, slow_readers
from servers import Gunicorn

MAIL_PORT = 2525


@dataclass
class Scenario:
    name: str
    load: Callable                    # (stack, seconds) -> load
    expected: Optional[tuple]         # (tier, resource); None: nothing is full
    stack: dict = field(default_factory=dict)
    quota: dict = field(default_factory=dict)      # tier -> cores
    memory: dict = field(default_factory=dict)     # tier -> bytes
    writes: dict = field(default_factory=dict)     # tier -> writes to the disk per second
    waiting_on: Optional[str] = None
    also: tuple = ()                  # other answers that are as true
    relief: Optional[dict] = None     # options of the relieved stack
    relief_quota: Optional[dict] = None
    factor: float = 1.5
    mail_seconds: Optional[float] = None
    seconds: int = 12                 # of load
    within: int = 10                  # seconds from the onset until it is named
    lasts: bool = False               # what is full stays full after the load
    sql: tuple = ()


def page(path, connections):
    return lambda stack, seconds: Wrk(stack.nginx.url + path, connections, seconds)


def paced(path, rate):
    return lambda stack, seconds: Paced(stack.nginx.url + path, rate, seconds)


def burners(count, seconds):
    return [Program("timeout", seconds, "sh", "-c", "while :; do :; done") for _ in range(count)]


BIG_TEXT = """
    gzip on; gzip_comp_level 9; gzip_min_length 1; gzip_types text/plain;
"""


def static_text(home, kilobytes=256):
    """A location of nginx that serves a text that is work to compress."""
    (home / "static").mkdir(exist_ok=True)
    words = " ".join(os.urandom(4).hex() for _ in range(kilobytes * 1024 // 9))
    (home / "static" / "big.txt").write_text(words)
    return f"location /static/ {{ root {home}; }}"


def scenarios(home):
    text = static_text(home)
    compressing = {"http": BIG_TEXT, "server": text}
    return [
        Scenario("uwsgi cpu", page("/cpu/20", 12), ("uwsgi", "cpu"),
                 stack={"uwsgi": {"processes": 4}}),
        Scenario("uwsgi pinned to one core", page("/cpu/20", 12), ("uwsgi", "cpu"),
                 stack={"uwsgi": {"processes": 4, "cpus": 0}},
                 relief={"uwsgi": {"processes": 4}}),
        Scenario("uwsgi under a quota", page("/cpu/20", 12), ("uwsgi", "quota"),
                 stack={"uwsgi": {"processes": 4}}, quota={"uwsgi": 0.5}, relief_quota={},
                 factor=2.5),
        Scenario("GIL", page("/cpu/20", 12), ("uwsgi", "thread"),
                 stack={"uwsgi": {"processes": 1, "threads": 8}},
                 relief={"uwsgi": {"processes": 2, "threads": 8}}),
        Scenario("slow mail", page("/mail", 12), ("uwsgi", "workers"), mail_seconds=0.5,
                 stack={"uwsgi": {"processes": 4}}, waiting_on=f"127.0.0.1:{MAIL_PORT}",
                 relief={"uwsgi": {"processes": 12}}, factor=2),
        Scenario("slow mail, queue overflows", page("/mail", 64), ("uwsgi", "workers"),
                 mail_seconds=0.5, stack={"uwsgi": {"processes": 4, "listen": 16}},
                 waiting_on=f"127.0.0.1:{MAIL_PORT}",
                 relief={"uwsgi": {"processes": 16, "listen": 100}}, factor=2),
        Scenario("slow mail, not the address book", page("/address-and-mail", 12),
                 ("uwsgi", "workers"), mail_seconds=0.5, stack={"uwsgi": {"processes": 4}},
                 waiting_on=f"127.0.0.1:{MAIL_PORT}"),
        Scenario("slow query, Postgres idle", page("/sleeping-query/300", 12),
                 ("uwsgi", "workers"), stack={"uwsgi": {"processes": 4}}, waiting_on="postgres",
                 relief={"uwsgi": {"processes": 12}}, factor=2),
        Scenario("one worker on a heavy query", page("/working-query/150000", 6),
                 ("uwsgi", "workers"), stack={"uwsgi": {"processes": 1}}, waiting_on="postgres",
                 relief={"uwsgi": {"processes": 2}}),
        Scenario("gunicorn cpu", page("/cpu/20", 12), ("gunicorn", "cpu"),
                 stack={"uwsgi": {"server": Gunicorn, "processes": 3}}),
        Scenario("gunicorn under the GIL", page("/cpu/20", 12), ("gunicorn", "thread"),
                 stack={"uwsgi": {"server": Gunicorn, "processes": 1, "threads": 6}}),
        Scenario("gunicorn and slow mail", page("/mail", 12), ("gunicorn", "workers"),
                 mail_seconds=0.5, waiting_on=f"127.0.0.1:{MAIL_PORT}",
                 stack={"uwsgi": {"server": Gunicorn, "processes": 4}}),
        Scenario("postgres cpu", page("/working-query/150000", 16), ("postgres", "cpu"),
                 stack={"uwsgi": {"processes": 8}}),
        Scenario("connection churn", page("/new-connection", 12), ("postgres", "cpu"),
                 stack={"uwsgi": {"processes": 8}}),
        Scenario("row lock", page("/locked-row/30", 12), ("postgres", "lock"),
                 stack={"uwsgi": {"processes": 8}},
                 sql=("create table counters (id int primary key, n int)",
                      "insert into counters values (1, 0)", "grant all on counters to app")),
        Scenario("slow disk", page("/written", 16), ("postgres", "disk"),
                 stack={"uwsgi": {"processes": 8}, "postgres": {"settings": {"fsync": "on"}}},
                 writes={"postgres": 20},
                 relief={"uwsgi": {"processes": 8}, "postgres": {"settings": {"fsync": "on"}}},
                 factor=2,
                 sql=("create table orders (id serial primary key, n int)",
                      "grant all on orders, orders_id_seq to app")),
        Scenario("no connections left", page("/own-connections/4", 12),
                 ("postgres", "connections"),
                 stack={"uwsgi": {"processes": 6}, "postgres": {"max_connections": 20}},
                 lasts=True),
        Scenario("redis thread", page("/script/300000", 16), ("redis", "thread"),
                 stack={"uwsgi": {"processes": 8}}),
        Scenario("nginx compresses with one worker", 
                 lambda stack, seconds: Wrk(stack.nginx.url + "/static/big.txt", 8, seconds,
                                            "Accept-Encoding: gzip"),
                 ("nginx", "thread"), stack={"nginx": {"workers": 1, **compressing}},
                 # Each with its own queue: else all of few connections may come to one of them.
                 relief={"nginx": {"workers": 2, "listen_options": "reuseport", **compressing}},
                 factor=1.3),
        Scenario("nginx out of descriptors", page("/cpu/1", 150), ("nginx", "fds"),
                 stack={"nginx": {"workers": 1, "nofile": 80}}),
        Scenario("memory into its limit", paced("/leak/3000", 8), ("uwsgi", "memory"),
                 stack={"uwsgi": {"processes": 2}}, memory={"uwsgi": 400 << 20}, seconds=25,
                 within=20),
        Scenario("paced load", paced("/", 20), None),
        Scenario("slow clients",
                 lambda stack, seconds: slow_readers(stack.nginx.port, "/static/big.txt", 20,
                                                     seconds),
                 None, stack={"nginx": {"server": text}}),
        Scenario("foreign processes, little load",
                 lambda stack, seconds: Together(Paced(stack.nginx.url + "/", 10, seconds),
                                                 *burners(2, seconds)), None),
        Scenario("foreign processes starve uwsgi",
                 lambda stack, seconds: Together(Wrk(stack.nginx.url + "/cpu/20", 12, seconds),
                                                 *burners(8, seconds)),
                 ("other", "cpu"), stack={"uwsgi": {"processes": 2}}, also=(("uwsgi", "cpu"),)),
        Scenario("burst of 2 s", lambda stack, seconds: Wrk(stack.nginx.url + "/cpu/20", 12, 2),
                 None, stack={"uwsgi": {"processes": 4}}, seconds=10),
        Scenario("step of 15 s", page("/cpu/20", 12), ("uwsgi", "cpu"),
                 stack={"uwsgi": {"processes": 4}}, seconds=15),
    ]

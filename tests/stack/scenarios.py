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
    relief_load: Optional[Callable] = None  # of the same kind, with less of what is short
    helps: tuple = ()                 # first words of what the relief was
    asked: Optional[float] = None     # requests per second of a load that has a pace
    turned_away: Optional[Callable] = None  # stack -> (what, how many)
    full_when: Optional[Callable] = None    # a tick's facts -> whether it is so already; else from the load's begin on
    factor: float = 1.5
    seconds: int = 12                 # of load, at most
    whole: bool = False               # the load goes on although the answer is certain
    within: int = 10                  # seconds from the onset until it is named
    lasts: bool = False               # what is full stays full after the load
    sql: tuple = ()

    def __str__(self):
        return self.name

    @property
    def truth(self):
        return " ".join(self.expected) if self.expected else "clear"

    @property
    def path(self):
        """The way of the requests to what is full, and to what that waits for."""
        app = "gunicorn" if self.stack.get("uwsgi", {}).get("server") is Gunicorn else "uwsgi"
        tier = self.expected[0] if self.expected else "other"
        ways = {"nginx": ["nginx"], app: ["nginx", app], "other": []}
        return ways.get(tier, ["nginx", app, tier]) + ([self.waiting_on] if self.waiting_on else [])


def page(path, connections):
    return lambda stack, seconds: Wrk(stack.nginx.url + path, connections, seconds)


def paced(path, rate):
    return lambda stack, seconds: Paced(stack.nginx.url + path, rate, seconds)


def memory_is_full(facts):
    return any("memory" in tier and tier["memory"]["used_bytes"] >= 0.9 * tier["memory"]["limit_bytes"]
               for tier in facts["tiers"])


def in_log(server, file, words):
    """How many lines of a server's log say so."""
    return server.child.log.with_name(file).read_text(errors="replace").count(words)


def burners(count, seconds, *before):
    """`before`: "setsid" for sessions of their own, which the scheduler may treat as one each (sched(7), autogroup)."""
    return [Program(*before, "timeout", seconds, "sh", "-c", "while :; do :; done") for _ in range(count)]


BIG_TEXT = """
    gzip on; gzip_comp_level 9; gzip_min_length 1; gzip_types text/plain;
"""


STATIC = "location /static/ { root texts; }"  # below nginx' own directory (write_static_text)


def write_static_text(nginx_home, kilobytes=256):
    """A text that is work to compress."""
    folder = nginx_home / "texts" / "static"
    folder.mkdir(parents=True)
    (folder / "big.txt").write_text(" ".join(os.urandom(4).hex() for _ in range(kilobytes * 1024 // 9)))


MAIL = f"127.0.0.1:{MAIL_PORT}"
FOUR = {"uwsgi": {"processes": 4}}
EIGHT = {"uwsgi": {"processes": 8}}
COMPRESSING = {"http": BIG_TEXT, "server": STATIC}
WITH_TEXT = {"nginx": {"server": STATIC}}
SLOW_DISK = {**EIGHT, "postgres": {"settings": {"fsync": "on"}}}


# Somebody fills processors: each of these needs the machine for itself. Those of one stack stand together, and share
# its servers.
BY_COMPUTING = [
    Scenario("uwsgi cpu", page("/cpu/20", 12), ("uwsgi", "cpu"), stack=FOUR,
             relief_load=page("/cpu/10", 12), helps=("cheaper requests",)),
    Scenario("burst of 2 s", lambda stack, seconds: Wrk(stack.nginx.url + "/cpu/20", 12, 2),
             None, stack=FOUR, seconds=10),
    Scenario("step of 15 s", page("/cpu/20", 12), ("uwsgi", "cpu"), stack=FOUR, seconds=15,
             whole=True, relief_load=page("/cpu/10", 12), helps=("cheaper requests",)),
    Scenario("uwsgi pinned to one core", page("/cpu/20", 12), ("uwsgi", "cpu"),
             stack={"uwsgi": {"processes": 4, "cpus": 0}}, relief=FOUR,
             helps=("let it use more cores",)),
    Scenario("uwsgi under a quota", page("/cpu/20", 12), ("uwsgi", "quota"), stack=FOUR,
             quota={"uwsgi": 0.5}, relief_quota={}, factor=2.5, helps=("raise its CPU quota",)),
    Scenario("GIL", page("/cpu/20", 12), ("uwsgi", "thread"),
             stack={"uwsgi": {"processes": 1, "threads": 8}},
             relief={"uwsgi": {"processes": 2, "threads": 8}}, helps=("more processes",)),
    Scenario("one worker on a heavy query", page("/working-query/150000", 6),
             ("uwsgi", "workers"), stack={"uwsgi": {"processes": 1}}, waiting_on="postgres",
             relief={"uwsgi": {"processes": 2}}, helps=("more workers",)),
    Scenario("gunicorn cpu", page("/cpu/20", 12), ("gunicorn", "cpu"),
             stack={"uwsgi": {"server": Gunicorn, "processes": 3}},
             relief_load=page("/cpu/10", 12), helps=("cheaper requests",)),
    Scenario("gunicorn under the GIL", page("/cpu/20", 12), ("gunicorn", "thread"),
             stack={"uwsgi": {"server": Gunicorn, "processes": 1, "threads": 6}},
             relief={"uwsgi": {"server": Gunicorn, "processes": 2, "threads": 6}}, helps=("more processes",)),
    Scenario("postgres cpu", page("/working-query/150000", 16), ("postgres", "cpu"),
             stack=EIGHT, relief_load=page("/working-query/75000", 16), helps=("cheaper requests",)),
    Scenario("connection churn", page("/new-connection", 12), ("postgres", "cpu"), stack=EIGHT,
             relief_load=page("/working-query/1", 12), helps=("cheaper requests",)),
    Scenario("redis thread", page("/script/300000", 16), ("redis", "thread"), stack=EIGHT,
             relief_load=page("/script/150000", 16), helps=("cheaper requests",)),
    Scenario("nginx compresses with one worker",
             lambda stack, seconds: Wrk(stack.nginx.url + "/static/big.txt", 8, seconds,
                                        "Accept-Encoding: gzip"),
             ("nginx", "thread"), stack={"nginx": {"workers": 1, **COMPRESSING}},
             # Each with its own queue: else all of few connections may come to one of them.
             relief={"nginx": {"workers": 2, "listen_options": "reuseport", **COMPRESSING}},
             factor=1.3, helps=("more processes",)),
    Scenario("nginx out of descriptors", page("/cpu/1", 150), ("nginx", "fds"),
             stack={"nginx": {"workers": 1, "nofile": 80}}, helps=("raise its limit of open files",),
             turned_away=lambda stack: ("refused", in_log(stack.nginx, "error.log", "Too many open files"))),
    Scenario("foreign processes, little load",
             lambda stack, seconds: Together(Paced(stack.nginx.url + "/", 10, seconds),
                                             *burners(2, seconds)), None, asked=10),
    Scenario("foreign processes starve uwsgi",
             lambda stack, seconds: Together(Wrk(stack.nginx.url + "/cpu/20", 12, seconds),
                                             *burners(8, seconds)),
             ("other", "cpu"), stack={"uwsgi": {"processes": 2}}, also=(("uwsgi", "cpu"),),
             relief_load=page("/cpu/20", 12), helps=("less of sh",)),
]

# Workers wait for somebody else; the processors idle.
BY_WAITING = [
    Scenario("slow mail", page("/mail", 12), ("uwsgi", "workers"), stack=FOUR, waiting_on=MAIL,
             relief={"uwsgi": {"processes": 12}}, factor=2, helps=("more workers",)),
    Scenario("slow query, Postgres idle", page("/sleeping-query/300", 12),
             ("uwsgi", "workers"), stack=FOUR, waiting_on="postgres",
             relief={"uwsgi": {"processes": 12}}, factor=2, helps=("more workers",)),
    Scenario("slow mail, not the address book", page("/address-and-mail", 12),
             ("uwsgi", "workers"), stack=FOUR, waiting_on=MAIL,
             relief={"uwsgi": {"processes": 12}}, factor=2, helps=("more workers",)),
    Scenario("slow mail, queue overflows", page("/mail", 64), ("uwsgi", "workers"),
             stack={"uwsgi": {"processes": 4, "listen": 16}}, waiting_on=MAIL,
             relief={"uwsgi": {"processes": 16, "listen": 100}}, factor=2, helps=("more workers",)),
    Scenario("gunicorn and slow mail", page("/mail", 12), ("gunicorn", "workers"),
             waiting_on=MAIL, stack={"uwsgi": {"server": Gunicorn, "processes": 4}},
             relief={"uwsgi": {"server": Gunicorn, "processes": 12}}, factor=2, helps=("more workers",)),
    Scenario("row lock", page("/locked-row/30", 12), ("postgres", "lock"), stack=EIGHT,
             relief_load=page("/locked-row/10", 12), helps=("shorter transactions",),
             sql=("create table counters (id int primary key, n int)",
                  "insert into counters values (1, 0)", "grant all on counters to app")),
]

# Something other than time is short, or nothing is; the processors idle.
BY_LACK = [
    Scenario("paced load", paced("/", 20), None, stack=WITH_TEXT, asked=20),
    Scenario("slow clients",
             lambda stack, seconds: slow_readers(stack.nginx.port, "/static/big.txt", 20,
                                                 seconds), None, stack=WITH_TEXT),
    Scenario("slow disk", page("/written", 16), ("postgres", "disk"), stack=SLOW_DISK,
             writes={"postgres": 20}, relief=SLOW_DISK, factor=2, helps=("a faster disk",),
             sql=("create table orders (id serial primary key, n int)",
                  "grant all on orders, orders_id_seq to app")),
    Scenario("no connections left", page("/own-connections/4", 12),
             ("postgres", "connections"),
             stack={"uwsgi": {"processes": 6}, "postgres": {"max_connections": 20}},
             lasts=True, helps=("raise its limit of connections",),
             turned_away=lambda stack: ("refused", in_log(stack.postgres, "postgres.log", "connection slots are"))),
    Scenario("memory into its limit", paced("/leak/3000", 8), ("uwsgi", "memory"),
             stack={"uwsgi": {"processes": 2}}, memory={"uwsgi": 400 << 20}, seconds=25,
             within=20, full_when=memory_is_full, helps=("raise its memory limit",),
             turned_away=lambda stack: ("killed", stack.cgroups["uwsgi"].killed_for_memory())),
]

# SPDX-License-Identifier: MIT
"""What a machine has only so much of: room on disks, the speed of links, SYN backlogs, memory. Made so for one daemon
and its servers by mounts, namespaces and a bucket of tokens (tc): named when it denies or delays somebody, warm before."""

import socket
import subprocess
import sys
import threading
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import psycopg2
import pytest

from daemon import Tierwatch
from namespaces import HOST_ADDRESS, Space, run
from processes import OWN_MOUNTS, Child, free_port, is_root, own_directory, wait_until
from servers import Nginx, Postgres, Redis
from test_limits import place, running, spots, stays_a_guess, watch  # noqa: F401
from verdict_watch import said

pytestmark = pytest.mark.skipif(not is_root(), reason="needs root for mounts and namespaces")
SYNCOOKIES = Path("/proc/sys/net/ipv4/tcp_syncookies")
MEBIBYTE = 1 << 20


def verdict_of(daemon):
    return daemon.snapshot()["verdict"]


def named(daemon, expected, seconds=30):
    return wait_until(lambda: said(verdict_of(daemon)) == expected and verdict_of(daemon),
                      lambda: f"{expected}: {verdict_of(daemon)}", seconds)


def clear(daemon, seconds=30):
    return wait_until(lambda: verdict_of(daemon)["state"] == "clear" and verdict_of(daemon),
                      lambda: f"clear: {verdict_of(daemon)}", seconds)


@contextmanager
def small_disk(folder, mebibytes, user=None):
    """A file system of that size."""
    own_directory(folder, user)
    run("mount", "-t", "tmpfs", "-o", f"size={mebibytes}m,mode=0777", "tierwatch-test", folder)
    try:
        yield folder
    finally:
        run("umount", "-l", folder)


def space_of(daemon, tier):
    facts = [one for one in daemon.snapshot()["facts"]["tiers"] if one["name"] == tier]
    return facts[0].get("space") if facts else None


class Writer:
    """A client that inserts a row of 64 KiB ten times a second, and counts what fails."""

    def __init__(self, dsn):
        self.failed, self._dsn, self._stopped = 0, dsn, threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        with closing(psycopg2.connect(self._dsn)) as session:
            session.autocommit = True
            while not self._stopped.wait(0.1):
                try:
                    session.cursor().execute("insert into pile select repeat(md5(random()::text), 2000)")
                except psycopg2.errors.DiskFull:
                    self.failed += 1

    def stop(self):
        self._stopped.set()
        self._thread.join()


def test_a_database_that_cannot_write_is_named_until_it_can(home, place, watch):  # noqa: F811
    """Its table lies in a tablespace of its own, on a disk that has no room."""
    postgres = Postgres(place / "postgres")
    with small_disk(place / "fast", 24) as disk, running(postgres):
        run("chown", "postgres", disk)
        postgres.query(f"create tablespace fast location '{disk}'")
        postgres.query("create table pile (line text) tablespace fast; alter table pile alter line set storage external;"
                       "grant all on pile to app")
        nobody = Tierwatch(home, user="nobody", name="nobody")
        with running(Writer(postgres.dsn)) as writer, running(nobody):
            watch.wait_ready()
            nobody.wait_ready()
            clear(watch)
            assert space_of(watch, "postgres")["left_bytes"] > 0
            verdict = named(watch, ("postgres", "space"), 90)
            assert writer.failed > 0
            assert "postgres is full: no disk space left in" in verdict["sentence"], verdict["sentence"]
            assert "pg_tblspc" in verdict["sentence"]
            assert verdict["relief"][0].startswith("more room in")
            metrics = watch.metrics()
            assert metrics.sum("tierwatch_tier_data_left_bytes", tier="postgres") < MEBIBYTE
            # The tablespace is a link in a directory that Postgres alone may open.
            assert clear(nobody)["confidence"] != "high"
            run("mount", "-o", "remount,size=256m", disk)
            clear(watch)
            failed = writer.failed
            watch.settle(8)
            assert writer.failed == failed, "the relief that was proposed ends the errors"


def test_of_a_database_whose_directory_nobody_may_open_it_is_known_by_its_path(home, place):  # noqa: F811
    with running(Postgres(place / "postgres")), running(Tierwatch(home, user="nobody", name="by-path").wait_ready()) as nobody:
        space = wait_until(lambda: space_of(nobody, "postgres"), "the place")
        assert space["directory"] == f"{place}/postgres/data"


def test_a_cache_without_room_may_refuse_to_write(place, watch):  # noqa: F811
    with small_disk(place / "redis", 4) as disk, running(Redis(disk)) as redis:
        watch.wait_ready()
        with socket.create_connection(("127.0.0.1", redis.port)) as client:
            client.sendall(b"PING\r\n")
            wait_until(lambda: space_of(watch, "redis"), "the place")
            (disk / "heap").write_bytes(b"x" * (3 * MEBIBYTE))
            with pytest.raises(OSError), open(disk / "more", "wb", buffering=0) as more:
                while more.write(b"x" * 4096):
                    pass
            wait_until(lambda: spots(watch, "hardly any room"), "the blind spot")
            stays_a_guess(watch)


@pytest.fixture
def client_space(place, bridge):  # noqa: F811
    """Where the clients are: over a cable, which is a link of the servers' machine."""
    space = Space(place, "clients", "10.91.0.2")
    yield space
    space.close()


def seen_as(home, name, path, files):
    """argv in front of a program that sees a folder of `files` in place of the kernel's."""
    folder = own_directory(home / name, None)
    for file, text in files.items():
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_text(text)
    return [*OWN_MOUNTS, "sh", "-c", f'mount --bind {folder} {path} && exec "$@"', "sh"]


def nginx_with_a_file(place, mebibytes, listen):  # noqa: F811
    folder = own_directory(place / "files", None)
    (folder / "large").write_bytes(bytes(mebibytes * MEBIBYTE))
    return Nginx(place / "nginx", "return 200;",
                 server=f"listen {listen}; location /large {{ root {folder}; }}")


DOWNLOAD = """
import socket, sys
while True:
    with socket.create_connection((sys.argv[1], int(sys.argv[2]))) as client:
        client.sendall(b"GET /large HTTP/1.0\\r\\n\\r\\n")
        while client.recv(1 << 16):
            pass
"""


def test_a_link_that_sends_as_fast_as_it_can_is_named(home, place, client_space):  # noqa: F811
    """20 Mbit/s by tc; that a veth is so fast, and hardware, only this daemon is told."""
    cable, port = client_space.cable, free_port()
    try:
        run("tc", "qdisc", "add", "dev", cable, "root", "tbf", "rate", "20mbit", "burst", "32kb", "latency", "50ms")
    except subprocess.CalledProcessError as why:
        pytest.skip(f"needs tc and its token bucket: {why}")
    before = seen_as(home, "links", "/sys/class/net", {f"{cable}/speed": "20\n", f"{cable}/device/uevent": "",
                                                       "lo/speed": "1\n"})
    with ExitStack() as stack:
        stack.enter_context(running(nginx_with_a_file(place, 4, f"{HOST_ADDRESS}:{port}")))
        watch = stack.enter_context(running(Tierwatch(home, name="links", before=before).wait_ready()))  # noqa: F811
        clear(watch)
        links = watch.snapshot()["host"]["since_boot"]["links"]
        assert [(link["name"], link["bits_per_second"]) for link in links] == [(cable, 20_000_000)]
        for number in range(4):
            stack.enter_context(running(Child(f"client-{number}", [sys.executable, "-c", DOWNLOAD, HOST_ADDRESS, port],
                                              place, before=client_space.entry)))
        verdict = named(watch, ("nginx", "network"))
        assert f"link {cable} sends " in verdict["sentence"] and "of 20 Mbit/s" in verdict["sentence"]
        assert verdict["relief"][0] == "a faster link"
        listener = f"{HOST_ADDRESS}:{port}"
        edges = [edge for edge in watch.snapshot()["edges"] if edge["peer"] == listener]
        assert edges and edges[0]["round_trip_seconds"] > 0.001 and edges[0]["segments_sent"] > 100
        run("tc", "qdisc", "del", "dev", cable, "root")
        wait_until(lambda: said(verdict_of(watch)) != ("nginx", "network"), "the relief")


def test_a_link_that_a_shaper_slows_down_is_named_by_its_queue(place, client_space, watch):  # noqa: F811
    """Nobody tells how fast a veth is; what comes faster than the shaper lets through waits there."""
    cable, port = client_space.cable, free_port()
    try:
        run("tc", "qdisc", "add", "dev", cable, "root", "tbf", "rate", "20mbit", "burst", "32kb", "latency", "50ms")
    except subprocess.CalledProcessError as why:
        pytest.skip(f"needs tc and its token bucket: {why}")
    with ExitStack() as stack:
        stack.enter_context(running(nginx_with_a_file(place, 4, f"{HOST_ADDRESS}:{port}")))
        clear(watch.wait_ready())
        for number in range(4):
            stack.enter_context(running(Child(f"client-{number}", [sys.executable, "-c", DOWNLOAD, HOST_ADDRESS, port],
                                              place, before=client_space.entry)))
        verdict = named(watch, ("nginx", "network"))
        assert f"link {cable} sends " in verdict["sentence"]
        run("tc", "qdisc", "del", "dev", cable, "root")
        wait_until(lambda: said(verdict_of(watch)) != ("nginx", "network"), "the relief")


FLOOD = """
import random, socket, struct, sys, time
target, port = socket.inet_aton(sys.argv[1]), int(sys.argv[2])
out = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
def checksum(data):
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    total = (total >> 16) + (total & 0xffff)
    return ~(total + (total >> 16)) & 0xffff
while True:
    source = socket.inet_aton("10.92.%d.%d" % (random.randrange(256), random.randrange(1, 255)))
    def tcp(check):
        return struct.pack("!HHIIBBHHH", random_port, port, 1, 0, 5 << 4, 2, 8192, check, 0)
    random_port = random.randrange(1024, 65535)
    pseudo = source + target + struct.pack("!BBH", 0, 6, 20)
    packet = struct.pack("!BBHHHBBH", 0x45, 0, 40, 0, 0, 64, 6, 0) + source + target + tcp(checksum(pseudo + tcp(0)))
    out.sendto(packet, (sys.argv[1], 0))
    time.sleep(0.02)
"""


def test_a_syn_backlog_that_turns_clients_away_is_named_by_its_listener(home, place, client_space):  # noqa: F811
    port, cookies = free_port(), SYNCOOKIES.read_text()
    nginx = Nginx(place / "nginx", "return 200;", server=f"listen {HOST_ADDRESS}:{port} backlog=16;")
    # Answers to who does not exist end in the clients' namespace.
    run("ip", "route", "add", "10.92.0.0/16", "via", client_space.address)
    with ExitStack() as stack:
        stack.callback(SYNCOOKIES.write_text, cookies)
        stack.callback(run, "ip", "route", "del", "10.92.0.0/16")
        stack.enter_context(running(nginx))
        watch = stack.enter_context(running(Tierwatch(home, name="backlog").wait_ready()))  # noqa: F811
        stack.enter_context(socket.create_connection(("127.0.0.1", nginx.port))).sendall(b"GET / HTTP/1.1\r\n")
        SYNCOOKIES.write_text("0")
        flood = Child("flood", [sys.executable, "-c", FLOOD, HOST_ADDRESS, port], place, before=client_space.entry)
        with running(flood):
            verdict = named(watch, ("nginx", "connections"))
            # The kernel lets one more in than there may be.
            assert f" of 16 connections half open at {HOST_ADDRESS}:{port}" in verdict["sentence"], verdict["sentence"]
            assert "tcp_syncookies" in verdict["relief"][1]
            assert watch.metrics().sum("tierwatch_listener_half_open_connections", tier="nginx") >= 14
            SYNCOOKIES.write_text("1")
            wait_until(lambda: said(verdict_of(watch)) != ("nginx", "connections"), "the relief")


GIBIBYTE_IN_KIB = 1 << 20


class Memory:
    """A machine of 512 GiB with 10 left, as one daemon sees it. Its counters go on by so many pages a second."""

    def __init__(self, home):
        self._folder = own_directory(home / "memory", None)
        self._pages, self._stalled = 1000, 0
        self._pages_per_tick = self._stall_per_tick = 0
        self._stopped = threading.Event()
        self._write()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def before(self):
        mounts = [f"mount --bind {self._folder}/{name} /proc/{path}" for name, path in
                  (("meminfo", "meminfo"), ("vmstat", "vmstat"), ("pressure", "pressure/memory"))]
        return [*OWN_MOUNTS, "sh", "-c", " && ".join([*mounts, 'exec "$@"']), "sh"]

    def lack(self, pages, microseconds):
        """In each quarter of a second: pages that are looked for and read back, and time that somebody waits."""
        self._pages_per_tick, self._stall_per_tick = pages, microseconds

    def _run(self):
        while not self._stopped.wait(0.25):
            self._pages += self._pages_per_tick
            self._stalled += self._stall_per_tick
            self._write()

    def _write(self):
        total, left = 512 * GIBIBYTE_IN_KIB, 10 * GIBIBYTE_IN_KIB
        (self._folder / "meminfo").write_text("".join(
            f"{name}: {value} kB\n" for name, value in
            (("MemTotal", total), ("MemFree", left), ("MemAvailable", left), ("Buffers", 0), ("Cached", 0),
             ("SwapTotal", 0), ("SwapFree", 0))))
        (self._folder / "vmstat").write_text("".join(
            f"{name} {self._pages}\n" for name in ("nr_free_pages", "oom_kill_not", "pswpin", "pswpout", "pgscan_kswapd",
                                                   "pgscan_direct", "workingset_refault_file")))
        (self._folder / "pressure").write_text(
            "".join(f"{kind} avg10=0.00 avg60=0.00 avg300=0.00 total={self._stalled}\n" for kind in ("some", "full")))

    def stop(self):
        self._stopped.set()
        self._thread.join()


def test_memory_of_the_host_is_full_when_somebody_waits_for_it(home, place):  # noqa: F811
    if not Path("/proc/pressure/memory").exists():
        pytest.skip("needs a kernel that tells pressure")
    with running(Memory(home)) as memory, running(Redis(place / "redis")):
        with running(Tierwatch(home, name="memory", before=memory.before).wait_ready()) as watch:  # noqa: F811
            clear(watch)
            watch.settle(12)
            verdict = verdict_of(watch)
            assert verdict["state"] == "clear", "98 % in use, and nobody wants more"
            memory.lack(2000, 100_000)
            verdict = named(watch, ("other", "memory"))
            assert any(line.startswith("somebody waits for memory ") for line in verdict["evidence"]), verdict["evidence"]
            assert any("are read back" in line for line in verdict["evidence"]), verdict["evidence"]
            memory.lack(0, 0)
            clear(watch)

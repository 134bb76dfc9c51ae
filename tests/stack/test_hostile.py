# SPDX-License-Identifier: MIT
"""A neighbour who means harm: nothing that another user of the machine may name, write or start stops
the daemon, makes it late or large, makes it open what it should not, or reaches a terminal raw."""

import base64
import json
import os
import re
import resource
import shutil
import signal
import socket
import sqlite3
import stat
import struct
import subprocess
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

import daemon as tierwatch
from cgroup import ControlGroup, available, trees
from daemon import Tierwatch
from opened_paths import opens_of, table_of_paths
from processes import Child, account, http_status, is_root, own_directory, status_bytes, wait_until

pytestmark = pytest.mark.skipif(not is_root(), reason="needs root to be two other users")

HERE = Path(__file__).parent
TABLE = HERE.parent.parent / "docs" / "opened-paths.md"
INTERVAL = 0.5
WATCHERS = {"root": None, "service": "nobody"}
MOST_OF_A_LISTING = 0.9  # per tick: listed at each, they cost 1.1
STANDING = ["titles", "comms", "command_lines", "sockets", "threads"]
OBEYED = re.compile(rb"[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\xaa-\xae]|\xe2\x81[\xa6-\xa9]")


class Neighbour:
    """Of a user that is neither root nor the daemon's."""

    def __init__(self, home, *kinds, user="games", before=(), **limits):
        user = user and account(user)
        self.folder = own_directory(Path(tempfile.mkdtemp(prefix=f"neighbour-{kinds[0]}-", dir=home)), user)
        self.folder.chmod(0o755)
        if "titles" in kinds:
            make_device(self.folder / "device")
            own_directory(self.folder / "blocked", None).chmod(0o700)
        program = shutil.copy(HERE / "apps" / "neighbour.py", self.folder)  # others may not read root's clone
        self.child = Child("neighbour", ["/usr/bin/python3", program, self.folder, *kinds], self.folder, user=user,
                           before=["prlimit", "--core=0:0", *before], **limits)
        self.child.wait_ready(lambda: "stands" in self.said(), seconds=60)

    def said(self):
        return self.child.log.read_text(errors="replace")

    def stop(self):
        self.child.stop()


def make_device(path):
    """Stands for one that does something when it is opened, as the watchdog and tapes do."""
    try:
        os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, 3))
    except PermissionError:
        pass  # a container without that right


@pytest.fixture(scope="module")
def neighbour(home):
    neighbour = Neighbour(home, *STANDING)
    yield neighbour
    neighbour.stop()


@pytest.fixture(scope="module")
def watchers(home):
    """Started before anybody does harm, so that it is seen what that changes."""
    running = {name: Tierwatch(home, user=user, name=f"watcher-{name}", interval="500ms",
                               configuration=f'[history]\npath = "{home}/watcher-{name}/history.db"\n')
               for name, user in WATCHERS.items()}
    for daemon in running.values():
        daemon.wait_ready()
    for daemon in running.values():
        daemon.settle()
        daemon.resident = resident(daemon)
    yield running
    for daemon in running.values():
        daemon.stop()


@pytest.fixture(params=WATCHERS)
def watcher(request, watchers, neighbour):
    return watchers[request.param]


def resident(daemon):
    return status_bytes(daemon.child.pid, "VmRSS")


def account_of(daemon):
    """Ticks taken, ticks left out, CPU seconds, and seconds for which its main thread, which samples, waited for a
    processor."""
    metrics = daemon.metrics()
    waited = int(Path(f"/proc/{daemon.child.pid}/schedstat").read_text().split()[1]) / 1e9
    return (metrics.sum("tierwatch_samples_total"), metrics.sum("tierwatch_late_ticks_total"),
            metrics.sum("process_cpu_seconds_total"), waited)


def stay_on_time(watchers, seconds, most=INTERVAL / 2):
    """A tick takes less CPU time than half an interval of one core (`most`), and no tick is left out but the one at which the harm
    began, and those for whose time others kept the processors."""
    begins = {daemon: account_of(daemon) for daemon in watchers.values()}
    time.sleep(seconds)
    for daemon, begin in begins.items():
        taken, late, cpu, waited = (after - before for after, before in zip(account_of(daemon), begin))
        print(f"{daemon.child.name}: {taken:.0f} ticks of {cpu / max(taken, 1):.3f} s CPU, {late:.0f} left out, "
              f"waited {waited:.2f} s")
        assert taken >= 2
        assert cpu / taken < most
        assert late <= 1 + waited / INTERVAL
        assert http_status(f"http://{daemon.address}/-/ready") == 200


def test_samples_on_time_beside_odd_names_and_traps(watchers, neighbour):
    stay_on_time(watchers, 4)


def test_the_processes_are_seen(watcher):
    """Else the test above proves nothing."""
    names = watcher.settle().metrics().by("tier", "tierwatch_tier_processes")
    assert names["nginx"] > 10 and names["php-fpm"] > 10 and names["gunicorn"] >= 20


def test_what_it_serves_is_well_formed(watcher):
    json.loads(watcher.get("/api/v1/snapshot"))
    text = watcher.get("/metrics").encode()
    assert not OBEYED.search(text)
    done = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True,
                          check=False) if os.path.exists("/usr/bin/promtool") else None
    assert done is None or b"error" not in done.stderr.lower(), done.stderr


@pytest.mark.parametrize("command", [["match", "--all"], ["top", "--once", "--standalone"],
                                     ["top", "--once", "--json", "--standalone"],
                                     ["verdict", "--standalone"]], ids=" ".join)
def test_no_byte_that_a_terminal_obeys_is_printed(home, neighbour, command):
    done = subprocess.run([tierwatch.installed(home), *command], capture_output=True, timeout=60,
                          cwd=home, check=False)
    assert done.returncode in (0, 3, 4), done.stderr
    assert done.stdout and not OBEYED.search(done.stdout + done.stderr)


def test_nor_is_it_logged(watcher):
    assert not OBEYED.search(watcher.child.log.read_bytes())


def listing_cost():
    """CPU seconds in which ss(8) lists who listens: what that costs on this machine, as busy as it is."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(["ss", "-Hltn"], stdout=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def test_a_hundred_thousand_listeners(home, watchers, neighbour):
    crowd = Neighbour(home, "listeners")
    try:
        for watcher in watchers.values():
            watcher.settle()
        stay_on_time(watchers, 6, most=MOST_OF_A_LISTING * listing_cost())
        for watcher in watchers.values():
            assert resident(watcher) - watcher.resident < 256 << 20
    finally:
        crowd.stop()


def test_a_fork_bomb(home, watchers, neighbour):
    """In a control group of its own, whose name a terminal would obey."""
    group = ControlGroup("bomb\x1b[2J\u202e") if "pids" in trees() and available() else None
    if group:
        group.limit_tasks(300)
    bomb = Neighbour(home, "fork_bomb", user="man", before=["prlimit", "--nproc=300:300"], cgroup=group)
    try:
        stay_on_time(watchers, 4)
    finally:
        bomb.stop()
        if group:
            group.close()


def test_their_memory_stays_flat(watchers, neighbour):
    """After all of the above: what they took once they do not take again."""
    before = {watcher: resident(watcher) for watcher in watchers.values()}
    for watcher in before:
        watcher.settle(25)  # meanwhile the other goes on, too
    for watcher, bytes_before in before.items():
        assert resident(watcher) - bytes_before < 4 << 20


def opened_by_a_daemon(home, name, user):
    trace = own_directory(home / f"trace-{name}", None) / "opens"
    strace = ["strace", "-ff", "-qq", "-y", "-s", "4096", "-e", "trace=execve,open,openat,openat2",
              "-o", str(trace)]
    daemon = Tierwatch(home, user=user, name=f"traced-{name}", interval="500ms", before=strace)
    daemon.wait_ready().settle(4)
    daemon.get("/metrics")
    (traced,) = Path(f"/proc/{daemon.child.pid}/task/{daemon.child.pid}/children").read_text().split()
    os.kill(int(traced), signal.SIGTERM)  # strace passes none on, and ends with it
    assert daemon.child.wait() == 0
    opened = opens_of(trace, program="/tierwatch")
    assert len(opened) > 100
    table = table_of_paths(TABLE)
    unknown = {one.path for one in opened if not table.allows(one)}
    assert not unknown, "\n".join(sorted(unknown))
    return opened


def test_opens_of_real_servers_what_the_table_names(home, stack):
    opened_by_a_daemon(home, "stack", None)


@pytest.mark.parametrize("name", WATCHERS)
def test_opens_beside_traps_what_the_table_names(home, neighbour, name):
    for one in opened_by_a_daemon(home, name, WATCHERS[name]):
        assert one.without_effect or not harmful(one.target, neighbour.folder), one


def harmful(target, folder):
    """Whether it is something that the neighbour may not read, or that has no end."""
    if target in ("/etc/shadow", "/dev/zero"):
        return True
    path = Path(target)
    return target.startswith(str(folder)) and path.exists() and not (path.is_file() or path.is_dir())


class FalseDaemon:
    """Somebody who took port 9718 first, and answers as he likes."""

    def __init__(self, answer):
        self.requests = []
        requests = self.requests

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):  # noqa: N802 (the name is http.server's)
                requests.append((self.path, dict(self.headers)))
                self.send_response(200)
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_):
                pass
        self.server = ThreadingHTTPServer(("127.0.0.1", 9718), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


def attached(home, *command, **environment):
    return subprocess.run([tierwatch.installed(home), *command], capture_output=True, timeout=60,
                          cwd=home, check=False, env=os.environ | {"HOME": str(home)} | environment)


RAW = "\u009b2J\x1b[2J\x1b]0;owned\x07\u202e"


def unknown_word(snapshot):
    snapshot["verdict"]["state"] = RAW


def raw_sentence(snapshot):
    snapshot["verdict"]["sentence"] = RAW
    snapshot["notes"] = [RAW]


@pytest.mark.parametrize("command", [["verdict", "--attach"], ["top", "--once", "--attach"]], ids=" ".join)
@pytest.mark.parametrize("twist", [None, unknown_word, raw_sentence])
def test_a_false_daemon_does_not_reach_the_terminal(home, isolated, watchers, command, twist):
    answer = RAW.encode()
    if twist:
        snapshot = watchers["root"].snapshot()
        twist(snapshot)
        answer = json.dumps(snapshot, ensure_ascii=False).encode()
    with FalseDaemon(answer) as false:
        done = attached(home, *command)
    assert false.requests
    assert done.stdout + done.stderr and not OBEYED.search(done.stdout + done.stderr)


@pytest.mark.parametrize("command", [["verdict"], ["top", "--once"]], ids=" ".join)
def test_a_false_daemon_gets_no_password(home, isolated, command):
    netrc = home / ".netrc"
    netrc.write_text("machine 127.0.0.1 login root password secret\ndefault login root password secret\n")
    netrc.chmod(0o600)
    with FalseDaemon(b"{}") as false:
        attached(home, *command, "--attach")
        attached(home, *command, "--url", "http://localhost:9718")
        attached(home, *command, "--url", "http://root@127.1:9718")
    netrc.unlink()
    assert len(false.requests) >= 3
    accounts = [headers.get("Authorization", "") for _, headers in false.requests]
    assert not [one for one in accounts if b"secret" in base64.b64decode(one.removeprefix("Basic "))]


def test_nor_does_a_proxy_hear_of_it(home, isolated):
    with socket.socket() as proxy, FalseDaemon(b"{}") as false:
        proxy.bind(("127.0.0.1", 0))
        proxy.listen()
        proxy.settimeout(0.1)
        address = f"http://127.0.0.1:{proxy.getsockname()[1]}"
        for url in ("http://127.0.0.1:9718", "http://localhost:9718", "http://127.1:9718"):
            attached(home, "verdict", "--url", url, http_proxy=address, all_proxy=address, no_proxy="")
        with pytest.raises(TimeoutError):
            proxy.accept()
    assert len(false.requests) == 3


def test_a_run_takes_nothing_that_lies_beside_its_file(home):
    folder = own_directory(home / "shared", None)
    folder.chmod(0o777)
    (folder / "precious").write_text("untouched")
    for name in ("run.db.output", "dangling.db"):
        (folder / name).symlink_to(folder / ("precious" if name == "run.db.output" else "new"))
    recorded = run_of_wrk(home, folder / "run.db")
    assert recorded.returncode == 0
    assert "load     wrk" in recorded.stderr
    assert (folder / "precious").read_text() == "untouched" and (folder / "run.db.output").is_symlink()
    assert run_of_wrk(home, folder / "dangling.db").returncode == 2
    assert not (folder / "new").exists()


def run_of_wrk(home, file):
    """A program that prints what wrk prints."""
    printed = HERE.parent / "fixtures" / "load" / "wrk-4.1-latency.txt"
    return tierwatch.run(home, "record", "--around", "0s", "-o", file, "--", "cat", printed)


def test_a_report_follows_no_link_of_others(home):
    folder = own_directory(home / "shared-reports", account("games"))
    folder.chmod(0o777)
    (home / "precious").write_text("untouched")
    trap = folder / "report.html"
    trap.symlink_to(home / "precious")
    os.lchown(trap, account("games").pw_uid, account("games").pw_gid)
    run_of_wrk(home, home / "reported.db")
    for option in ("--html", "-o"):
        done = tierwatch.run(home, "report", home / "reported.db", option, trap)
        assert done.returncode == 1 and "another user" in done.stderr
    assert (home / "precious").read_text() == "untouched"


@pytest.mark.parametrize("foreign", [["evil.db", "evil.db-journal"], ["evil.db-journal"]], ids=str)
def test_a_recording_of_somebody_else_deletes_nothing(home, foreign):
    folder = own_directory(home / f"given-{len(foreign)}", None)
    (folder / "victim").write_text("precious")
    run_of_wrk(home, folder / "run.db")
    make_hot_journal(folder / "run.db", folder / "evil.db", os.fsencode(folder / "victim"))
    for name in foreign:
        os.chown(folder / name, account("games").pw_uid, account("games").pw_gid)
    for command in ("report", "top --once --replay"):
        tierwatch.run(home, *command.split(), folder / "evil.db")
    assert (folder / "victim").read_text() == "precious"
    assert (folder / "evil.db-journal").exists()


def make_hot_journal(recording, copy, victim):
    """A copy in the middle of a transaction, whose journal says that it is part of a larger one that the
    file `victim` tells of (https://sqlite.org/fileformat2.html#the_rollback_journal)."""
    database = sqlite3.connect(recording, isolation_level=None)
    page_bytes = database.execute("pragma page_size").fetchone()[0]
    database.execute("create table filler (a)")
    database.executemany("insert into filler values (?)", [("y" * 500,)] * 500)
    database.execute("pragma cache_size = 5")
    database.execute("begin")
    database.execute("update filler set a = 'z' || a")
    shutil.copy(recording, copy)
    shutil.copy(f"{recording}-journal", f"{copy}-journal")
    database.execute("rollback")
    with open(f"{copy}-journal", "ab") as journal:
        journal.write(struct.pack(">I", 0x40000000 // page_bytes + 1) + victim
                      + struct.pack(">II", len(victim), sum(victim))
                      + bytes.fromhex("d9d505f920a163d7"))


@pytest.mark.parametrize("name", WATCHERS)
def test_ends_when_it_is_asked(watchers, neighbour, name):
    child = watchers[name].child
    child.signal(signal.SIGTERM)
    assert child.wait(10) == 0

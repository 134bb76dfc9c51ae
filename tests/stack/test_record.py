# SPDX-License-Identifier: MIT
"""`tierwatch record` and `mark`, and the daemon's history: on real programs, killed and starved."""

import json
import os
import pathlib
import pty
import signal
import sqlite3
import subprocess
import sys
import termios
import time

import pytest

from daemon import Tierwatch, installed
from processes import wait_until

ODD_LOADS = pathlib.Path(__file__).resolve().parents[1] / "fixtures" / "load" / "odd"


class Run:
    """A `tierwatch record`; its file is asked with SQL."""

    def __init__(self, home, name, *command, options=(), **popen):
        self.directory = home / name
        self.directory.mkdir()
        self.file = self.directory / "run.db"
        self.environment = {**os.environ, "XDG_RUNTIME_DIR": str(home)}
        argv = [installed(home), "record", "-o", str(self.file), "--interval", "100ms",
                "--around", "500ms", *options, "--", *command]
        # Whoever runs the tests in the background ignores Ctrl-C; the program must not inherit that.
        self.process = subprocess.Popen(
            argv, cwd=self.directory, env=self.environment, text=True,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL), **popen)

    def end(self, seconds=30):
        out, errors = self.process.communicate(timeout=seconds)
        return self.process.returncode, out, errors

    def ask(self, sql):
        with sqlite3.connect(self.file) as database:
            return database.execute(sql).fetchall()

    def started(self):
        """Waits until the program runs and that is committed."""
        def has_begun():
            try:
                return self.file.exists() and self.ask("SELECT run FROM run")
            except sqlite3.OperationalError:
                return False  # its tables are being made
        wait_until(has_begun, "the run's begin")


def captured(home, name, *command, **more):
    run = Run(home, name, *command, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
              stdin=subprocess.DEVNULL, **more)
    return run, *run.end()


def test_output_and_exit_status_pass_through_and_are_kept(home):
    run, status, out, errors = captured(
        home, "output", "sh", "-c", "printf 'no newline\\tat the end'; printf err >&2; exit 7")
    assert (status, out) == (7, "no newline\tat the end")
    assert errors.startswith("err")
    assert "exit status 7" in errors and str(run.file) in errors
    assert run.ask("SELECT exit_status, signal, output FROM run") == [
        (7, None, "no newline\tat the end")]
    assert not list(run.directory.glob("run.db-*")), "a finished run is one file"


def test_stdin_is_the_programs(home):
    run = Run(home, "stdin", "cat", stdin=subprocess.PIPE, stdout=subprocess.PIPE,
              stderr=subprocess.PIPE)
    out, _ = run.process.communicate("from our stdin\n", timeout=30)
    assert out == "from our stdin\n"


def test_large_output_is_passed_whole_and_its_end_is_kept(home):
    run, status, out, _ = captured(home, "large", "seq", "1", "400000")
    assert status == 0 and out == "".join(f"{i}\n" for i in range(1, 400001))
    (kept, cut), = run.ask("SELECT output, output_cut FROM run")
    assert len(kept) == 1 << 20 and cut == 1 and out.endswith(kept)


def test_a_reader_that_goes_away_ends_the_program(home):
    run = Run(home, "epipe", "yes", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    run.process.stdout.readline()
    run.process.stdout.close()
    assert run.process.wait(timeout=30) == -signal.SIGPIPE


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals_are_handed_on_and_the_end_is_the_programs(home, number):
    """A program that answers the signal decides how both end."""
    script = "trap 'echo caught; exit 5' INT TERM; echo begun; while :; do sleep 0.05; done"
    run = Run(home, f"signal-{number}", "bash", "-c", script, stdout=subprocess.PIPE,
              stderr=subprocess.PIPE)
    assert run.process.stdout.readline() == "begun\n"
    run.process.send_signal(number)
    status, out, _ = run.end()
    assert (status, out) == (5, "caught\n")


def test_a_killed_program_is_a_killed_run(home):
    run = Run(home, "killed", "sleep", "60", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    run.started()
    (pid,), = wait_for_generator(run)
    os.kill(pid, signal.SIGKILL)
    status, _, errors = run.end()
    assert status == -signal.SIGKILL
    assert "killed by signal 9" in errors
    assert run.ask("SELECT signal FROM run") == [(9,)]


def wait_for_generator(run):
    children = f"/proc/{run.process.pid}/task/{run.process.pid}/children"
    wait_until(lambda: open(children).read().split(), "the program")
    return [(int(open(children).read().split()[0]),)]


def test_the_generators_tree_is_a_tier_and_short_lived_ones_are_counted(home, isolated):
    script = "import subprocess\nfor _ in range(60): subprocess.run(['sh', '-c', " \
             "'i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done'])"
    run, status, _, _ = captured(home, "tree", sys.executable, "-c", script)
    assert status == 0
    (used,), = run.ask("SELECT user_cpu_seconds + system_cpu_seconds FROM run")
    (seen,), = run.ask("SELECT sum(cpu_cores * seconds) FROM tier JOIN tick USING (tick) "
                       "WHERE name = 'load-generator'")
    assert used > 0.5
    assert seen == pytest.approx(used, abs=0.03 + 0.02 * used)
    assert run.ask("SELECT max(load_generator_cores) FROM tick")[0][0] > 0.1


def test_marks_from_another_shell(home):
    run = Run(home, "marks", "sleep", "3", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    run.started()
    mark = subprocess.run([installed(home), "mark", "doubled the workers"], env=run.environment,
                          capture_output=True, text=True, timeout=10)
    assert mark.returncode == 0 and str(run.file) in mark.stdout, mark.stderr
    assert run.end()[0] == 0
    assert run.ask("SELECT text FROM mark") == [("doubled the workers",)]
    (inside,), = run.ask("SELECT wall_seconds BETWEEN begin_wall_seconds AND end_wall_seconds "
                         "FROM mark, run")
    assert inside
    alone = subprocess.run([installed(home), "mark", "x"], env=run.environment,
                           capture_output=True, text=True, timeout=10)
    assert str(run.file) not in alone.stdout, "the run is over"


def test_samples_lie_before_during_and_after(home):
    run, _, _, _ = captured(home, "around", "sleep", "2")
    (before, after), = run.ask(
        "SELECT sum(wall_seconds < begin_wall_seconds), sum(wall_seconds > end_wall_seconds) "
        "FROM tick, run")
    assert before and after, (before, after)
    (covered, length), = run.ask(
        "SELECT sum(min(wall_seconds, end_wall_seconds) - max(wall_seconds - seconds, "
        "begin_wall_seconds)), max(end_wall_seconds - begin_wall_seconds) FROM tick, run "
        "WHERE wall_seconds > begin_wall_seconds AND wall_seconds - seconds < end_wall_seconds")
    assert covered == pytest.approx(length, rel=0.02), "every moment of the run lies in a sample"


def test_what_a_load_generator_prints_is_its_result(home, stack):
    run, status, out, errors = captured(
        home, "wrk", "wrk", "-t1", "-c4", "-d2s", f"http://127.0.0.1:{stack.nginx.port}/")
    assert status == 0 and "Requests/sec" in out
    (tool, requests), = run.ask("SELECT tool, requests FROM load")
    assert tool == "wrk" and f" {requests:.0f} requests in" in out
    assert "wrk: " in errors
    (used,), = run.ask("SELECT sum(cpu_cores * seconds) FROM tier JOIN tick USING (tick) "
                       "WHERE name = 'uwsgi'")
    assert used > 0.1, "what the load did to the tiers is beside it"


@pytest.mark.parametrize("background", ["while :; do echo more; sleep 0.02; done", "yes"])
@pytest.mark.parametrize("through", ["pipe", "terminal"])
def test_who_goes_on_printing_in_the_background_is_not_waited_for(home, background, through):
    script = f"({background}) 2>/dev/null & echo begun; exit 6"
    name = f"background-{background[:3]}-{through}"
    if through == "pipe":
        run, status, out, _ = captured(home, name, "bash", "-c", script)
        assert status == 6 and "begun\n" in out
        return
    directory = home / name
    directory.mkdir()
    pid, master = pty.fork()
    if pid == 0:
        os.chdir(directory)
        os.execv(installed(home), ["tierwatch", "record", "-o", "run.db", "--interval", "100ms",
                                   "--around", "200ms", "--", "bash", "-c", script])
    read_until(master, b"recorded run.db")
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 6


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGQUIT])
def test_what_follows_the_run_can_be_interrupted(home, number):
    """Here record reads a load generator's file that never ends; the run is in its file already."""
    fifo = home / f"endless-{number}.jtl"
    os.mkfifo(fifo)
    run = Run(home, f"interrupted-{number}", "echo", "hello", options=["--load", f"jmeter:{fifo}"],
              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    opened = []

    def is_read():
        try:
            opened.append(os.open(fifo, os.O_WRONLY | os.O_NONBLOCK))
        except OSError:
            assert run.process.poll() is None, run.process.stderr.read()
        return opened
    wait_until(is_read, "record to read the file", 30)
    run.process.send_signal(number)
    assert run.process.wait(timeout=30) == -number
    os.close(opened[0])
    assert run.ask("SELECT exit_status, end_wall_seconds IS NOT NULL, output FROM run") == [
        (0, 1, "hello\n")]
    assert run.ask("SELECT count(*) > 0 FROM tick, run WHERE wall_seconds > end_wall_seconds") == [
        (1,)]


def test_output_that_does_not_arrive_is_told_and_kept(home):
    with open("/dev/full", "w") as full:
        run = Run(home, "full-output", "sh", "-c", "echo one; sleep 0.5; echo two", stdout=full,
                  stderr=subprocess.PIPE)
        status, _, errors = run.end()
    assert status == 1 and "standard output: No space left on device" in errors
    assert run.ask("SELECT exit_status, output FROM run") == [(0, "one\ntwo\n")]


@pytest.mark.parametrize("name, tool, requests, failed, greatest", [
    ("oha-ms.txt", "oha", 200, 20, 0.080),
    ("autocannon-text.txt", "autocannon", 285, 111, 0.052),
    ("wrk-no-latency.txt", "wrk", 40, 40, None)])
def test_a_look_alikes_text_is_read_as_its_own(home, name, tool, requests, failed, greatest):
    run = Run(home, "look-alike-" + tool, "sh", "-c", f"sleep 1; cat {ODD_LOADS / name}",
              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert run.end()[0] == 0
    done = subprocess.run([installed(home), "report", run.file, "--format", "json"],
                          capture_output=True, text=True, check=True)
    load = json.loads(done.stdout)["load"]
    totals = load["totals"]
    assert (load["tool"], totals["requests"], totals["errors"]) == (tool, requests, failed)
    assert totals.get("max_seconds") == (greatest and pytest.approx(greatest))


def test_not_found_and_not_executable(home):
    run, status, _, errors = captured(home, "absent", "no-such-program")
    assert status == 127 and "no-such-program: No such file" in errors
    assert not run.file.exists(), "nothing ran, nothing is left"
    assert captured(home, "noexec", "/etc/passwd")[1] == 126


def test_an_existing_file_is_left_alone(home):
    target = home / "precious.db"
    target.write_text("mine")
    done = subprocess.run([installed(home), "record", "-o", target, "--", "true"],
                          capture_output=True, text=True, timeout=10)
    assert done.returncode == 1 and "exists" in done.stderr
    assert target.read_text() == "mine"


def test_record_killed_leaves_a_readable_file(home):
    run = Run(home, "record-killed", "sleep", "60", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    run.started()
    # Samples reach the file while it runs, not at its end.
    wait_until(lambda: run.ask("SELECT count(*) FROM tick")[0][0] >= 20, "samples in the file")
    (kept,), = run.ask("SELECT count(*) FROM tick")
    run.process.kill()
    run.process.wait()
    (left, end), = run.ask("SELECT count(*), max(end_wall_seconds) FROM tick, run")
    assert left >= kept, "what was in the file is still there"
    assert end is None, "the file says that the run did not end while it was recorded"
    assert run.ask("PRAGMA integrity_check") == [("ok",)]


def test_a_terminal_stays_one(home):
    """Under a terminal the program sees one, gets Ctrl-C once, and its bytes arrive as written."""
    script = "trap 'echo caught; exit 9' INT; test -t 1 && echo terminal; " \
             "while :; do sleep 0.05; done"
    directory = home / "terminal"
    directory.mkdir()
    pid, master = pty.fork()
    if pid == 0:
        os.chdir(directory)
        os.execv(installed(home), ["tierwatch", "record", "-o", "run.db", "--interval", "100ms",
                                   "--around", "300ms", "--", "bash", "-c", script])
    seen = read_until(master, b"terminal\r\n")
    os.write(master, b"\x03")
    seen += read_until(master, b"recorded run.db")
    _, status = os.waitpid(pid, 0)
    assert os.waitstatus_to_exitcode(status) == 9
    assert seen.count(b"caught\r\n") == 1 and b"\r\r\n" not in seen
    with sqlite3.connect(directory / "run.db") as database:
        assert database.execute("SELECT output FROM run").fetchall() == [("terminal\ncaught\n",)]


@pytest.mark.parametrize("number", [signal.SIGQUIT, signal.SIGTERM, signal.SIGKILL])
def test_a_program_that_is_killed_leaves_no_raw_terminal(home, number):
    directory = home / f"raw-{int(number)}"
    directory.mkdir()
    pid, master = pty.fork()
    if pid == 0:
        os.chdir(directory)
        os.execv(installed(home), ["tierwatch", "record", "-o", "run.db", "--interval", "100ms",
                                   "--around", "200ms", "--", "sh", "-c",
                                   "stty raw -echo; echo ready $$; exec sleep 60"])
    seen = read_until(master, b"ready ")
    seen += read_until(master, b"\n") if b"\n" not in seen.split(b"ready ")[1] else b""
    program = int(seen.split(b"ready ")[1].split()[0])
    assert not termios.tcgetattr(master)[3] & termios.ICANON
    os.kill(program if number == signal.SIGKILL else pid, number)
    read_until(master, b"recorded run.db")
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -number
    modes = termios.tcgetattr(master)[3]
    assert modes & termios.ICANON and modes & termios.ECHO and modes & termios.ISIG


# What a shell does with a job: a process group of its own, in the foreground; Ctrl-Z; `fg`.
SHELL = """
import os, signal, sys, time
job = os.fork()
if job == 0:
    os.setpgid(0, 0)
    signal.signal(signal.SIGTTOU, signal.SIG_IGN)
    os.tcsetpgrp(0, os.getpgrp())
    signal.signal(signal.SIGTTOU, signal.SIG_DFL)
    os.execv(sys.argv[1], sys.argv[1:])
_, status = os.waitpid(job, os.WUNTRACED)
(program,) = open(f"/proc/{job}/task/{job}/children").read().split()
state, deadline = "", time.monotonic() + 10
while state != "T" and time.monotonic() < deadline:  # it stops when it gets a processor
    state = open(f"/proc/{program}/stat").read().split()[2]
print("stopped", os.WIFSTOPPED(status), state, flush=True)
os.killpg(job, signal.SIGCONT)
_, status = os.waitpid(job, 0)
print("ended", os.waitstatus_to_exitcode(status), flush=True)
"""


def test_ctrl_z_stops_both_and_fg_wakes_both(home):
    directory = home / "stopped"
    directory.mkdir()
    pid, master = pty.fork()
    if pid == 0:
        os.chdir(directory)
        os.execv(sys.executable, [sys.executable, "-c", SHELL, installed(home), "record", "-o",
                                  "run.db", "--interval", "100ms", "--around", "200ms", "--", "sh",
                                  "-c", "echo begun; sleep 1; exit 4"])
    read_until(master, b"begun")
    os.write(master, b"\x1a")
    seen = read_until(master, b"stopped")
    seen += read_until(master, b"ended 4")
    os.waitpid(pid, 0)
    assert b"stopped True T" in seen, seen


def read_until(master, expected, seconds=20):
    """What the terminal shows, up to and with the expected bytes."""
    seen, deadline = b"", time.monotonic() + seconds
    while expected not in seen:
        assert time.monotonic() < deadline, seen
        try:
            seen += os.read(master, 4096)
        except OSError:
            break
    assert expected in seen, seen
    return seen


def history_of(home, name, place=None, size="512MiB"):
    file = (place or home) / f"{name}.db"
    daemon = Tierwatch(home, f'[history]\npath = "{file}"\nmax_size = "{size}"\n', interval="100ms",
                       name=name)
    return daemon.wait_ready(), file


def ask(file, sql):
    with sqlite3.connect(file) as database:
        return database.execute(sql).fetchall()


def test_history_survives_a_killed_daemon_and_tells_the_gap(home):
    daemon, file = history_of(home, "daemon-killed")
    daemon.settle(1)
    wait_until(lambda: ask(file, "SELECT count(*) FROM tick")[0][0] >= 20, "samples in the file")
    (kept,), = ask(file, "SELECT count(*) FROM tick")
    daemon.child.signal(signal.SIGKILL)
    daemon.child.wait()
    (left,), = ask(file, "SELECT count(*) FROM tick")
    assert left >= kept
    successor = history_of(home, "daemon-killed")[0].settle(15)
    successor.stop()
    assert ask(file, "SELECT kind FROM gap WHERE kind = 'restarted'") == [("restarted",)]
    ends = ask(file, "SELECT end_wall_seconds IS NULL FROM session ORDER BY session")
    assert ends == [(1,), (0,)], "killed, stopped"
    assert ask(file, "PRAGMA integrity_check") == [("ok",)]


def test_a_full_disk_stops_no_sampling(home, tmp_path):
    if os.geteuid() != 0:
        pytest.skip("mounting a small file system needs root")
    place = home / "small"
    place.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tierwatch", place])
    if mounted.returncode:
        pytest.skip("no right to mount")
    try:
        daemon, file = history_of(home, "full", place=place)
        wait_until(lambda: "cannot record" in daemon.log(), "the disk to be full", seconds=60)
        before = daemon.snapshot()["sequence"]
        began = time.monotonic()
        daemon.settle(20)
        ticks = daemon.snapshot()["sequence"] - before
        assert ticks >= 0.5 * (time.monotonic() - began) / 0.1, "one each 100 ms, or nearly"
        assert daemon.log().count("cannot record") == 1, "said once"
        for other in place.glob("full.db-wal"):
            assert other.stat().st_size < 1 << 20
        (kept,), = ask(file, "SELECT count(*) FROM tick")
        assert kept > 10
        subprocess.run(["mount", "-o", "remount,size=64m", place], check=True)
        wait_until(lambda: " again" in daemon.log(), "recording to go on", seconds=30)
        daemon.settle(15)
        daemon.stop()
        (dropped,), = ask(file, "SELECT sum(dropped_ticks) FROM tick")
        assert dropped > 5, "the file tells what it lacks"
        assert ask(file, "SELECT count(*) FROM gap WHERE kind = 'not recorded'")[0][0] >= 1
    finally:
        subprocess.run(["umount", "-l", place], check=True)

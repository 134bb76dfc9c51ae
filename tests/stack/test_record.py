# SPDX-License-Identifier: MIT
"""`tierwatch record` and `mark` on real programs, killed and starved."""

import contextlib
import json
import os
import pathlib
import signal
import subprocess
import sys

import pytest

from conftest import needs_root
from daemon import installed
from processes import wait_until
from recorded import Run, captured

ODD_LOADS = pathlib.Path(__file__).resolve().parents[1] / "fixtures" / "load" / "odd"


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
    status, _, errors = run.end()
    assert status == 0, errors
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


def links_of(pid):
    links = set()
    for name in os.listdir(f"/proc/{pid}/fd"):
        with contextlib.suppress(OSError):
            links.add(os.readlink(f"/proc/{pid}/fd/{name}"))
    return links


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGQUIT])
def test_what_follows_the_run_can_be_interrupted(home, number):
    """Here record reads a load generator's file that never ends; the run is in its file already."""
    end, other = os.pipe()
    pipe = f"/proc/{os.getpid()}/fd/{end}"
    run = Run(home, f"interrupted-{number}", "echo", "hello", options=["--load", f"jmeter:{pipe}"],
              stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def is_read():
        assert run.process.poll() is None, run.process.stderr.read()
        return os.readlink(pipe) in links_of(run.process.pid)
    wait_until(is_read, "record to read the file", 30)
    run.process.send_signal(number)
    assert run.process.wait(timeout=30) == -number
    os.close(end)
    os.close(other)
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
    status, _, errors = run.end()
    assert status == 0, errors
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


@needs_root
def test_a_disk_that_fills_ends_with_a_status_and_what_to_do(home):
    place = home / "full-disk"
    place.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=400k", "tierwatch", place]).returncode:
        pytest.skip("no right to mount")
    try:
        run = Run(place, "run", "sh", "-c", "sleep 3; dd if=/dev/zero of=../filler bs=4k 2>/dev/null; sleep 3",
                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, program=installed(home))
        status, _, errors = run.end(60)
        assert status == 1, errors
        assert "cannot record: " in errors and f"{run.file} is not whole" in errors
        left = [path.name for path in run.directory.iterdir() if path.name != "run.db"]
        if left:  # there is no room to put them into the file: what to do is said
            assert "make room, then" in errors, (left, errors)
        (place / "filler").unlink()
        subprocess.run(["mount", "-o", "remount,size=8m", place], check=True)  # both need room for a moment
        report = subprocess.run([installed(home), "report", run.file], capture_output=True, text=True)
        assert report.returncode == 0, report.stderr
        assert [path.name for path in run.directory.iterdir()] == ["run.db"]
    finally:
        subprocess.run(["umount", "-l", place], check=True)


def test_an_interruption_before_the_program_is_started_keeps_nothing_and_says_so(home):
    run = Run(home, "too-early", "sleep", "60", around="30s", stdout=subprocess.PIPE,
              stderr=subprocess.PIPE)
    wait_until(run.file.exists, "the file")
    run.process.send_signal(signal.SIGINT)
    status, _, errors = run.end()
    assert status == 128 + signal.SIGINT
    assert "interrupted before sleep was started: nothing is kept" in errors
    assert not list(run.directory.iterdir())


def test_standard_input_is_the_load_generators(home):
    _, status, _, errors = captured(home, "its-stdin", "true", options=["--load", "jmeter:-"])
    assert status == 2 and "standard input is the load generator's" in errors


def test_an_existing_file_is_left_alone(home):
    target = home / "precious.db"
    target.write_text("mine")
    done = subprocess.run([installed(home), "record", "-o", target, "--", "true"],
                          capture_output=True, text=True, timeout=10)
    assert done.returncode == 2 and "exists" in done.stderr
    assert target.read_text() == "mine"


@pytest.mark.parametrize("arguments, said", [
    (["-o", ""], "--output wants the name of a file"), (["-o", "/nowhere/run.db"], "/nowhere/run.db: cannot be written"),
    (["--load", "jmetre:run.jtl"], "no format of a load generator"), (["--load", "-"], "standard input"),
    (["--around", "2h"], "at most 1m")], ids=str)
def test_what_can_be_known_before_is_bad_usage_and_nothing_runs(home, arguments, said):
    done = subprocess.run([installed(home), "record", *arguments, "--", "touch", "ran"], cwd=home, text=True,
                          capture_output=True, timeout=20)
    assert done.returncode == 2 and said in done.stderr, done.stderr
    assert not (home / "ran").exists()


def test_a_load_file_that_is_not_there_is_a_failure(home):
    run, status, _, errors = captured(home, "without-load", "true", options=["--load", "nosuch.jtl"])
    assert status == 1 and "nosuch.jtl" in errors
    assert run.ask("SELECT exit_status FROM run") == [(0,)]


def test_runs_of_one_second_have_a_file_each(home):
    directory = home / "at-once"
    directory.mkdir()
    runs = [subprocess.Popen([installed(home), "record", "--around", "0", "--", "true"], cwd=directory,
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) for _ in range(4)]
    assert [run.wait(timeout=60) for run in runs] == [0] * 4
    assert len(list(directory.glob("*.db"))) == 4


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

# SPDX-License-Identifier: MIT
"""What holds for every command: an answer that did not arrive is a failure, a reader that goes away
is none, options stand anywhere, and what cannot be seen is said."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

import daemon as tierwatch
from daemon import installed
from processes import OWN_MOUNTS, is_root

STANDALONE = ["--standalone"]
ANSWERS = {  # name: (arguments, status when all is read)
    "help": (["--help"], {0}),
    "help of a command": (["help", "top"], {0}),
    "version": (["--version"], {0}),
    "match": (["match"], {0}),
    "match --all": (["match", "--all"], {0}),
    "check-config": (["check-config"], {0}),
    "verdict": (["verdict", *STANDALONE, "--wait", "0"], {0, 3, 4}),
    "verdict --json": (["verdict", *STANDALONE, "--wait", "0", "--json"], {0, 3, 4}),
    "top --once": (["top", *STANDALONE, "--once"], {0}),
    "top --json": (["top", *STANDALONE, "--json", "-n", "2", "-d", "100ms"], {0}),
    "report": (["report", "run.db"], {0}),
    "report --json": (["report", "run.db", "--json"], {0}),
    "report --format csv": (["report", "run.db", "--format", "csv"], {0}),
    "compare": (["compare", "run.db", "run.db"], {0}),
    "compare --json": (["compare", "run.db", "run.db", "--json"], {0}),
    "trend": (["trend", "run.db", "two.db"], {0}),
    "trend --json": (["trend", "run.db", "two.db", "--json"], {0}),
    "history": (["history", "run.db"], {0}),
    "history --json": (["history", "run.db", "--json"], {0}),
    "doctor": (["doctor"], {0, 1}),
    "doctor --json": (["doctor", "--json"], {0, 1}),
}


@pytest.fixture(scope="module", autouse=True)
def run_file(home):
    done = tierwatch.run(home, "record", "-o", "run.db", "--around", "200ms", "--interval", "100ms",
                         "--", "sleep", "1")
    assert done.returncode == 0, done.stderr
    for name in ("two.db", "three.db"):  # others, for commands that take a run once
        shutil.copy(home / "run.db", home / name)
    return home / "run.db"


def run(home, arguments, stdout, **more):
    return subprocess.run([installed(home), *map(str, arguments)], cwd=home, stdout=stdout,
                          stderr=subprocess.PIPE, text=True, timeout=60, **more)


@pytest.mark.parametrize("arguments, statuses", ANSWERS.values(), ids=ANSWERS.keys())
def test_an_answer_that_did_not_arrive_is_a_failure(home, arguments, statuses):
    with open("/dev/full", "w") as full:
        done = run(home, arguments, full)
    assert done.returncode == 1
    assert "standard output: No space left on device" in done.stderr


@pytest.mark.parametrize("arguments, statuses", ANSWERS.values(), ids=ANSWERS.keys())
def test_a_reader_that_went_away_is_none(home, arguments, statuses):
    reader, writer = os.pipe()
    os.close(reader)
    done = run(home, arguments, writer, restore_signals=True)
    os.close(writer)
    assert done.returncode in statuses and "standard output" not in done.stderr, done.stderr


def test_a_closed_standard_output_is_a_failure(home):
    done = run(home, ["--version"], None, preexec_fn=lambda: os.close(1))
    assert done.returncode == 1 and "standard output: Bad file descriptor" in done.stderr


@pytest.mark.parametrize("arguments", [
    ["--json", "run.db", "run.db"], ["run.db", "--json", "run.db"], ["run.db", "run.db", "--json"],
    ["run.db", "two.db", "--", "run.db", "two.db", "--format", "json"],
    ["run.db", "--format", "json", "two.db", "--", "run.db", "two.db"],
    ["--format", "json", "run.db", "--", "run.db", "two.db", "three.db"],
    ["--baseline", "run.db", "run.db", "--json", "two.db"],
], ids=" ".join)
def test_compare_takes_its_options_anywhere(home, arguments):
    done = run(home, ["compare", *arguments], subprocess.PIPE)
    assert done.returncode == 0 and done.stdout.startswith("{"), done.stderr


@pytest.mark.parametrize("arguments", [
    ["compare", "run.db", "two.db", "./run.db", "--", "three.db"], ["compare", "run.db", "--", "two.db", "two.db"],
    ["trend", "run.db", "two.db", "run.db"]], ids=" ".join)
def test_a_run_counts_once(home, arguments):
    done = run(home, arguments, subprocess.PIPE)
    assert done.returncode == 1 and "is given twice" in done.stderr, done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize("name", ["report", "compare", "trend", "history", "match --all", "doctor", "verdict"])
def test_what_the_locale_cannot_show_is_not_printed(home, name):
    arguments, statuses = ANSWERS[name]

    def printed(locale):
        environment = {key: value for key, value in os.environ.items() if not key.startswith(("LC_", "LANG"))}
        done = subprocess.run([installed(home), *arguments], cwd=home, capture_output=True, timeout=60,
                              env=environment | locale, check=False)
        assert done.returncode in statuses, done.stderr
        return done.stdout
    for locale in ({"LC_ALL": "C"}, {"LANG": "de_DE.ISO-8859-1"}, {"LC_ALL": "POSIX", "LANG": "C.UTF-8"}):
        assert printed(locale).isascii(), printed(locale)
    if name == "report":
        assert all("─" in printed(locale).decode() for locale in ({"LANG": "C.UTF-8"}, {}))
        json.loads(subprocess.run([installed(home), *arguments, "--json"], cwd=home, capture_output=True, timeout=60,
                                  env=os.environ | {"LC_ALL": "C"}, check=True).stdout)


@pytest.mark.parametrize("arguments, meant", [
    (["verdcit"], "did you mean verdict?"), (["frob"], "the commands are daemon"),
    (["top", "--stand-alone"], "did you mean --standalone?"),
    (["report", "run.db", "--format", "jsn"], "did you mean json?"),
    (["--standalone", "top"], "tierwatch top --standalone"),
    (["record", "--attach", "--", "true"], "an option of top, verdict and inside"),
], ids=str)
def test_what_is_misspelt_is_answered_with_what_was_meant(home, arguments, meant):
    done = run(home, arguments, subprocess.PIPE)
    assert done.returncode == 2 and meant in done.stderr, done.stderr
    assert "--help" in done.stderr and done.stdout == ""


PAGES = Path(__file__).resolve().parents[2] / "docs"
COMMANDS = ("daemon", "top", "verdict", "record", "mark", "report", "compare", "match",
            "check-config", "doctor", "inside", "history", "trend")


def options_of(text):
    return set(re.findall(r"(?<![\w-])--[a-z][a-z.-]*[a-z]", text))


def manual_of(command):
    """Of its own page, or of that of all commands."""
    page = "report" if command in ("compare", "trend", "history") else command
    own = PAGES / f"tierwatch-{page}.1"
    page = own if own.exists() else PAGES / "tierwatch.1"
    return re.sub(r"\\f[BIR]", "", page.read_text().replace("\\-", "-"))


@pytest.mark.parametrize("command", COMMANDS)
def test_the_manual_page_and_the_help_name_the_same_options(home, command):
    manual = manual_of(command)
    synopsis = re.search(rf"^\.B tierwatch {command}\n((?:[^.].*\n)*)", manual, re.MULTILINE)[1]
    known = set()
    for line in run(home, [command, "--help"], subprocess.PIPE).stdout.splitlines():
        known |= options_of(line.split("  ")[1]) if line.startswith("  -") else set()
    assert known and options_of(synopsis) <= known
    assert known <= options_of(manual), "every option is in the manual page"


def test_the_manual_page_names_every_command(home):
    overview = (PAGES / "tierwatch.1").read_text().replace("\\-", "-")
    listed = run(home, ["--help"], subprocess.PIPE).stdout.partition("Subcommands:")[2].partition("\n\n")[0]
    assert set(re.findall(r"^  (\S+)", listed, re.MULTILINE)) == set(COMMANDS)
    for command in COMMANDS:
        assert f"\n.B {command}\n" in overview and f"\n.B tierwatch {command}\n" in overview, command


def test_record_takes_standalone(home):
    done = run(home, ["record", "--standalone", "-o", "standalone.db", "--around", "0s", "--",
                      "echo", "hello"], subprocess.PIPE)
    assert done.returncode == 0 and done.stdout == "hello\n", done.stderr


def test_record_leaves_the_options_of_a_command_without_dashes_alone(home):
    done = run(home, ["record", "-o", "plain.db", "--around", "0s", "sh", "-c", "echo _ $0 $1", "-n",
                      "--help"], subprocess.PIPE)
    assert done.returncode == 0 and done.stdout == "_ -n --help\n", done.stderr


def test_check_config_without_a_file_checks_the_default_one(home):
    done = run(home, ["check-config"], subprocess.PIPE)
    assert done.returncode == 0 and "/etc/tierwatch/tierwatch.toml" in done.stdout


@pytest.fixture(scope="module")
def history(home):
    """Eleven hours, a tick a second, of tiers that do the same all the time; and when it ends."""
    file, end = home / "history.db", 1_790_000_000
    subprocess.run([os.environ.get("TIERWATCH_HISTORY_WRITER", "build/dev/tests/write_history"), file,
                    "40000", str(end)], check=True, timeout=250)
    return file, end


def peak_memory(home, *arguments):
    """Bytes that a command needed at most; its answer is in the file answer.txt."""
    with open(home / "answer.txt", "w") as answer, \
            subprocess.Popen([installed(home), *map(str, arguments)], stdout=answer) as child:
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    assert child.returncode == 0
    return used.ru_maxrss * 1024


def test_a_long_window_of_history_takes_the_memory_of_a_short_one(home, history):
    file, end = history
    window = ("report", "--json", "--history", file, "--to", f"@{end}", "--from")
    five_hours, eleven = (peak_memory(home, *window, f"@{end - length}")
                          for length in (18_000, 39_990))
    assert eleven < 1.5 * five_hours, (five_hours, eleven)
    assert "samples were joined to one" in (home / "answer.txt").read_text()


def test_a_load_that_matches_nothing_is_sought_in_little_memory(home, history):
    """Its constant load can be anywhere in the hours around its stamps."""
    file, end = history
    load = home / "flat.jtl"
    begin = (end - 20_000) * 1000
    load.write_text("timeStamp,elapsed,label,responseCode,responseMessage,threadName,success,bytes,"
                    "grpThreads,allThreads,Latency\n" +
                    "".join(f"{begin + i * 100},20,x,200,OK,t,true,10,1,1,10\n" for i in range(600)))
    short = peak_memory(home, "report", "--history", file, "--from", f"@{end - 600}", "--to",
                        f"@{end}")
    assert peak_memory(home, "report", "--history", file, "--load", f"jmeter:{load}") < 2 * short


@pytest.mark.skipif(not is_root(), reason="needs root to mount")
def test_match_says_that_processes_are_hidden(home, isolated):
    hide = [*OWN_MOUNTS, "sh", "-c",
            'mount -t proc -o hidepid=2 proc /proc && exec "$@"',
            "sh", "setpriv", "--reuid", "nobody", "--regid", "nogroup", "--clear-groups"]
    hidden = subprocess.run([*hide, installed(home), "match"], capture_output=True, text=True,
                            timeout=30)
    assert hidden.returncode == 0, hidden.stderr
    assert "mounted with hidepid=" in hidden.stdout
    assert "hidepid" not in run(home, ["match"], subprocess.PIPE).stdout

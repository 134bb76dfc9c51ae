# SPDX-License-Identifier: MIT
"""What commands open beside real servers, by strace, is in docs/opened-paths.md; and what a load file holds does not
reach the terminal raw."""

import os
import subprocess
from pathlib import Path

import pytest

from daemon import installed, run
from opened_paths import opens_of, table_of_paths
from processes import is_root, own_directory, wait_until
from terminal import TIERS_OF_TOP, Terminal
from test_hostile import OBEYED, attached
from test_hosts import Secured
from test_web_security import PASSWORD, curl

pytestmark = pytest.mark.skipif(not is_root(), reason="needs root to look into every process")

STRACE = ["strace", "-ff", "-qq", "-y", "-s", "4096", "-e", "trace=execve,open,openat,openat2", "-o"]
TABLE = Path(__file__).resolve().parents[2] / "docs" / "opened-paths.md"
OPENING = {  # by a command, in the folder `home`
    "report": ["report", "opened.db", "--html", "opened.html"],
    "report of a window": ["report", "--history", "opened.db", "--from", "-1h"],
    "report with a load": ["report", "opened.db", "--load", "opened.jtl"],
    "compare": ["compare", "opened.db", "other.db"],
    "trend": ["trend", "opened.db", "other.db"],
    "history": ["history", "opened.db"],
    "top": ["top", "--once", "--standalone"],
    "top of a recording": ["top", "--once", "--replay", "opened.db"],
    "top of a daemon": ["top", "--once", "--url", "{url}"],
    "verdict": ["verdict", "--wait", "1"],
    "match": ["match", "--all"],
    "check-config": ["check-config"],
    "doctor": ["doctor"],
    "mark": ["mark", "x"],
    "record": ["record", "-o", "fresh.db", "--around", "1s", "--", "true"],
    "inside uwsgi": ["inside", "uwsgi", "--standalone", "--for", "1s"],
    "inside postgres": ["inside", "postgres", "--standalone", "--for", "1s"],
    "inside nginx": ["inside", "nginx", "--standalone", "--for", "1s"],
    "inside redis": ["inside", "redis", "--standalone", "--for", "1s"],
}
ROW = "timeStamp,elapsed,success\n1700000000123,5,true\n"


@pytest.fixture(scope="module")
def opened(home):
    """Two recordings, and a file of a load generator."""
    for name in ("opened.db", "other.db"):
        done = run(home, "record", "-o", name, "--around", "0", "--", "sleep", "1")
        assert done.returncode == 0, done.stderr
    (home / "opened.jtl").write_text(ROW)


@pytest.mark.parametrize("name", OPENING)
def test_a_command_opens_what_the_tables_name(home, stack, daemon, opened, name):
    """Beside real servers, as root: what is not in docs/opened-paths.md, and was not named, is not opened."""
    trace = own_directory(home / f"trace-{name.replace(' ', '-')}", None) / "opens"
    arguments = [one.format(url=f"http://{daemon.address}") for one in OPENING[name]]
    done = subprocess.run([*STRACE, str(trace), installed(home), *arguments], capture_output=True, text=True,
                          timeout=120, cwd=home, env=os.environ | {"HOME": str(home)}, check=False)
    opened_files = opens_of(trace, program="/tierwatch")
    assert len(opened_files) > 5, done.stderr
    table = table_of_paths(TABLE, home, [home, *(f"{home}/{one}" for one in (
        "opened.db*", "other.db*", "fresh.db*", "opened.html", "opened.jtl", ".opened*", "bin/tierwatch"))])
    unknown = {one.path for one in opened_files if not table.allows(one)}
    assert not unknown, "\n".join(sorted(unknown))


@pytest.fixture(scope="module")
def scraping(home, daemon):
    """A Prometheus that has scraped the daemon, over https and with a password."""
    server = Secured(home / "prometheus-opened", f'[{{targets: ["{daemon.address}"]}}]')
    try:
        asked = f"{server.url()}/api/v1/query?query=count_over_time(tierwatch_verdict_state%5B1m%5D)%20%3E%203"
        wait_until(lambda: '"value"' in curl("--cacert", server.ca, "-u", f"scraper:{PASSWORD}", asked).stdout, "scrapes", 30)
        yield server
    finally:
        server.stop()


def test_a_report_over_a_prometheus_opens_what_the_tables_name(home, scraping):
    trace = own_directory(home / "trace-prometheus", None) / "opens"
    done = subprocess.run(
        [*STRACE, str(trace), installed(home), "report", "--prometheus", scraping.url("scraper@"), "--ca", scraping.ca,
         "--from", "-1m", "--to", "now"], capture_output=True, text=True, timeout=120, cwd=home, check=False,
        env=os.environ | {"HOME": str(home), "TIERWATCH_PASSWORD": PASSWORD})
    assert done.returncode == 0, done.stderr
    table = table_of_paths(TABLE, home, [home, f"{home}/bin/tierwatch", str(scraping.ca)])
    opened_files = opens_of(trace, program="/tierwatch")
    assert str(scraping.ca) in {one.path for one in opened_files}
    unknown = {one.path for one in opened_files if not table.allows(one)}
    assert not unknown, "\n".join(sorted(unknown))


def test_the_screen_and_its_keys_open_what_the_tables_name(home, stack):
    """The view of this machine, a look inside a tier, an environment, log files and a journal."""
    trace = own_directory(home / "trace-screen", None) / "opens"
    argv = [*STRACE, str(trace), installed(home), "top", "--standalone", "--interval", "500ms"]
    with Terminal(argv, 120, 40, env={"HOME": str(home)}) as terminal:
        terminal.wait_for(TIERS_OF_TOP)
        terminal.type("i").wait_for("INSIDE ")
        terminal.keys("Escape").type("e").wait_for("ENVIRONMENT OF PROCESS")
        terminal.keys("Escape").type("/nginx: worker").keys("Enter").type("l").wait_for(r"error\.log, newest first")
        terminal.keys("Escape").keys("F10")
        wait_until(lambda: not terminal.runs(), "top has ended")
        settings = Path(terminal.settings_folder)
    opened_files = opens_of(trace, program="/tierwatch")
    assert any("terminfo" in one.path for one in opened_files)
    table = table_of_paths(TABLE, home, [home, f"{home}/bin/tierwatch", settings, f"{settings}/**"])
    unknown = {one.path for one in opened_files if not table.allows(one)}
    assert not unknown, "\n".join(sorted(unknown))


@pytest.mark.parametrize("text", [
    "\u009b2J\x1b[2J owned\n", "timeStamp,elapsed,success\n1700000000123,\x1b]0;x\x07\u009b31m,true\n",
    "Running 1s test @ http://h/\x1b[2J\u202e\n", "<testResults>\n<\x1b[2J\n", '{"metrics":{"http_reqs":"\u009b',
    "timeStamp,elapsed,success,label\n1700000000123,5,true,\x1b[2J\u009b\u202e\n1700000000223,5,x\x1b[2J,a\n"])
def test_no_byte_of_a_load_file_reaches_the_terminal(home, opened, text):
    """Nor of its name."""
    file = home / "load\x1b[2J\u009b\u202e.txt"
    file.write_text(text)
    told = [attached(home, "report", "opened.db", "--load", file),
            attached(home, "record", "-o", f"load-{abs(hash(text))}.db", "--around", "0", "--load", file, "--", "true")]
    for done in told:
        assert done.stdout + done.stderr and not OBEYED.search(done.stdout + done.stderr), done

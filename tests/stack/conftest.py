# SPDX-License-Identifier: MIT
"""Fixtures of the stack tests. Each test file runs in a pytest of its own (CMakeLists.txt)."""

import os
import shutil
import sys
import tempfile
from pathlib import Path

import pytest

from daemon import Tierwatch, installed
from judge_runs import Keeper
from namespaces import Bridge
from terminal import TIERS_OF_TOP, Terminal
from web_stack import WebStack

SERVICE, GROUP_MEMBER = "daemon", "games"  # users that Debian always has
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to be several users")

SKIPPED_EXIT_CODE = 77  # CMakeLists.txt: SKIP_RETURN_CODE


@pytest.fixture(scope="session")
def home(request):
    """A directory below which every server keeps its files. Kept when a test failed."""
    path = Path(tempfile.mkdtemp(prefix="tierwatch-stack-"))
    path.chmod(0o755)
    yield path
    if request.session.testsfailed:
        print(f"\nlogs are kept in {path}")
    else:
        shutil.rmtree(path, ignore_errors=True)


@pytest.fixture(scope="module")
def stack(home):
    stack = WebStack(home)
    yield stack
    stack.close()


@pytest.fixture(scope="module")
def daemon(home):
    """A daemon with the built-in tiers."""
    daemon = Tierwatch(home).wait_ready()
    yield daemon
    daemon.stop()


@pytest.fixture
def top(stack, home):
    """The view of this machine by itself, with all four tiers shown."""
    argv = [installed(home), "top", "--standalone", "--interval", "500ms"]
    with Terminal(argv, 120, 40) as terminal:
        terminal.wait_for(TIERS_OF_TOP)
        yield terminal


@pytest.fixture
def service(home, request):
    """Starts daemons with what a test asks for, and stops them."""
    started = []

    def start(configuration="", **options):
        name = f"service-{request.node.name}-{len(started)}"
        started.append(Tierwatch(home, configuration, name=name, **options))
        return started[-1]
    yield start
    for daemon in started:
        daemon.stop()


@pytest.fixture
def kept_run(watchers):
    """Keeps a run of a test's `watchers` for tests/judge/, where that is asked for (judge_runs.py)."""
    keeper = Keeper(watchers)
    yield keeper
    keeper.close()


@pytest.fixture(scope="module")
def bridge():
    """Between the network namespaces of a file's tests."""
    try:
        bridge = Bridge()
    except Exception as why:  # pylint: disable=broad-except
        pytest.skip(f"needs a bridge, veth and the right to make them: {why}")
    yield bridge
    bridge.close()


@pytest.fixture
def isolated():
    """Of tests whose numbers another process of the machine would spoil."""
    if os.environ.get("TIERWATCH_ISOLATED") != "1":
        pytest.skip("needs a PID namespace of its own (root, or user namespaces)")


def pytest_sessionfinish(session, exitstatus):
    """A file whose tests were all skipped is skipped for CTest, too."""
    if exitstatus == 0 and session.config.pluginmanager.hasplugin("terminalreporter"):
        stats = session.config.pluginmanager.get_plugin("terminalreporter").stats
        if stats.get("skipped") and not stats.get("passed"):
            session.exitstatus = SKIPPED_EXIT_CODE


def pytest_terminal_summary(terminalreporter):
    rounds = sys.modules.get("verdict_rounds")
    for line in rounds.confusion_table() if rounds else ():
        terminalreporter.write_line(line)

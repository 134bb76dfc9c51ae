# SPDX-License-Identifier: MIT
"""`inside` on the Python and the PostgreSQL of other releases of Debian, each in a folder with a root of its own, as a
container has it. The tests are those of test_inside.py and test_statements.py. `scripts/test --all` makes the folders; by
hand:

    scripts/lib/debians.sh FOLDER bullseye trixie
    TIERWATCH_DEBIANS=FOLDER … isolated.py python3 -m pytest -s runs_debians.py"""

import os
import signal
import subprocess
from pathlib import Path

import pytest

from processes import OWN_MOUNTS, Child, accepts
from servers import Postgres, free_port
from test_inside import (look, test_a_held_worker_is_told_with_its_function_and_its_peer,  # noqa: F401
                         test_recursion_and_generators_count_once_and_whole, test_shares_are_those_that_were_planted,
                         test_threads_under_one_lock_and_sleepers)
from test_statements import (clients, looker, test_locks_name_who_holds_them_and_who_is_idle,  # noqa: F401
                             test_text_and_wait_are_those_of_pg_stat_activity)
from test_statements import test_it_works_with_no_slot_left_and_hides_values  # noqa: F401 (leaves sleepers: last)

FOLDERS = sorted(path for path in Path(os.environ["TIERWATCH_DEBIANS"]).iterdir() if (path / "usr").is_dir())


@pytest.fixture(scope="module", params=FOLDERS, ids=lambda path: path.name)
def release(request):
    return request.param


def rooted(release, home):
    """What makes the folder the root of a command, with the tests' own folder in it."""
    script = (f"mkdir -p {release}{home} && mount --bind {home} {release}{home} && mount -t proc proc {release}/proc && "
              f'exec chroot {release} "$@"')
    return [*OWN_MOUNTS, "sh", "-c", script, "sh"]


@pytest.fixture
def python(home, release):
    return "python3", rooted(release, home)


@pytest.fixture
def class_name(release):
    """Until 3.10 a code object has no qualified name."""
    return "" if (release / "usr/bin/python3.9").exists() else "Numbers."


@pytest.fixture(autouse=True)
def told_by_the_version(request, release):
    """Version 13 does not export what an idle backend was at, nor one between two steps of the extended protocol."""
    asks = any(word in request.node.name for word in ("extended", "prepared", "who_is_idle"))
    if asks and (release / "usr/lib/postgresql/13").exists():
        pytest.skip("not told by PostgreSQL 13")


class RootedPostgres(Postgres):
    def __init__(self, home, release):  # pylint: disable=super-init-not-called
        self.port, self.host = free_port(), "127.0.0.1"
        self._programs = next((release / "usr/lib/postgresql").glob("*/bin")).relative_to(release)
        self._programs = Path("/") / self._programs
        self._before = rooted(release, home)
        owner = subprocess.run(["chroot", release, "id", "-u", "postgres"], check=True, capture_output=True, text=True)
        home.mkdir()
        os.chown(home, int(owner.stdout), -1)
        self._as_owner = ["setpriv", "--reuid", "postgres", "--regid", "postgres", "--init-groups", "env", "LC_ALL=C"]
        data = home / "data"
        subprocess.run([*self._before, *self._as_owner, self._programs / "initdb", "-D", data, "-A", "trust", "-U",
                        "postgres", "--no-sync", "--no-locale", "-E", "UTF8"], check=True, stdout=subprocess.DEVNULL)
        options = {"port": self.port, "unix_socket_directories": home, "max_connections": 20, "fsync": "off",
                   "listen_addresses": self.host, "dynamic_shared_memory_type": "mmap", "autovacuum": "off"}
        argv = [*self._as_owner, self._programs / "postgres", "-D", data,
                *(part for key, value in options.items() for part in ("-c", f"{key}={value}"))]
        self.child = Child("postgres", argv, home.parent, stop_signal=signal.SIGINT, before=self._before)
        # The client that this machine has is read by the tests.
        self._programs = max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name))
        self.child.wait_ready(lambda: accepts((self.host, self.port)) and self.query("select 1"))
        self.query("create role app login")


@pytest.fixture(scope="module")
def postgres(home, release):
    if not list((release / "usr/lib/postgresql").glob("*/bin/postgres")):
        pytest.skip(f"{release.name} was made without PostgreSQL")
    server = RootedPostgres(home / f"postgres-{release.name}", release)
    server.query("create table stock(id int primary key, n int); insert into stock select i, 0 from "
                 "generate_series(1, 20) i; grant all on stock to app")
    yield server
    server.stop()

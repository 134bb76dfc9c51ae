# SPDX-License-Identifier: MIT
"""System calls that fail, one kind after the other, under a running daemon: it lives, says so within bounds,
believes nothing that it could not read, and goes on when the fault ends. strace makes them fail."""

import subprocess
import time
import urllib.request

import pytest

from daemon import Tierwatch
from debian_layout import debian_stack
from processes import http_status, is_root, wait_until

pytestmark = [pytest.mark.skipif(not is_root(), reason="strace of a daemon needs root"),
              pytest.mark.usefixtures("isolated")]

EACH, SOME = "1+1", "3+7"  # every call, or one in seven: of each thread
# Left out is what the kernel never does: clock_gettime of our own clocks fails, futex answers EINTR (glibc ends the process).
FAULTS = [
    ("openat,open", "EMFILE"), ("openat,open", "EACCES"), ("openat,open", "EIO"),
    ("read,pread64,readv", "EIO"), ("read,pread64", "ESRCH"), ("read,pread64", "EINTR"),
    ("write,pwrite64,pwritev", "ENOSPC"), ("write,pwrite64", "EIO"),
    ("mmap,brk,mremap", "ENOMEM"), ("munmap,madvise,mprotect", "ENOMEM"),
    ("socket", "EMFILE"), ("sendto,sendmsg", "ENOBUFS"), ("recvmsg,recvfrom", "EIO"),
    ("accept,accept4", "EMFILE"), ("epoll_wait,epoll_ctl,poll,ppoll", "ENOMEM"),
    ("getdents64", "EIO"), ("readlink,readlinkat", "EACCES"),
    ("newfstatat,statx,fstat,fstatfs", "EIO"), ("lseek", "EINVAL"), ("fcntl", "EBADF"),
    ("fsync,fdatasync", "EIO"), ("ftruncate,fallocate,unlink,rename", "EROFS"),
    ("clone,clone3", "EAGAIN"), ("clock_nanosleep,ioctl", "EINTR"),
]
MOST_LINES = 40  # of the log, for one fault


@pytest.fixture(scope="module")
def watched(home):
    stack = debian_stack(home, uwsgi={"processes": 2})
    with urllib.request.urlopen(stack.nginx.url + "/order/1/1", timeout=20):
        pass  # all workers have been forked
    daemon = Tierwatch(home, f'[history]\npath = "{home}/faults.db"\n', interval="200ms").wait_ready()
    yield daemon
    daemon.stop()
    stack.close()


def fail(daemon, calls, error, when, seconds=1):
    """Lets them fail for that long, and returns how many did, and how a scrape was answered meanwhile."""
    trace = daemon.home / "trace"
    strace = subprocess.Popen(["strace", "-f", "-qq", "-p", str(daemon.child.pid), "-o", trace, "-e", f"trace={calls}",
                               "-e", f"inject={calls}:error={error}:when={when}"], stderr=subprocess.DEVNULL)
    time.sleep(seconds)  # the fault's own length
    try:
        status = http_status(f"http://{daemon.address}/metrics")
    finally:
        strace.terminate()
        strace.wait()
    return trace.read_text(errors="replace").count("(INJECTED)"), status


def counters(daemon):
    """Name and labels -> value, of all that may not fall."""
    return {line.rsplit(" ", 1)[0]: float(line.rsplit(" ", 1)[1]) for line in daemon.get("/metrics").splitlines()
            if "_total{" in line or "_total " in line and not line.startswith("#")}


def processes(daemon):
    """Pid -> tier."""
    return {one["id"]["pid"]: one["member"]["tier"] for one in daemon.snapshot()["processes"] if "member" in one}


@pytest.mark.parametrize("when", [EACH, SOME])
@pytest.mark.parametrize("calls, error", FAULTS)
def test_a_fault_passes(watched, calls, error, when):
    before, lines, there = counters(watched), watched.log().count("\n"), processes(watched)
    failed, status = fail(watched, calls, error, when)
    assert watched.child.running(), watched.log()[-2000:]
    wait_until(lambda: watched.settle(3), "samples to go on")
    assert status == 200 or calls != "openat,open", "a scrape needs no new descriptor"
    assert watched.get("/-/ready")
    after = counters(watched)
    fallen = {name: (value, after[name]) for name, value in before.items() if after.get(name, value) < value}
    assert not fallen, f"{failed} calls failed"
    assert processes(watched) == there, "nobody ended"
    assert watched.log().count("\n") - lines <= MOST_LINES
    assert "removed or replaced" not in watched.log()

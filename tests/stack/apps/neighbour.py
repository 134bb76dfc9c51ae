#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""What another user of the machine may do, each as a process of its own.

usage: neighbour.py FOLDER KIND...

Prints a line once everything stands, and waits to be ended. Names are bytes: all that the kernel
takes.
"""

import ctypes
import http.server
import os
import resource
import shutil
import signal
import socket
import sys
import threading
import time

PR_SET_NAME, PR_SET_PDEATHSIG = 15, 1
LIBC = ctypes.CDLL(None, use_errno=True)

COMMS = [b"a\nnginx", b"\x1b[2J\x1b]0;x\x07", b") R 1 1 1 (", b"a b\tc", b"\xff\xfe\x9b", b"\xc2\x9b31m",
         b"nginx: x) S 0", b"(sd-pam)", b"\\x1b", b" ", b"\xe2\x80\xaetxt"]
SOCKETS = [b"\0a\nb", b"\0\x1b[2J", b"\0" + b"x" * 107, b"\0\xff\xfe", b"\0",
           b"\0x\nffff8a0000000000: 00000002 00000000 00010000 0001 01 77777 /run/forged.sock"]


KEPT = []  # open sockets


def child(run, name=None):
    """Runs in a process that dies with this one."""
    pid = os.fork()
    if pid:
        return pid
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if name is not None:
        LIBC.prctl(PR_SET_NAME, name, 0, 0, 0)
    run()
    while True:
        signal.pause()


def titled(folder, comm, title, environment=None):
    """A program that is called `comm` and shows `title` (bytes)."""
    program = os.path.join(os.fsencode(folder), b"bin-" + comm.hex().encode(), comm)
    os.makedirs(os.path.dirname(program), exist_ok=True)
    if not os.path.exists(program):
        shutil.copy("/bin/sleep", program)

    def run():
        os.execve(program, [title, b"100000"], environment or {})
    return child(run)


def traps(folder):
    """Files that a title may name, and what would come of reading them."""
    def path(name):
        return os.path.join(folder, name)

    def write(name, text):
        with open(path(name), "w", encoding="utf-8") as file:
            file.write(text)
        return path(name)
    os.mkfifo(path("fifo"))
    os.symlink("/etc/shadow", path("shadow"))
    os.symlink("/dev/zero", path("zero"))
    os.symlink("loop", path("loop"))
    os.symlink(path("fifo"), path("link-to-fifo"))
    write("self.conf", "events {}\ninclude self.conf;\ninclude *.conf;\n")
    for depth in range(300):
        write(f"deep{depth}.conf", f"include {path(f'deep{depth + 1}.conf')};\n")
    with open(path("huge"), "wb") as file:
        file.truncate(1 << 40)  # a hole
    os.makedirs(path("pg"))
    os.mkfifo(path("pg/postgresql.conf"))
    os.symlink("/etc/shadow", path("pg/postgresql.auto.conf"))
    return ["fifo", "shadow", "zero", "loop", "link-to-fifo", "self.conf", "deep0.conf", "huge", "pg",
            "device", "blocked/x", "../../../../etc/shadow"]


def titles(folder):
    for name in traps(folder):
        file = os.fsencode(os.path.join(folder, name))
        titled(folder, b"nginx", b"nginx: master process /usr/sbin/nginx -c " + file)
        titled(folder, b"php-fpm8.2", b"php-fpm: master process (" + file + b")")
        titled(folder, b"postgres", b"/usr/lib/postgresql/15/bin/postgres -D " + file,
               {b"PGDATA": file, b"X": b"\x1b[2J\n" * 1000})
        titled(folder, b"uwsgi", b"uwsgi --ini " + file)
        titled(folder, b"mysqld", b"/usr/sbin/mysqld --defaults-file=" + file + b" --datadir=" + file)
        titled(folder, b"haproxy", b"/usr/sbin/haproxy -f " + file)
        titled(folder, b"pgbouncer", b"/usr/sbin/pgbouncer " + file)
        titled(folder, b"apache2", b"/usr/sbin/apache2 -f " + file, {b"APACHE_RUN_DIR": file, b"APACHE_LOG_DIR": file})
    for title in (b"\x1b[2J\x1b]0;owned\x07", b"\xff\xfe\x9b\n\n", b"a\nnginx: worker process",
                  b"\xe2\x80\xaegpj.exe", b"nginx: worker process\x9b"):
        titled(folder, b"nginx", title)


def comms(_):
    for name in COMMS:
        child(lambda: None, name)


def command_lines(folder):
    """Each of two megabytes."""
    program = os.path.join(folder, "gunicorn")
    shutil.copy("/bin/sh", program)
    words = [b"x" * 100_000] * 18

    def run():
        os.execve(program, [b"gunicorn: master", b"-c", b"kill -STOP $$", *words], {})
    for _ in range(20):
        child(run)


def sockets(folder):
    def run():
        kept = []
        for name in SOCKETS + [os.path.join(os.fsencode(folder), b"s\n\x1b[2J\xff.sock")]:
            one = socket.socket(socket.AF_UNIX)
            one.bind(name)
            one.listen(1)
            client = socket.socket(socket.AF_UNIX)
            client.connect(one.getsockname())
            kept += [one, client]
        KEPT.extend(kept)
    child(run, b"uwsgi")


def listeners(_):
    """A hundred thousand, in as many processes as the limit of open files wants."""
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
    each = min(limit - 50, 25_000)
    ready, told = os.pipe()
    processes = min(-(-100_000 // each), 25)

    def run(first):
        for number in range(first, min(first + each, 100_000)):
            one = socket.socket()
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            one.bind((f"127.7.{number // 20_000}.1", 10_000 + number % 20_000))
            one.listen(1)
            KEPT.append(one)
        os.write(told, b"x")
    for number in range(processes):
        child(lambda first=number * each: run(first), b"nginx")
    for _ in range(processes):
        os.read(ready, 1)
    return min(100_000, processes * each)


def busy(kept=()):
    """At work all the time."""
    def run():
        KEPT.extend(kept)
        while True:
            pass
    return run


def impostor(_):
    """Called like a server, and at work."""
    child(busy(), b"redis-server")


def listening_impostor(_):
    """Two of them, of which one listens, where servers of this kind do, and has a client."""
    one = socket.socket()
    one.bind(("127.0.0.1", 0))
    one.listen(1)
    client = socket.socket()
    client.connect(one.getsockname())
    child(busy([one, client, one.accept()[0]]), b"redis-server")
    child(busy(), b"redis-server")
    return one.getsockname()[1]


def exporters(_):
    """Tools whose names begin like a server's."""
    for name in (b"php-fpm_exporter", b"gunicorn_export", b"uwsgi_exporter", b"nginx-exporter"):
        child(busy(), name)


def port(_):
    """The daemon's, taken first, with a verdict of his own."""
    def run():
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):  # noqa: N802 (the name is http.server's)
                self.send_response(200)
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *_):
                print("asked", flush=True)
        server.RequestHandlerClass = Handler
        server.serve_forever()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 9718), None)
    child(run)


def threads(_):
    def run():
        threading.stack_size(64 * 1024)
        for _ in range(1000):
            threading.Thread(target=time.sleep, args=(100_000,), daemon=True).start()
    child(run, b"uwsgi")


def fork_bomb(_):
    """As many as its limit of processes allows; each ends soon and another takes its place."""
    def run():
        os.nice(19)
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        end = time.monotonic() + 6
        while time.monotonic() < end:
            try:
                if os.fork() == 0:
                    LIBC.prctl(PR_SET_NAME, b"nginx", 0, 0, 0)
                    time.sleep(0.05)
                    os._exit(0)
            except BlockingIOError:
                time.sleep(0.005)
    child(run, b"nginx")


def main():
    folder, kinds = sys.argv[1], sys.argv[2:]
    os.umask(0)
    said = {kind: globals()[kind](folder) for kind in kinds}
    print("stands", {kind: value for kind, value in said.items() if value}, flush=True)
    while True:
        signal.pause()


if __name__ == "__main__":
    main()

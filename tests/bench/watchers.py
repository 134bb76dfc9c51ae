# SPDX-License-Identifier: MIT
"""The programs that are compared, and how one sample of each is told from the next."""

import dataclasses
import os
import shutil
import socket
import time
import zlib

import processes

APPS_PLUGINS = ["/usr/lib/netdata/plugins.d/apps.plugin", "/usr/libexec/netdata/plugins.d/apps.plugin"]

EXPORTER_GROUPS = """process_names:
  - name: nginx
    comm: [nginx]
  - name: uwsgi
    comm: [uwsgi]
  - name: postgres
    comm: [postgres]
  - name: redis
    comm: [redis-server]
"""


SURVEY_SECONDS = 30  # tierwatch looks at 500 descriptors per tick until it has seen all


@dataclasses.dataclass
class Watcher:
    name: str
    argv: list
    mark: bytes | None = None  # what its output shows once per sample; else samples are seconds
    port: int = 0  # it samples when it is scraped here; tierwatch by itself
    scraped: bool = False  # drive it with one scrape a second
    terminal: bool = False
    proof: str = ""  # what a scrape after the measurement must show
    survey: int = 0  # seconds after its start in which it does more than later, beside the warm-up
    environment: dict = dataclasses.field(default_factory=dict)


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def tierwatch(binary, directory, source="proc"):
    port = free_port()
    config = os.path.join(directory, f"tierwatch-{source}.toml")
    with open(config, "w", encoding="utf-8") as file:
        file.write(f'[web]\nlisten = ["127.0.0.1:{port}"]\n[sampling]\nsource = "{source}"\n')
    name = "tierwatch" if source == "proc" else "tierwatch, BPF"
    return Watcher(name, [binary, "daemon", "--config", config], port=port, survey=SURVEY_SECONDS,
                   proof=f'tierwatch_process_source_info{{source="{source}"')


def process_exporter(name, directory, *flags):
    config = os.path.join(directory, "process-exporter.yml")
    with open(config, "w", encoding="utf-8") as file:
        file.write(EXPORTER_GROUPS)
    port = free_port()
    argv = ["prometheus-process-exporter", "-config.path", config, *flags]
    argv += ["-web.listen-address", f"127.0.0.1:{port}"]
    return Watcher(name, argv, port=port, scraped=True)


def others(directory):
    """Every rival that is installed; the names of those that are not."""
    found, missing = [], []

    def add(program, watcher):
        if program and shutil.which(program):
            found.append(watcher)
        else:
            missing.append(watcher.name)

    exporter = "prometheus-process-exporter"
    add(exporter, process_exporter("process-exporter", directory))
    slim = ("-gather-smaps=false", "-threads=false")
    add(exporter, process_exporter("process-exporter, no smaps, no threads", directory, *slim))
    plugin = next((path for path in APPS_PLUGINS if os.access(path, os.X_OK)), None)
    add(plugin, Watcher("netdata apps.plugin", [plugin, "1"], mark=b"BEGIN users.threads"))
    add("atop", Watcher("atop 1", ["atop", "1"], mark=b"ATOP - "))
    add("pidstat", Watcher("pidstat 1", ["pidstat", "1"], mark=b" UID "))
    home = {"HOME": directory, "TERM": "xterm-256color"}
    add("htop", Watcher("htop", ["htop", "-d", "10"], terminal=True, environment=home))
    top = ["top", "-b", "-d", "1"]
    add("top", Watcher("top -b -d 1", top, mark=b"top - ", environment=home))
    return found, missing


class Scraper:
    """One persistent HTTP connection, as Prometheus holds it, with as little of our own as can be."""

    def __init__(self, port, gzip, timeout=30):
        self._socket = socket.create_connection(("127.0.0.1", port), timeout)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        accept = "gzip" if gzip else "identity"
        self._request = (f"GET /metrics HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
                         f"Accept-Encoding: {accept}\r\n\r\n").encode()
        self._rest = b""

    def close(self):
        self._socket.close()

    def scrape(self):
        """(seconds until the last byte, body as it came)."""
        start = time.perf_counter()
        self._socket.sendall(self._request)
        head = self._until(b"\r\n\r\n")
        body = self._body(head.lower())
        seconds = time.perf_counter() - start
        if b" 200 " not in head.split(b"\r\n", 1)[0]:
            raise RuntimeError(f"scrape answered {head[:60]!r}")
        return seconds, body

    def _body(self, head):
        if b"transfer-encoding: chunked" not in head:
            return self._exactly(int(head.split(b"content-length:")[1].split(b"\r\n")[0]))
        body = b""
        while size := int(self._until(b"\r\n"), 16):
            body += self._exactly(size)
            self._exactly(2)
        self._exactly(2)
        return body

    def _more(self):
        block = self._socket.recv(1 << 18)
        if not block:
            raise RuntimeError("the server closed the connection")
        self._rest += block

    def _until(self, end):
        while end not in self._rest:
            self._more()
        found, _, self._rest = self._rest.partition(end)
        return found

    def _exactly(self, size):
        while len(self._rest) < size:
            self._more()
        found, self._rest = self._rest[:size], self._rest[size:]
        return found


def scrape_once(port, timeout=30):
    scraper = Scraper(port, gzip=False, timeout=timeout)
    try:
        return scraper.scrape()[1].decode()
    finally:
        scraper.close()


def wait_for_port(program, port, timeout=20.0):
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline and program.alive():
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError(f"nothing listens on 127.0.0.1:{port}")


def start(watcher, log):
    program = processes.Program(watcher.argv, watcher.mark, watcher.terminal, watcher.environment, log)
    if watcher.port:
        wait_for_port(program, watcher.port)
    return program


def _await_sample(watcher, program):
    """Stands in the quiet time between two samples, where CPU readings split them cleanly."""
    if watcher.mark:
        program.output.wait_for_frame()
        time.sleep(0.3)


def _let_pass(watcher, seconds, scraper):
    """Lets the time pass in which samples are taken; the seconds that each scrape took."""
    if not scraper:
        time.sleep(seconds)
        return []
    latencies, start_time = [], time.monotonic()
    for number in range(round(seconds)):
        latencies.append(scraper.scrape()[0])
        time.sleep(max(0.0, start_time + number + 1 - time.monotonic()))
    return latencies


def measure(watcher, seconds, warm_up, log):
    """Runs the watcher once; CPU milliseconds per sample and resident memory over `seconds`."""
    with start(watcher, log) as program:
        scraper = Scraper(watcher.port, gzip=True) if watcher.scraped else None
        _let_pass(watcher, warm_up + watcher.survey + (0.5 if not watcher.mark else 0), scraper)
        _await_sample(watcher, program)
        frames, begin = program.output.frames, time.monotonic()
        cpu = processes.cpu_seconds(program.pid)
        latencies = _let_pass(watcher, seconds, scraper)
        _await_sample(watcher, program)
        cpu = processes.cpu_seconds(program.pid) - cpu
        elapsed = time.monotonic() - begin
        samples = program.output.frames - frames if watcher.mark else len(latencies) or elapsed
        resident, peak = processes.resident_mib(program.pid)
        if watcher.proof and watcher.proof not in scrape_once(watcher.port):
            raise RuntimeError(f"it does not show {watcher.proof}")
        if scraper:
            scraper.close()
        return {"watcher": watcher.name, "cpu_ms": cpu * 1000 / samples, "samples": samples,
                "resident_mib": resident, "peak_mib": peak, "latencies_s": latencies}


def measure_scrapes(watcher, count, gzip, tick_cpu_ms, log, lone=False):
    """`count` scrapes of a daemon that samples by itself, over one connection: 4 ms apart, or `lone`,
    each of a sample that nobody has scraped before, as a Prometheus server's is."""
    pause = 1.003 if lone else 0.004
    with start(watcher, log) as program:
        time.sleep(3 + watcher.survey)
        scraper = Scraper(watcher.port, gzip)
        cpu, begin = processes.cpu_seconds(program.pid), time.monotonic()
        latencies, body = [], b""
        for _ in range(count):
            seconds, body = scraper.scrape()
            latencies.append(seconds * 1000)
            time.sleep(pause)
        elapsed = time.monotonic() - begin
        cpu_ms = (processes.cpu_seconds(program.pid) - cpu) * 1000 - elapsed * tick_cpu_ms
        scraper.close()
    latencies.sort()
    text = zlib.decompress(body, 31) if gzip and body[:2] == b"\x1f\x8b" else body
    if b"tierwatch_" not in text:
        raise RuntimeError("the scrape shows no tierwatch metric")
    return {"gzip": gzip, "lone": lone, "count": count, "bytes": len(body), "p50_ms": latencies[count // 2],
            "p99_ms": latencies[count * 99 // 100], "worst_ms": latencies[-1],
            "cpu_ms": cpu_ms / count}

#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""What a Prometheus needs for many hosts: scrapes of one real daemon, replayed as those of a thousand.

usage: scaling.py record FOLDER URL [COUNT]      keeps COUNT pages of a daemon's /metrics, one a second
       scaling.py replay FOLDER [--hosts N] [--interval SECONDS] [--minutes M] [--report TIERWATCH]

`replay` starts Debian's prometheus with N targets, each a query of one server here that gives the recorded pages in their
order; so values change as they did, only slower, and no counter falls. Samples are of the time at which they are asked for. It prints what Prometheus says of itself, and how long queries take.
docs/scaling.md was written from it.
"""

import argparse
import json
import re
import socket
import subprocess
import tempfile
import threading
import time
import urllib.parse
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

TAKEN = rb"\ntierwatch_snapshot_timestamp_seconds \S+\n"
QUERIES = {
    "cores by tier, all hosts": "sum by (tier) (rate(tierwatch_tier_cpu_seconds_total[1m]))",
    "what is full, all hosts": "tierwatch_bottleneck == 1",
    "nearest to its limit of files": "topk(10, tierwatch_tier_fd_utilization_worst_ratio)",
    "hosts by verdict": "sum by (state) (tierwatch_verdict_state)",
}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def fetched(url, form=None):
    data = urllib.parse.urlencode(form).encode() if form else None
    with urllib.request.urlopen(url, data=data, timeout=120) as answer:
        return answer.read()


def record(folder, url, count):
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        (folder / f"{number:04}.txt").write_bytes(fetched(url))
        time.sleep(1)


class Pages(ThreadingHTTPServer):
    """Host N is N % 8 pages ahead of host 0: they are not all alike."""

    daemon_threads = True
    request_queue_size = 1024

    def __init__(self, folder, interval):
        super().__init__(("127.0.0.1", 0), Answer)
        self.pages = [re.split(TAKEN, path.read_bytes()) for path in sorted(folder.glob("*.txt"))]
        self.interval, self.began = interval, time.monotonic()

    def page(self, host):
        number = int((time.monotonic() - self.began) / self.interval) + host % 8
        before, after = self.pages[min(number, len(self.pages) - 1)]
        return b"%s\ntierwatch_snapshot_timestamp_seconds %.3f\n%s" % (before, time.time(), after)


class Answer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        host = int(urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)["host"][0])
        page = self.server.page(host)
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, *_):
        pass


def own_metrics(port):
    lines = fetched(f"http://127.0.0.1:{port}/metrics").decode().splitlines()
    return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in lines if not line.startswith("#")}


def started(home, pages, hosts, interval, port):
    targets = [{"targets": [f"127.0.0.1:{pages.server_address[1]}"],
                "labels": {"instance": f"host{number}:9718", "__param_host": str(number)}}
               for number in range(1, hosts + 1)]
    (home / "targets.json").write_text(json.dumps(targets))
    (home / "prometheus.yml").write_text(f"""
global: {{scrape_interval: {interval}s, scrape_timeout: {min(interval, 10)}s}}
scrape_configs:
  - job_name: tierwatch
    file_sd_configs: [{{files: [{home}/targets.json]}}]
""")
    return subprocess.Popen(
        ["prometheus", f"--config.file={home}/prometheus.yml", f"--storage.tsdb.path={home}/data",
         f"--web.listen-address=127.0.0.1:{port}", "--log.level=warn"])


def timed(action, times=5):
    """The median."""
    took = []
    for _ in range(times):
        began = time.monotonic()
        action()
        took.append(time.monotonic() - began)
    return sorted(took)[times // 2]


def replay(folder, hosts, interval, minutes, tierwatch):
    port = free_port()
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        pages = Pages(folder, interval)
        threading.Thread(target=pages.serve_forever, daemon=True).start()
        prometheus = started(home, pages, hosts, interval, port)
        try:
            measure(home, port, hosts, interval, minutes, tierwatch)
        finally:
            prometheus.terminate()
            prometheus.wait()


def measure(home, port, hosts, interval, minutes, tierwatch):
    time.sleep(interval * 2 + 5)
    before, began = own_metrics(port), time.time()
    time.sleep(minutes * 60)
    after, ended = own_metrics(port), time.time()
    grown = {name: after[name] - before.get(name, 0) for name in after}
    samples = sum(value for name, value in grown.items()
                  if name.startswith("prometheus_tsdb_head_samples_appended_total"))
    series = after["prometheus_tsdb_head_series"]
    size = sum(path.stat().st_size for path in (home / "data").rglob("*") if path.is_file())
    print(f"{hosts} hosts, a scrape in {interval} s, {minutes} min")
    print(f"series: {series:.0f}, {series / hosts:.1f} a host")
    print(f"samples a second: {samples / (ended - began):.0f}")
    print(f"cores: {grown['process_cpu_seconds_total'] / (ended - began):.3f}")
    print(f"resident memory: {after['process_resident_memory_bytes'] / 2**20:.0f} MiB, "
          f"{after['process_resident_memory_bytes'] / series / 1024:.1f} KiB a series")
    print(f"live heap: {after['go_memstats_heap_inuse_bytes'] / 2**20:.0f} MiB")
    print(f"data on disk, the log that is written ahead: {size / 2**20:.0f} MiB")
    for what, query in QUERIES.items():
        seconds = timed(lambda asked=query: fetched(f"http://127.0.0.1:{port}/api/v1/query", {"query": asked}))
        print(f"query, {what}: {seconds * 1000:.0f} ms")
    if not tierwatch:
        return
    for pattern, count in (("host1:.*", 1), ("host[1-9]:.*|host10:.*", 10), ("host1?[0-9]?[0-9]:.*", min(hosts, 199))):
        argv = [tierwatch, "report", "--json", "--prometheus", f"http://127.0.0.1:{port}", "--instance", pattern,
                "--from", f"@{int(began)}", "--to", f"@{int(ended)}"]
        seconds = timed(lambda asked=tuple(argv): subprocess.run(asked, check=True, capture_output=True), 3)
        print(f"report on {count} hosts: {seconds:.2f} s")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("action", choices=["record", "replay"])
    parser.add_argument("folder", type=Path)
    parser.add_argument("url", nargs="?")
    parser.add_argument("count", nargs="?", type=int, default=60)
    parser.add_argument("--hosts", type=int, default=1000)
    parser.add_argument("--interval", type=int, default=15)
    parser.add_argument("--minutes", type=float, default=4)
    parser.add_argument("--report")
    asked = parser.parse_args()
    if asked.action == "record":
        record(asked.folder, asked.url, asked.count)
    else:
        replay(asked.folder, asked.hosts, asked.interval, asked.minutes, asked.report)


if __name__ == "__main__":
    main()

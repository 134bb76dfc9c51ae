# SPDX-License-Identifier: MIT
"""Takes OTLP over HTTP, and keeps what came."""

import gzip
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class PushReceiver:
    """Answers 200 on `port` (0: a free one) until close(). `requests` are (path, headers, JSON)."""

    def __init__(self, port=0):
        self.requests = requests = []

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):  # noqa: N802 (the library's name)
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.headers.get("Content-Encoding") == "gzip":
                    body = gzip.decompress(body)
                requests.append((self.path, dict(self.headers), json.loads(body)))
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *_):
                pass

        ThreadingHTTPServer.allow_reuse_address = True
        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def series(request):
    """(name, labels) -> value of one request, as it would be scraped."""
    found = {}
    for resource in request["resourceMetrics"]:
        for scope in resource["scopeMetrics"]:
            for metric in scope["metrics"]:
                points = (metric.get("sum") or metric["gauge"])["dataPoints"]
                for point in points:
                    labels = {one["key"]: one["value"]["stringValue"] for one in point["attributes"]}
                    found[metric["name"], tuple(sorted(labels.items()))] = point["asDouble"]
    return found


def times(requests):
    """When the samples of each were taken, in seconds; one time for a request."""
    found = []
    for _, _, request in requests:
        scope = request["resourceMetrics"][0]["scopeMetrics"][0]
        taken = {int(point["timeUnixNano"]) for metric in scope["metrics"]
                 for point in (metric.get("sum") or metric["gauge"])["dataPoints"]}
        assert len(taken) == 1
        found.append(taken.pop() / 1e9)
    return found

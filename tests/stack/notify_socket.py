# SPDX-License-Identifier: MIT
"""What a service tells systemd (sd_notify(3)), heard in systemd's place."""

import os
import socket
import time


class NotifySocket:
    def __init__(self, path):
        self.path = str(path)
        self.messages = []
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(self.path)
        os.chmod(self.path, 0o777)
        self._socket.settimeout(0.05)

    def environment(self, watchdog_seconds=None):
        found = {"NOTIFY_SOCKET": self.path}
        if watchdog_seconds:
            found["WATCHDOG_USEC"] = str(int(watchdog_seconds * 1e6))
        return found

    def listen(self):
        """Takes what has come, and returns what is new."""
        fresh = []
        while True:
            try:
                fresh.append((time.monotonic(), self._socket.recv(4096).decode()))
            except socket.timeout:
                self.messages += fresh
                return [text for _, text in fresh]

    def close(self):
        self._socket.close()

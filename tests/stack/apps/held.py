# SPDX-License-Identifier: MIT
"""A WSGI application whose paths each wait for one thing: /stored a row in MariaDB (HELD_MYSQL_PORT), /name the address
of a name, /files a part of a large file (HELD_FILE)."""

import os
import random
import socket

PIECE = 1 << 20


class Mysql:
    """As much of MySQL's protocol as a user without a password needs to send one statement after the other."""

    def __init__(self, port):
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._read()
        capabilities = 0x1 | 0x200 | 0x8000  # long password, protocol 4.1, secure connection
        self._send(1, capabilities.to_bytes(4, "little") + (1 << 24).to_bytes(4, "little") + b"\x21" + bytes(23)
                   + b"app\0" + b"\0")
        self._expect_ok()

    def run(self, statement):
        self._send(0, b"\x03" + statement.encode())
        self._expect_ok()

    def _send(self, number, packet):
        self._socket.sendall(len(packet).to_bytes(3, "little") + bytes([number]) + packet)

    def _read(self):
        head = self._exactly(4)
        return self._exactly(int.from_bytes(head[:3], "little"))

    def _exactly(self, count):
        data = b""
        while len(data) < count:
            part = self._socket.recv(count - len(data))
            if not part:
                raise ConnectionError("the database has gone")
            data += part
        return data

    def _expect_ok(self):
        answer = self._read()
        if answer[0] != 0:
            raise RuntimeError(answer)


kept = {}


def stored():
    if "mysql" not in kept:
        kept["mysql"] = Mysql(int(os.environ["HELD_MYSQL_PORT"]))
    kept["mysql"].run("insert into shop.orders (n) values (1)")


def name():
    try:
        socket.getaddrinfo("mail.example.com", 25)
    except OSError:
        pass


def files():
    with open(os.environ["HELD_FILE"], "rb") as file:
        file.seek(random.randrange(os.fstat(file.fileno()).st_size // PIECE) * PIECE)
        file.read(PIECE)


def app(environ, start):
    {"/stored": stored, "/name": name, "/files": files}[environ["PATH_INFO"]]()
    start("200 OK", [("Content-Length", "3")])
    return [b"ok\n"]

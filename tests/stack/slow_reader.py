#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Clients on a bad line: each asks for a page and reads it a little at a time, again and again.

usage: slow_reader.py PORT PATH CLIENTS SECONDS
"""

import asyncio
import sys
import time


async def client(port, path, end):
    while time.monotonic() < end:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=4096)
        writer.write(f"GET {path} HTTP/1.0\r\n\r\n".encode())
        while time.monotonic() < end and await reader.read(4096):
            await asyncio.sleep(0.1)
        writer.close()


async def main():
    port, path, clients, seconds = sys.argv[1:5]
    end = time.monotonic() + float(seconds)
    await asyncio.gather(*(client(int(port), path, end) for _ in range(int(clients))))


asyncio.run(main())

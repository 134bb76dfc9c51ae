#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A slow server that no tier knows: says hello after a while, as a loaded mail server does. On
the next port an address book, which answers each line at once.

usage: mail_server.py PORT SECONDS [ADDRESS]
"""

import asyncio
import sys


async def greet(_, writer):
    await asyncio.sleep(float(sys.argv[2]))
    writer.write(b"220 hello\r\n")
    await writer.drain()
    writer.close()


async def look_up(reader, writer):
    while await reader.readline():
        writer.write(b"somebody\n")
        await writer.drain()
    writer.close()


async def main():
    port = int(sys.argv[1])
    address = sys.argv[3] if len(sys.argv) > 3 else "127.0.0.1"
    await asyncio.start_server(look_up, address, port + 1)
    server = await asyncio.start_server(greet, address, port, backlog=1024)
    await server.serve_forever()


asyncio.run(main())

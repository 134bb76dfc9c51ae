#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A slow server that no tier knows: says hello after a while, as a loaded mail server does.

usage: mail_server.py PORT SECONDS
"""

import asyncio
import sys


async def greet(_, writer):
    await asyncio.sleep(float(sys.argv[2]))
    writer.write(b"220 hello\r\n")
    await writer.drain()
    writer.close()


async def main():
    server = await asyncio.start_server(greet, "127.0.0.1", int(sys.argv[1]), backlog=1024)
    await server.serve_forever()


asyncio.run(main())

#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Passes connections on, as docker-proxy does, with its command line.

usage: relay.py -proto tcp -host-ip IP -host-port PORT -container-ip IP -container-port PORT
"""

import asyncio
import sys

options = dict(zip(sys.argv[1::2], sys.argv[2::2]))


async def copy(reader, writer):
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except ConnectionError:
        pass
    writer.close()


async def serve(reader, writer):
    far_reader, far_writer = await asyncio.open_connection(options["-container-ip"],
                                                           int(options["-container-port"]))
    await asyncio.gather(copy(reader, far_writer), copy(far_reader, writer))


async def main():
    server = await asyncio.start_server(serve, options["-host-ip"], int(options["-host-port"]),
                                        backlog=1024)
    await server.serve_forever()


asyncio.run(main())

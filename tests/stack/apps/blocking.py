# SPDX-License-Identifier: MIT
"""An ASGI application as many are written: plain calls inside of its event loop, which nothing else can use meanwhile.
What its path names is done: /sleep, /service (asks APP_SERVICE), /pause (lets the loop go on)."""

import asyncio
import os
import time
import urllib.request


def ask():
    with urllib.request.urlopen(os.environ["APP_SERVICE"]) as answer:
        return answer.read()


async def app(scope, _, send):
    if scope["type"] != "http":
        return
    if scope["path"] == "/service":
        ask()
    elif scope["path"] == "/sleep":
        time.sleep(0.04)
    elif scope["path"] == "/pause":
        await asyncio.sleep(0.1)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"3")]})
    await send({"type": "http.response.body", "body": b"ok\n"})

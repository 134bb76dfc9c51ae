# SPDX-License-Identifier: MIT
"""`tierwatch inside` on servers that start their Python in other ways, each on a stack of its own."""

import json

from conftest import needs_root
from daemon import run
from servers import Gunicorn
from web_stack import Load, WebStack

pytestmark = needs_root  # servers have users of their own

SECOND_APPLICATION = """
import time

def work():
    end = time.thread_time() + 0.02
    while time.thread_time() < end:
        pass

def application(environment, start):
    work()
    start("200 OK", [])
    return [b"worked"]
"""


def looked_into(home, tier, path, **stack_options):
    """What `inside` answers of that tier while the page is asked for."""
    stack = WebStack(home / "stack", **stack_options)
    try:
        with Load(stack.nginx.url + path):
            done = run(home, "inside", tier, "--standalone", "--for", "3s", "--json", seconds=60)
    finally:
        stack.close()
    return json.loads(done.stdout)


def test_an_interpreter_of_its_own_for_each_application(home):
    second = home / "second.py"
    second.write_text(SECOND_APPLICATION)
    answer = looked_into(home, "uwsgi", "/second",
                         uwsgi={"options": ("--mount", f"/second={second}", "--manage-script-name")})
    assert answer["hottest"]["function"] == "work" and answer["hottest"]["ratio"] > 0.8
    assert answer["activities"]["running"] > 0.8


def test_workers_of_gunicorn_are_looked_into(home):
    answer = looked_into(home, "gunicorn", "/cpu/20", uwsgi={"server": Gunicorn})
    assert answer["hottest"]["function"] == "burn" and answer["hottest"]["ratio"] > 0.8
    assert answer["activities"]["running"] > 0.5  # its arbiter, which waits for nothing, is idle

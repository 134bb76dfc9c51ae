# SPDX-License-Identifier: MIT
"""What changed beside the figures, on real servers: a file of nginx and its reload, a Redis that was
started anew; as events of a run, and between two runs."""

import json
import os
import signal
import subprocess
import time

import pytest

from daemon import installed, run
from servers import Redis
from web_stack import WebStack

pytestmark = pytest.mark.usefixtures("isolated")


@pytest.fixture(scope="module")
def stack(home):
    stack = WebStack(home, uwsgi={"processes": 2})
    yield stack
    stack.close()


def record(home, name, seconds, during=lambda: None):
    file = home / f"{name}.db"
    process = subprocess.Popen([installed(home), "record", "-o", file, "--around", "1s", "--", "sleep",
                                str(seconds)], cwd=home, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    time.sleep(4)
    during()
    _, errors = process.communicate(timeout=seconds + 30)
    assert process.returncode == 0, errors
    return file


def report_of(home, file):
    done = run(home, "report", file, "--format", "json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_changed_files_and_restarts_are_events_and_differences(home, stack):
    conf = home / "nginx" / "nginx.conf"
    changed = []

    def change():
        changed.append(time.time())
        conf.write_text(conf.read_text() + "# another line\n")
        os.kill(stack.nginx.child.pid, signal.SIGHUP)
        stack.redis.stop()
        stack.redis = Redis(home / "redis", port=stack.redis.port)

    before = record(home, "before", 6)
    file = record(home, "changing", 28, change)
    events = report_of(home, file)["events"]
    print(json.dumps(events, indent=1))
    of_file = [event for event in events if event["kind"] == "file"]
    assert [event["text"] for event in of_file] == [f"{conf} was changed"], events
    assert of_file[0]["tier"] == "nginx"
    assert of_file[0]["at"] == pytest.approx(changed[0], abs=2), "the file's own time, not when it was seen"
    restarts = [event for event in events if event["kind"] == "restart"]
    assert [event["tier"] for event in restarts] == ["redis"], events
    assert restarts[0]["at"] == pytest.approx(changed[0], abs=5)

    text = run(home, "report", file).stdout
    assert "redis was started anew" in text
    after = record(home, "after", 6)
    done = run(home, "compare", before, after, "--format", "json")
    differences = json.loads(done.stdout)["differences"]
    assert any(line.startswith(f"nginx: {conf} is another") for line in differences), differences
    assert "redis: started anew between them" in differences, differences
    assert not any(line.startswith("uwsgi") for line in differences), differences
    stack.redis.stop()

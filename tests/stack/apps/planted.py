#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A program whose time goes where it says: what `tierwatch inside` has to find.

usage: planted.py KIND PROCESSES [PORT]
"""

import ctypes
import os
import signal
import socket
import sys
import threading
import time

PR_SET_PDEATHSIG = 1


def sixty():
    end = time.thread_time() + 0.006
    while time.thread_time() < end:
        pass


def thirty():
    end = time.thread_time() + 0.003
    while time.thread_time() < end:
        pass


def zehn_größe():
    end = time.thread_time() + 0.001
    while time.thread_time() < end:
        pass


def shares():
    while True:
        sixty()
        thirty()
        zehn_größe()


def deep(calls):
    if calls:
        return deep(calls - 1)
    end = time.thread_time() + 0.005
    while time.thread_time() < end:
        pass
    return 0


class Numbers:
    def inner(self):
        end = time.thread_time() + 0.005
        while time.thread_time() < end:
            pass
        yield 1

    def outer(self):
        yield from self.inner()


def recursion():
    while True:
        deep(300)
        sum(Numbers().outer())


def spin():
    while True:
        pass


def sleeper():
    time.sleep(1000)


def asleep_within_a_call():
    sleeper()


def threads():
    for function in (spin, spin, asleep_within_a_call):
        threading.Thread(target=function, daemon=True).start()
    threading.Event().wait()


def ask(peer):
    return peer.recv(10)


def held():
    """Waits for somebody who does not answer."""
    ask(socket.create_connection(("127.0.0.1", int(sys.argv[3]))))


def main():
    for _ in range(int(sys.argv[2]) - 1):
        if os.fork() == 0:
            ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
            break
    globals()[sys.argv[1]]()


main()

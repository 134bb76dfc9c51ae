# SPDX-License-Identifier: MIT
"""Stops a single thread of another process, as no signal can: the others go on. By ptrace(2), with
PTRACE_SEIZE and PTRACE_INTERRUPT, so that the thread notices nothing when it is let go."""

import ctypes
import os
from contextlib import contextmanager

PTRACE_SEIZE, PTRACE_INTERRUPT, PTRACE_DETACH = 0x4206, 0x4207, 17
WALL = 0x40000000  # __WALL of waitpid(2): threads, too

_libc = ctypes.CDLL(None, use_errno=True)
_libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p]
_libc.ptrace.restype = ctypes.c_long


def _ptrace(request, tid):
    if _libc.ptrace(request, tid, None, None) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), f"ptrace of {tid}")


@contextmanager
def stopped_thread(tid):
    """The thread does nothing inside the block. To be used by the process' parent or root."""
    _ptrace(PTRACE_SEIZE, tid)
    _ptrace(PTRACE_INTERRUPT, tid)
    os.waitpid(tid, WALL)
    try:
        yield
    finally:
        _ptrace(PTRACE_DETACH, tid)

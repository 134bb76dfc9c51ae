# SPDX-License-Identifier: MIT
"""A daemon's history, looked into by SQLite itself while the daemon writes."""

import sqlite3
from contextlib import closing


def rows(file, sql):
    """None while the file is being made."""
    try:
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as database:
            return database.execute(sql).fetchall()
    except sqlite3.OperationalError:
        return []


def ticks(file):
    """How many there are, and of how many sessions."""
    (counts,) = rows(file, "SELECT count(*), count(DISTINCT session) FROM tick") or [(0, 0)]
    return counts

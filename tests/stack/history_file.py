# SPDX-License-Identifier: MIT
"""A daemon's history, looked into by SQLite itself while the daemon writes."""

import re
import sqlite3
from contextlib import closing


def rows(file, sql):
    """What a file that has its tables says."""
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as database:
        return database.execute(sql).fetchall()


def has_tables(file):
    """False while the daemon makes the file: for a moment it is empty, then it has no tables yet."""
    try:
        return rows(file, "SELECT count(*) FROM tick") != []
    except sqlite3.OperationalError as error:
        if re.match("unable to open|no such table|database is locked", str(error)):
            return False
        raise


def ticks(file):
    """How many there are, and of how many sessions."""
    if not has_tables(file):
        return 0, 0
    (counts,) = rows(file, "SELECT count(*), count(DISTINCT session) FROM tick")
    return counts

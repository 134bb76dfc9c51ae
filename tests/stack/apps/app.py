# SPDX-License-Identifier: MIT
"""The application behind uWSGI in the stack tests: a page as such pages are, and pages that do one
thing only."""

import os
import time

import flask
import psycopg2
import redis

app = flask.Flask(__name__)
connections = {}  # one of each kind per worker, made after the fork


def database():
    if "database" not in connections:
        connections["database"] = connect()
    return connections["database"]


def connect():
    connection = psycopg2.connect(os.environ["APP_DATABASE"])
    connection.autocommit = True
    return connection


def store():
    if "store" not in connections:
        connections["store"] = redis.Redis(port=int(os.environ["APP_REDIS_PORT"]))
    return connections["store"]


def burn(milliseconds):
    """Uses that much CPU time of this thread."""
    end = time.thread_time() + milliseconds / 1000
    while time.thread_time() < end:
        pass


@app.route("/")
def page():
    with database().cursor() as cursor:
        cursor.execute("select sum(n) from generate_series(1, 2000) as n")
        total = cursor.fetchone()[0]
    hits = store().incr("hits")
    burn(2)
    return f"<p>{total} {hits}</p>\n"


@app.route("/cpu/<int:milliseconds>")
def cpu(milliseconds):
    burn(milliseconds)
    return "burnt\n"


@app.route("/new-connection")
def new_connection():
    connection = connect()
    with connection.cursor() as cursor:
        cursor.execute("select 1")
    connection.close()
    return "closed\n"

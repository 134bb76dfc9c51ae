# SPDX-License-Identifier: MIT
"""The application behind uWSGI in the stack tests: a page as such pages are, and pages that do one
thing only."""

import os
import socket
import threading
import time
import urllib.request

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


@app.route("/order/<int:waiting>/<int:working>")
def order(waiting, working):
    """Waits for the database, then works: one user alone does not fill anything."""
    with database().cursor() as cursor:
        cursor.execute("select pg_sleep(%s)", (waiting / 1000,))
    burn(working)
    return "ordered\n"


def search_crowd(milliseconds):
    """Works for itself: what `burn` would do is not its own."""
    end = time.thread_time() + milliseconds / 1000
    while time.thread_time() < end:
        pass


@app.route("/crowd/<int:waiting>/<int:working>/<int:each>")
def crowd(waiting, working, each):
    """As an order, and what is more: a search that takes longer with each request under way beyond two."""
    under_way = store().incr("under-way")
    try:
        with database().cursor() as cursor:
            cursor.execute("select pg_sleep(%s)", (waiting / 1000,))
        search_crowd(max(0, under_way - 2) * each)
        burn(working)
    finally:
        store().decr("under-way")
    return "found\n"


@app.route("/new-connection")
def new_connection():
    connection = connect()
    with connection.cursor() as cursor:
        cursor.execute("select 1")
    connection.close()
    return "closed\n"


def mail_address():
    host, port = os.environ["APP_MAIL"].split(":")
    return host, int(port)


@app.route("/big/<int:megabytes>")
def big(megabytes):
    """More than the kernel holds for a client that reads slowly."""
    return "x" * (megabytes << 20)


@app.route("/mail")
def mail():
    """Waits for a server that nobody watches."""
    with socket.create_connection(mail_address()) as server:
        return server.recv(100)


@app.route("/address-and-mail")
def address_and_mail():
    """The same, after a quick question to another, whose connection is kept."""
    if "book" not in connections:
        host, port = mail_address()
        connections["book"] = socket.create_connection((host, port + 1))
    connections["book"].sendall(b"who?\n")
    return connections["book"].recv(100) + mail()


@app.route("/service")
def service():
    """What another service answers."""
    with urllib.request.urlopen(os.environ["APP_SERVICE"]) as answer:
        return answer.read()


def wait_for_jobs():
    """A thread beside the requests, as of an agent: waits for what seldom comes."""
    store = redis.Redis(port=int(os.environ["APP_REDIS_PORT"]))
    while True:
        store.blpop("jobs", timeout=20)


if os.environ.get("APP_HELPER_THREAD"):
    @app.before_request
    def start_helper():
        if "helper" not in connections:
            connections["helper"] = threading.Thread(target=wait_for_jobs, daemon=True)
            connections["helper"].start()


@app.route("/sleeping-query/<int:milliseconds>")
def sleeping_query(milliseconds):
    with database().cursor() as cursor:
        cursor.execute("select pg_sleep(%s)", (milliseconds / 1000,))
    return "slept\n"


@app.route("/working-query/<int:rows>")
def working_query(rows):
    with database().cursor() as cursor:
        cursor.execute("select sum(sqrt(n)) from generate_series(1, %s) as n", (rows,))
    return "worked\n"


@app.route("/written")
def written():
    """A short transaction: what it waits for is its log, on the disk."""
    with database().cursor() as cursor:
        cursor.execute("insert into orders (n) values (1)")
    return "written\n"


@app.route("/locked-row/<int:milliseconds>")
def locked_row(milliseconds):
    """Everybody wants the same row, and keeps it for a while."""
    with database().cursor() as cursor:
        cursor.execute("begin; update counters set n = n + 1 where id = 1")
        cursor.execute("select pg_sleep(%s)", (milliseconds / 1000,))
        cursor.execute("commit")
    return "counted\n"


@app.route("/own-connections/<int:count>")
def own_connections(count):
    """What a worker with a connection pool of its own does: opens some and keeps them."""
    kept = connections.setdefault("pool", [])
    while len(kept) < count:
        kept.append(connect())
    time.sleep(0.01)
    return "connected\n"


@app.route("/script/<int:rounds>")
def script(rounds):
    """Redis computes; nobody else does."""
    store().eval("local x = 0; for i = 1, tonumber(ARGV[1]) do x = x + i % 7 end; return x", 0,
                 rounds)
    return "computed\n"


@app.route("/leak/<int:kilobytes>")
def leak(kilobytes):
    connections.setdefault("leak", []).append(os.urandom(kilobytes * 1024))
    return "leaked\n"

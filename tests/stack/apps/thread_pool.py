#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A web server with a fixed number of threads, as many on Java are: its main thread waits until a connection has something
to read, a free thread reads it and answers. For each request it asks another server, over one of the connections that all
threads share.

usage: thread_pool.py PORT THREADS CONNECTIONS UPSTREAM
"""

import http.client
import queue
import select
import socket
import sys
import threading

READABLE_ONCE = select.EPOLLIN | select.EPOLLONESHOT
ready, free = queue.SimpleQueue(), queue.SimpleQueue()
poll = select.epoll()


def ask():
    upstream = free.get()
    upstream.request("GET", "/")
    answer = upstream.getresponse().read()
    free.put(upstream)
    return answer


def answer_on(client):
    if not client.recv(4096):
        raise ConnectionError
    answer = ask()
    client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(answer), answer))
    poll.modify(client, READABLE_ONCE)


def serve():
    while True:
        client = ready.get()
        try:
            answer_on(client)
        except OSError:
            client.close()


def main():
    port, threads, connections, upstream = map(int, sys.argv[1:])
    for _ in range(connections):
        free.put(http.client.HTTPConnection("127.0.0.1", upstream))
    for _ in range(threads):
        threading.Thread(target=serve, daemon=True).start()
    clients = {}
    listener = socket.create_server(("127.0.0.1", port), backlog=512)
    poll.register(listener, select.EPOLLIN)
    while True:
        for number, _ in poll.poll():
            if number == listener.fileno():
                client = listener.accept()[0]
                clients[client.fileno()] = client
                poll.register(client, READABLE_ONCE)
            else:
                ready.put(clients[number])


main()

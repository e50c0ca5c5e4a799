# SPDX-License-Identifier: Apache-2.0
"""How the programs beside this talk to the rest of the world."""
import json
import os
import signal
import socket
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlparse

import psycopg2


def setting(name, default=None):
    """$NAME, or what the file $NAME_FILE holds."""
    file = os.environ.get(name + "_FILE")
    if file:
        with open(file, encoding="utf-8") as lines:
            return lines.read().strip()
    value = os.environ.get(name, default)
    if value is None:
        sys.exit(f"{name} is not set")
    return value


def postgres(prefix="DB"):
    """A connection; what is done within `with` is one transaction."""
    return psycopg2.connect(host=setting(prefix + "_HOST"), dbname=setting(prefix + "_NAME"),
                            user=setting(prefix + "_USER"), password=setting(prefix + "_PASSWORD"),
                            connect_timeout=3)


def query(statement, values=(), prefix="DB"):
    """The rows that a statement gives."""
    connection = postgres(prefix)
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(statement, values)
            return cursor.fetchall() if cursor.description else []
    finally:
        connection.close()


def redis(*words):
    """One command's answer."""
    url = urlparse(setting("REDIS_URL"))
    with socket.create_connection((url.hostname, url.port or 6379), timeout=3) as server:
        parts = [str(word).encode() for word in words]
        server.sendall(b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(p), p) for p in parts))
        answer = server.makefile("rb")
        line = answer.readline().rstrip()
        kind, rest = line[:1], line[1:]
        if kind == b"$":
            return None if rest == b"-1" else answer.read(int(rest)).decode()
        if kind == b":":
            return int(rest)
        if kind == b"-":
            raise OSError(rest.decode())
        return rest.decode()


class Nats:
    """A connection to the broker; used by one thread."""

    def __init__(self, timeout=3):
        url = urlparse(setting("NATS_URL"))
        self.server = socket.create_connection((url.hostname, url.port or 4222), timeout=timeout)
        self.lines = self.server.makefile("rb")
        self.lines.readline()  # INFO
        login = json.dumps({"verbose": False, "auth_token": setting("NATS_TOKEN")})
        self.send(f"CONNECT {login}\r\nPING\r\n".encode())
        while (line := self.lines.readline().strip()) != b"PONG":
            if not line or line.startswith(b"-ERR"):
                raise OSError(f"the broker lets nobody in: {line.decode()}")

    def send(self, data):
        self.server.sendall(data)

    def subscribe(self, subject, queue=""):
        self.send(f"SUB {subject} {queue} 1\r\n".encode())

    def publish(self, subject, message, reply=""):
        body = json.dumps(message).encode()
        self.send(f"PUB {subject} {reply} {len(body)}\r\n".encode() + body + b"\r\n")

    def next(self):
        """(subject, reply, message) of the next message."""
        while True:
            words = self.lines.readline().split()
            if not words:
                raise OSError("the broker is gone")
            if words[0] == b"PING":
                self.send(b"PONG\r\n")
            elif words[0] == b"MSG":
                body = self.lines.read(int(words[-1]) + 2)
                reply = words[3].decode() if len(words) == 5 else ""
                return words[1].decode(), reply, json.loads(body)
            elif words[0] == b"-ERR":
                raise OSError(b" ".join(words).decode())

    def request(self, subject, message):
        """Somebody's answer to it."""
        inbox = f"_INBOX.{socket.gethostname()}.{threading.get_ident()}.{id(self)}"
        self.subscribe(inbox)
        self.publish(subject, message, inbox)
        return self.next()[2]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.lines.close()
        self.server.close()


def serve(port, answer):
    """answer(method, path, headers, body) gives (status, what): a text, or what becomes JSON."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            try:
                status, what = answer(self.command, urlparse(self.path).path, self.headers, body)
            except Exception as error:  # told to the visitor, and the next one is served
                status, what = 503, f"{type(error).__name__}: {error}\n"
                print(f"{self.command} {self.path}: {what}", end="", file=sys.stderr)
            kind = "text/plain; charset=utf-8"
            if not isinstance(what, str):
                kind, what = "application/json", json.dumps(what, sort_keys=True) + "\n"
            data = what.encode()
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_POST = do_GET

        def log_message(self, *_):
            pass

    ThreadingHTTPServer(("", port), Handler).serve_forever()


# A first process gets no signal that it has not asked for.
signal.signal(signal.SIGTERM, lambda *_: os._exit(0))

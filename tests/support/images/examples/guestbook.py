# SPDX-License-Identifier: Apache-2.0
"""A guestbook: entries in PostgreSQL, the page and the number of visits in Redis.

guestbook migrate   makes the table
guestbook           serves on 8080: GET / the page, POST / an entry, GET /healthz
"""
import sys

from clients import query, redis, serve


def page():
    rendered = redis("GET", "page")
    if rendered is None:
        entries = query("SELECT text FROM entries ORDER BY id DESC LIMIT 20")
        total = query("SELECT count(*) FROM entries")[0][0]
        rendered = f"{total} entries\n" + "".join(f"- {text}\n" for text, in entries)
        redis("SET", "page", rendered, "EX", 60)
    return rendered


def answer(method, path, headers, body):
    if path == "/healthz":
        redis("PING")
        query("SELECT 1 FROM entries LIMIT 1")
        return 200, "ok\n"
    if method == "POST":
        query("INSERT INTO entries (text) VALUES (%s)", (body.strip()[:200],))
        redis("DEL", "page")
        return 201, "thank you\n"
    return 200, f"visit {redis('INCR', 'visits')}, {page()}"


if sys.argv[1:] == ["migrate"]:
    query("CREATE TABLE IF NOT EXISTS entries (id serial PRIMARY KEY, text text NOT NULL)")
    print("the table is there")
else:
    serve(8080, answer)

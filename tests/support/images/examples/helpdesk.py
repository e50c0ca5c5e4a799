# SPDX-License-Identifier: Apache-2.0
"""A helpdesk, one program in several roles.

helpdesk migrate    makes the tables of both databases
helpdesk api        takes tickets and tells what there is
helpdesk webhooks   takes what other systems send, with their token
helpdesk worker     makes tickets of both
helpdesk mailer     writes a letter for each ticket
helpdesk digest     prints what there is

api and webhooks ask a worker through the broker; whoever cannot be served gets 503 and tries again.
All that stay serve GET /healthz on 8080.
"""
import hmac
import socket
import sys
import threading

from clients import Nats, query, redis, serve, setting


def migrate():
    query("CREATE TABLE IF NOT EXISTS tickets (id serial PRIMARY KEY, source text, subject text)")
    query("CREATE TABLE IF NOT EXISTS events (ticket int, what text)", prefix="ANALYTICS")
    print("the tables are there")


def status():
    return {
        "tickets": dict(query("SELECT source, count(*) FROM tickets GROUP BY source")),
        "events": dict(query("SELECT what, count(*) FROM events GROUP BY what", prefix="ANALYTICS")),
        "handled": int(redis("GET", "handled") or 0),
        "letters": int(redis("GET", "letters") or 0),
    }


def new_ticket(source, subject):
    with Nats() as broker:
        return 201, broker.request("ticket.new", {"source": source, "subject": subject[:200]})


def healthy():
    with Nats():
        return 200, "ok\n"


def api(method, path, headers, body):
    if path == "/healthz":
        return healthy()
    if path == "/api/tickets" and method == "POST":
        return new_ticket("api", body)
    if path == "/api/status":
        return 200, status()
    return 404, "there is no such thing\n"


def webhooks(method, path, headers, body):
    if path == "/healthz":
        return healthy()
    if not hmac.compare_digest(headers.get("X-Hook-Token", ""), setting("HOOK_TOKEN")):
        return 401, "wrong token\n"
    return new_ticket(path.removeprefix("/hooks/"), body)


def consume(subject, queue, handle):
    """Each message of the queue goes to one of its members; what handle returns is the answer."""
    threading.Thread(target=serve, args=(8080, lambda *_: (200, "ok\n")), daemon=True).start()
    with Nats(timeout=None) as broker:
        broker.subscribe(subject, queue)
        print(f"waits for {subject}")
        while True:
            _, reply, message = broker.next()
            answer = handle(broker, message)
            if reply:
                broker.publish(reply, answer)


def open_ticket(broker, message):
    (number,), = query("INSERT INTO tickets (source, subject) VALUES (%s, %s) RETURNING id",
                       (message["source"], message["subject"]))
    query("INSERT INTO events VALUES (%s, 'opened')", (number,), prefix="ANALYTICS")
    redis("INCR", "handled")
    broker.publish("ticket.opened", {"ticket": number, "subject": message["subject"]})
    return {"ticket": number, "worker": socket.gethostname()}


def write_letter(broker, message):
    with open(f"/var/lib/helpdesk/{message['ticket']}", "w", encoding="utf-8") as letter:
        letter.write(f"Subject: [{message['ticket']}] {message['subject']}\n\nWe are at it.\n")
    redis("INCR", "letters")


role = sys.argv[1] if len(sys.argv) > 1 else "api"
if role == "migrate":
    migrate()
elif role == "digest":
    print(status())
elif role == "worker":
    consume("ticket.new", "workers", open_ticket)
elif role == "mailer":
    consume("ticket.opened", "mailers", write_letter)
else:
    serve(8080, {"api": api, "webhooks": webhooks}[role])

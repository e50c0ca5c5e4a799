# SPDX-License-Identifier: Apache-2.0
"""An automation tool: its flows are files, what they did is in PostgreSQL.

Serves on 5678: POST /webhook/NAME runs a flow with the JSON that comes, GET /executions tells how often
each has run. A flow is {"every": SECONDS, "steps": [...]}, without "every" for the webhook alone; a step

    {"set": {"greeting": "Hello {name}"}}   makes fields of fields
    {"seal": ["name"]}                      puts what only this installation can make in place of a field
    {"append": "guests.txt"}                writes all fields as a line of a file
    {"keep": ["greeting"]}                  drops all other fields

SIGHUP reads the folder of flows again.
"""
import hashlib
import hmac
import json
import os
import signal
import threading

from clients import query, serve, setting

FLOWS = setting("FLOWS_FOLDER", "/flows")
DATA = setting("DATA_FOLDER", "/var/lib/flows")
KEY = setting("ENCRYPTION_KEY").encode()
flows = {}


def load(*_):
    found = {}
    for file in os.listdir(FLOWS):
        if file.endswith(".json"):
            with open(os.path.join(FLOWS, file), encoding="utf-8") as text:
                found[file.removesuffix(".json")] = json.load(text)
    flows.clear()
    flows.update(found)
    print(f"flows: {', '.join(sorted(flows))}")


def run(name, fields):
    for step in flows[name]["steps"]:
        (what, argument), = step.items()
        if what == "set":
            fields |= {field: text.format(**fields) for field, text in argument.items()}
        elif what == "seal":
            fields |= {field: hmac.new(KEY, fields[field].encode(), hashlib.sha256).hexdigest()[:16]
                       for field in argument}
        elif what == "append":
            with open(os.path.join(DATA, argument), "a", encoding="utf-8") as file:
                file.write(json.dumps(fields, sort_keys=True) + "\n")
        elif what == "keep":
            fields = {field: fields[field] for field in argument}
    query("INSERT INTO executions (flow, result) VALUES (%s, %s)", (name, json.dumps(fields)))
    return fields


def clock(stopped, seconds=0):
    """Runs what is due by the clock, once a second."""
    while not stopped.wait(1):
        seconds += 1
        for name, flow in list(flows.items()):
            if flow.get("every") and seconds % flow["every"] == 0:
                try:
                    run(name, {})
                except Exception as error:  # the database may be away; the next time comes
                    print(f"{name}: {type(error).__name__}: {error}")


def answer(method, path, headers, body):
    if path == "/healthz":
        query("SELECT 1 FROM executions LIMIT 1")
        return 200, "ok\n"
    if path == "/executions":
        return 200, dict(query("SELECT flow, count(*) FROM executions GROUP BY flow"))
    name = path.removeprefix("/webhook/")
    if method == "POST" and name in flows:
        return 200, run(name, json.loads(body or "{}"))
    return 404, f"no such flow; the address of one is {setting('WEBHOOK_URL')}webhook/NAME\n"


query("CREATE TABLE IF NOT EXISTS executions (id serial PRIMARY KEY, flow text, result json)")
load()
signal.signal(signal.SIGHUP, load)
threading.Thread(target=clock, args=(threading.Event(),), daemon=True).start()
serve(5678, answer)

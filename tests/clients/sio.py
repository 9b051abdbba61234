"""python-socketio, as the tests drive it: one JSON line in says what to do, one JSON line out what came of it."""

import json
import socket
import sys
import threading

import socketio

client = socketio.Client(reconnection_delay=0.05, reconnection_delay_max=0.2)
changed = threading.Condition()
heard = []


def note(name, value=None):
    with changed:
        heard.append((name, value))
        changed.notify_all()


def event(name):
    with changed:
        while True:
            for at, (known, value) in enumerate(heard):
                if known == name:
                    del heard[at]
                    return value
            if not changed.wait(20):
                raise TimeoutError(name)


client.on("connect", lambda: note("connect"))
client.on("disconnect", lambda reason=None: note("disconnect", str(reason)))
client.on("call", lambda call: {"ok": {"did": call["command"], "args": call.get("args")}})
for one in ["welcome", "event", "text", "bye", "error", "new_message"]:
    client.on(one, lambda value=None, name=one: note(name, value))
client.on("new_movement", lambda *_: note("new_movement"))


opened = {}


def connect():
    client.connect(opened["url"], auth=opened.get("auth"), transports=opened.get("transports"), wait_timeout=20)


def act(order):
    if order["do"] == "open":
        opened.update(order)
        try:
            connect()
        except socketio.exceptions.ConnectionError as err:
            note("connect_error", str(err))
        return None
    if order["do"] == "event":
        return event(order["name"])
    if order["do"] == "emit":
        args = order["args"]
        return client.call(order["name"], args[0] if len(args) == 1 else tuple(args), timeout=20)
    if order["do"] == "transport":
        return client.transport()
    if order["do"] == "cut":
        if client.transport() == "websocket":
            # The network is gone, and the client comes again by itself.
            client.eio.ws.sock.shutdown(socket.SHUT_RDWR)
        else:
            # A poll leaves no connection that could be cut.
            client.disconnect()
            client.wait()
            connect()
        return None
    client.disconnect()
    return None


for line in sys.stdin:
    try:
        said = {"ok": act(json.loads(line))}
    except Exception as err:  # the test reads what went wrong
        said = {"error": repr(err)}
    print(json.dumps(said), flush=True)

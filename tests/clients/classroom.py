"""Clients of the classroom: those of the labs, and those of the course project with its menu.

    python3 classroom.py PORT lab | message | menu

Checks what the server answers and prints `passed`.
"""

import pickle
import socket
import sys
import time


class Client:
    def __init__(self, port):
        self.sock = socket.create_connection(("127.0.0.1", port), timeout=20)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.stream = self.sock.makefile("rb")
        self.id = self.receive()["clientid"]

    def send(self, data, step=None):
        data = pickle.dumps(data)
        for at in range(0, len(data), step or len(data)):
            self.sock.sendall(data[at : at + (step or len(data))])
            if step:
                time.sleep(0.0002)

    def receive(self):
        return pickle.load(self.stream)

    def ask(self, data):
        self.send(data)
        return self.receive()


def student(name):
    return {"student_name": name, "github_username": "octocat", "sid": 920111}


def lab(port, acknowledgement):
    one, two = Client(port), Client(port)
    assert one.id != two.id, (one.id, two.id)
    for client, name in ((one, "Jose Ortiz"), (two, "Nina")):
        assert client.ask(student(name)) == acknowledgement
    # Many at once, without waiting; in single bytes; and both clients in turn.
    for number in range(20):
        one.send({"number": number})
    two.send({"long": "x" * 5000}, step=7)
    assert two.receive() == acknowledgement
    for _ in range(20):
        assert one.receive() == acknowledgement
    third = Client(port)
    assert third.id not in (one.id, two.id)
    third.send(student("Bob"), step=1)
    assert third.receive() == acknowledgement


def named(port, name):
    client = Client(port)
    menu = client.ask({"id_key": name})["menu"]
    assert "3. Get my messages" in menu, menu
    return client


def output(reply):
    assert set(reply) == {"option", "output"}, reply
    return reply["output"]


def fill(client, option, *values):
    form = client.ask({"option_selected": option})
    assert form["option"] == option and len(form["input"]) == len(values), form
    client.send({"option": option, "params": form["params"], "input": list(values)})
    return output(client.receive())


def line(client, text):
    client.send({"option": 4, "params": {}, "input": [text]})


def menu(port):
    jose, nina, bob = named(port, "Jose"), named(port, "Nina"), named(port, "Bob")
    users = output(jose.ask({"option_selected": 1}))
    assert users.startswith("Users in server: "), users
    for name, client in (("Jose", jose), ("Nina", nina), ("Bob", bob)):
        assert f"{name}:{client.id}" in users, users
    assert output(nina.ask({"option_selected": 3})) == "Your mailbox is empty."
    assert "nothing was sent" in fill(jose, 2, "Hello?", 999999)
    for client in (nina, bob):
        assert fill(jose, 2, "Hello World!", client.id) == "Message sent!"
        deadline = time.time() + 20
        while (mail := output(client.ask({"option_selected": 3}))) == "Your mailbox is empty.":
            assert time.time() < deadline
            time.sleep(0.01)
        assert mail.endswith(": Hello World! (from: Jose)"), mail
        time.strptime(mail.split(": ")[0], "%Y-%m-%d %H:%M")
        assert output(client.ask({"option_selected": 3})) == "Your mailbox is empty."
    assert output(jose.ask({"option_selected": 6})) == "coming soon"
    assert "no such option" in output(jose.ask({"option_selected": 99}))

    assert "Chat room created" in fill(jose, 4, "23456")
    assert "conflict" in fill(nina, 4, "23456")
    assert "not_found" in fill(nina, 5, "65432")
    for client, name in ((nina, "Nina"), (bob, "Bob")):
        assert "'bye'" in fill(client, 5, "23456")
        assert output(jose.receive()) == f"{name} joined"
    assert output(nina.receive()) == "Bob joined"
    line(jose, "welcome all")
    for client in (nina, bob):
        assert output(client.receive()) == "Jose> welcome all"
    line(nina, "hi, Jose")
    for client in (jose, bob):
        assert output(client.receive()) == "Nina> hi, Jose"
    line(nina, "exit")
    assert "Only its owner" in output(nina.receive())
    line(nina, "bye")
    assert "You left" in output(nina.receive())
    for client in (jose, bob):
        assert output(client.receive()) == "Nina left"
    line(jose, "exit")
    assert "closed" in output(jose.receive())
    assert "closed by Jose" in output(bob.receive())
    assert output(bob.ask({"option_selected": 3})) == "Your mailbox is empty."

    assert "disconnected" in output(bob.ask({"option_selected": 7}))
    assert bob.stream.read() == b""
    deadline = time.time() + 20
    while f"Bob:{bob.id}" in output(jose.ask({"option_selected": 1})):
        assert time.time() < deadline
        time.sleep(0.01)


def main(port, what):
    if what == "menu":
        menu(int(port))
    else:
        lab(int(port), 1 if what == "lab" else {"message": "server got the data"})
    print("passed")


main(*sys.argv[1:])

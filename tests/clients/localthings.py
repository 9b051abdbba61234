"""A client of LocalThingsNetwork 1.0, as far as it talks: registration, packets, requests both ways, a data socket.

    python3 localthings.py PORT NAME [STEP]

Prints a line for everything that it comes to know, and does what the lines on its standard input say: `text ...`,
`request NAME`. STEP sends so many bytes at a time.
"""

import pickle
import socket
import sys
import threading
import time
import uuid

SEPARATOR = b"<$SEP$>"
ESCAPED = b"<$-$SEP$-$>"


class Sock:
    def __init__(self, address, step):
        self.sock = socket.create_connection(address, timeout=20)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.step = step
        self.lock = threading.Lock()

    def send(self, data):
        step = self.step or len(data)
        with self.lock:
            for at in range(0, len(data), step):
                self.sock.sendall(data[at : at + step])
                if self.step:
                    time.sleep(0.0002)

    def say(self, obj, max_datasize):
        whole = pickle.dumps(obj).replace(SEPARATOR, ESCAPED)
        number, size = str(uuid.uuid4()), max_datasize - 128
        last = (len(whole) - 1) // size
        for index in range(last + 1):
            piece = whole[index * size : (index + 1) * size]
            self.send(pickle.dumps([number, index, last, piece]) + SEPARATOR)

    def objects(self):
        buffer, pieces = b"", {}
        while data := self.sock.recv(4096):
            buffer += data
            while SEPARATOR in buffer:
                packet, buffer = buffer.split(SEPARATOR, 1)
                number, index, last, piece = pickle.loads(packet)
                pieces[number] = pieces.get(number, b"") + piece
                if index == last:
                    yield pickle.loads(pieces.pop(number).replace(ESCAPED, SEPARATOR))


class Client:
    def __init__(self, port, name, step):
        self.step = step
        self.requests = {}
        self.main = Sock(("127.0.0.1", port), step)
        self.register(name)

    def register(self, name):
        main = self.main
        main.send(b"clientsocket")
        assert main.sock.recv(64) == b"suited sockettype"
        # What has no end of its own goes in one piece, as the original sends it.
        main.step, step = 0, main.step
        main.send(b"CLIENT|6.26.162")
        main.step = step
        self.server = pickle.loads(main.sock.recv(4096))
        assert self.server["separator"].encode() == SEPARATOR
        self.data = {
            "description": "a lamp",
            "username": name,
            "client_version": "6.26.162",
            "commands": ["changename", "updateserverdata", "disconnect", "newdatasock", "blink"],
            "requestables": ["PING", "CLIENTDATA", "COLOUR"],
        }
        main.send(pickle.dumps(self.data))
        self.name = main.sock.recv(self.server["max_username_length"]).decode()
        tell("name", self.name)
        main.send(b"continue")

    def listen(self, sock, where):
        try:
            for obj in sock.objects():
                self.hear(sock, where, obj)
        except OSError as err:
            tell("lost", where, type(err).__name__)
        tell("end", where)

    def hear(self, sock, where, obj):
        if isinstance(obj, str):
            return tell("text", where, obj)
        mark, kind, *rest = obj
        if mark == "<$COMMAND$>":
            tell("command", where, kind, rest[0])
            if kind == "newdatasock":
                self.attach(rest[0][0])
        elif kind == "request":
            number, name = rest
            values = {"PING": time.time(), "CLIENTDATA": {**self.data, "description": "a red lamp"}, "COLOUR": "red"}
            tell("asked", where, name)
            sock.say(["<$REQUEST$>", "answer", number, values.get(name)], self.server["max_datasize"])
        else:
            number, value = rest
            tell("answer", where, self.requests.pop(number), value)

    def attach(self, address):
        sock = Sock(address, self.step)
        sock.send(b"datasocket")
        assert sock.sock.recv(64) == b"suited sockettype"
        sock.send(pickle.dumps(self.main.sock.getsockname()))
        threading.Thread(target=self.listen, args=(sock, "data"), daemon=True).start()
        tell("attached")

    def obey(self, line):
        what, _, rest = line.rstrip("\n").partition(" ")
        if what == "text":
            self.main.say(rest, self.server["max_datasize"])
        elif what == "request":
            number = str(uuid.uuid4())
            self.requests[number] = rest
            self.main.say(["<$REQUEST$>", "request", number, rest], self.server["max_datasize"])


def tell(*what):
    print("\t".join(str(one) for one in what), flush=True)


def main(port, name, step=0):
    client = Client(int(port), name, int(step))
    threading.Thread(target=client.listen, args=(client.main, "main"), daemon=True).start()
    for line in sys.stdin:
        client.obey(line)


main(*sys.argv[1:])

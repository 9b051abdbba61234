"""An agent pi of the car share, as far as it talks to the master pi: one pickled dictionary a connection, one reply.

    python3 carshare.py PORT REQUEST [PROTOCOL] [STEP]

REQUEST is a Python literal. STEP sends so many bytes at a time. Prints the reply as Python shows it.
"""

import ast
import pickle
import socket
import sys
import time


def ask(port, request, protocol, step):
    with socket.create_connection(("127.0.0.1", port), timeout=20) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        data = pickle.dumps(request, protocol)
        for at in range(0, len(data), step or len(data)):
            sock.sendall(data[at : at + (step or len(data))])
            if step:
                time.sleep(0.0002)
        return pickle.loads(sock.recv(4096))


def main(port, request, protocol=pickle.DEFAULT_PROTOCOL, step=0):
    print(repr(ask(int(port), ast.literal_eval(request), int(protocol), int(step))))


main(*sys.argv[1:])

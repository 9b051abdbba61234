"""A sender of the file server: name and size, then the bytes in blocks, then the end.

    python3 plainfile.py PORT NAME FILE [STEP | together]

STEP sends so many bytes at a time; `together` sends all at once. Prints what is answered, which is nothing.
"""

import os
import socket
import sys
import time


def main(port, name, path, step="4096"):
    header = f"{name} {os.path.getsize(path)}".encode()
    with socket.create_connection(("127.0.0.1", int(port)), timeout=20) as sock, open(path, "rb") as file:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if step == "together":
            sock.sendall(header + file.read())
        elif step == "4096":
            sock.sendall(header)
            while block := file.read(4096):
                sock.sendall(block)
        else:
            data, step = header + file.read(), int(step)
            for at in range(0, len(data), step):
                sock.sendall(data[at : at + step])
                time.sleep(0.0001)
        sock.shutdown(socket.SHUT_WR)
        print(sock.recv(4096))


main(*sys.argv[1:])

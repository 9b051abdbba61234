"""Writes the samples of this folder: what real Python and numpy pickle, in every protocol that they know.

A line is a name, the protocol, and the pickle in Base64.

    python3 -m venv one && one/bin/pip install 'numpy==1.26.4' && one/bin/python make.py numpy1
    python3 -m venv two && two/bin/pip install 'numpy==2.4.6' && two/bin/python make.py numpy2
    python3 make.py plain
"""

import base64
import pickle
import sys
from pathlib import Path

FOLDER = Path(__file__).parent


def plain():
    shared = ["a", "b"]
    return {
        "type": 1,
        "username": "anna",
        "password": "correct horse",
        "carId": 5,
        "none": None,
        "yes": True,
        "no": False,
        "float": 0.25,
        "big": 2**40,
        "negative": -3,
        "lowest": -(2**63),
        "text": "Zoë \u20ac \U0001f697 \\ \n",
        "tuple": (1, (2,), (1, 2, 3, 4), ()),
        "list": [1, [2, []], {}],
        "twice": [shared, shared],
        "long": "x" * 300,
    }


def main(kind):
    lines = []

    def save(name, value):
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
            written = base64.b64encode(pickle.dumps(value, protocol)).decode()
            lines.append(f"{name} {protocol} {written}\n")

    write(kind, save)
    (FOLDER / f"{kind}.txt").write_text("".join(lines))


def write(kind, save):
    if kind == "plain":
        save("plain", plain())
        save("bytes", {"bytes": b"\x00\xff<$SEP$>"})
        return
    import numpy

    numbers = [((i * 37) % 256 - 128) / 512 for i in range(128)]
    for width in (32, 64):
        face = {"type": 2, "encoding": numpy.array(numbers, dtype=f"float{width}"), "carid": 5}
        save(f"array{width}", face)
        face["encoding"] = face["encoding"].astype(face["encoding"].dtype.newbyteorder(">"))
        save(f"big-endian{width}", face)
    save("scalars", {"encoding": [numpy.float64(n) for n in numbers], "one": numpy.float32(0.5)})
    save("integers", {"encoding": numpy.arange(128)})
    save("objects", {"encoding": numpy.array([None, 1], dtype=object)})


main(sys.argv[1])

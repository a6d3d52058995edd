#!/usr/bin/env python3
"""Checks, offline, that an audit entry is in dancu's transparency log.

usage: check_proof.py PROOF.json KEY

PROOF.json is the answer of GET /v1/audit/entries/{audit_id}/proof. KEY is the log's verifier key
(name+id+key) or a file that holds it: a copy that did not come with the proof. Exits 0 when the
entry is proven, 1 when it is not. Needs nothing but Python; docs/transparency-log.md explains.
"""

import base64
import hashlib
import json
import os
import sys
import uuid

# Ed25519 (RFC 8032 section 5.1), for verification only: nothing here is secret, so it may be slow.
P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P


def x_of(y, sign):
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if y >= P or (x * x - square) % P or (x == 0 and sign):
        raise ValueError("not a point of the curve")
    return P - x if x & 1 != sign else x


def point(encoded):
    number = int.from_bytes(encoded, "little")
    y, sign = number & (2**255 - 1), number >> 255
    x = x_of(y, sign)
    return (x, y, 1, x * y % P)


def add(p, q):
    a, b = (p[1] - p[0]) * (q[1] - q[0]), (p[1] + p[0]) * (q[1] + q[0])
    c, d = 2 * p[3] * q[3] * D, 2 * p[2] * q[2]
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def times(number, p):
    product = (0, 1, 1, 0)
    while number:
        product = add(product, p) if number & 1 else product
        p, number = add(p, p), number >> 1
    return product


BASE = point((4 * pow(5, -1, P) % P).to_bytes(32, "little"))


def is_signed(key, message, signature):
    r, s = signature[:32], int.from_bytes(signature[32:], "little")
    if len(signature) != 64 or s >= ORDER:
        return False
    k = int.from_bytes(hashlib.sha512(r + key + message).digest(), "little") % ORDER
    # R is s B - k A, and - k A is (ORDER - k) A for the keys that are made.
    x, y, z, _ = add(times(s, BASE), times(ORDER - k, point(key)))
    x, y = x * pow(z, -1, P) % P, y * pow(z, -1, P) % P
    return r == (y | (x & 1) << 255).to_bytes(32, "little")


# The tree (RFC 9162 section 2.1.3.2) and the note (C2SP signed-note, tlog-checkpoint).
def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def decode(text):
    return base64.b64decode(text, validate=True)


def need(holds, otherwise):
    if not holds:
        raise ValueError(otherwise)


def root_of(leaf, index, size, proof):
    """The root that the proof leads to from a leaf."""
    need(0 <= index < size, "the tree has no leaf of that index")
    node, last = leaf, size - 1
    for sibling in proof:
        need(last > 0 and len(sibling) == 32, "the proof is too long")
        if index & 1 or index == last:
            node = sha256(b"\1", sibling, node)
            while not index & 1 and index:
                index, last = index >> 1, last >> 1
        else:
            node = sha256(b"\1", node, sibling)
        index, last = index >> 1, last >> 1
    need(last == 0, "the proof is too short")
    return node


def open_note(note, vkey):
    """The text of a note that the key signed, and the key's name."""
    name, key_id, key = vkey.split("+", 2)
    key = decode(key)
    need(len(key) == 33 and key[0] == 1, "the key is no Ed25519 verifier key")
    need(sha256(name.encode(), b"\n", key)[:4].hex() == key_id, "the key's id is not its own")
    text, _, lines = note.rpartition("\n\n")
    need(lines.endswith("\n"), "the checkpoint is no note")
    text, signed = text + "\n", False
    for line in lines[:-1].split("\n"):
        dash, by, signature = line.split(" ")
        signature = decode(signature)
        if (dash, by, signature[:4].hex()) == ("\u2014", name, key_id):
            holds = is_signed(key[1:], text.encode(), signature[4:])
            need(holds, "the checkpoint's signature is wrong")
            signed = True
    need(signed, "the checkpoint is not signed by this key")
    return text, name


def check(proof, vkey):
    text, name = open_note(proof["checkpoint"], vkey)
    origin, size, root = text[:-1].split("\n")
    need(origin.rpartition("/")[0] == name, "the checkpoint is another log's")
    entry, index = decode(proof["entry"]), proof["index"]
    # An entry ends with its id: the key 36 and 16 bytes (docs/audit-entry.md).
    audit_id = uuid.UUID(proof["audit_id"])
    need(entry.endswith(b"\x18\x24\x50" + audit_id.bytes), "the entry has another id")
    hashes = [decode(sibling) for sibling in proof["inclusion_proof"]]
    found = root_of(sha256(b"\0", entry), index, int(size), hashes)
    need(found == decode(root), "the proof does not lead to the checkpoint's root")
    return f"proven: entry {audit_id} is leaf {index} of the {size} of {origin}"


def main(arguments):
    if len(arguments) != 2:
        print(__doc__.strip(), file=sys.stderr)
        return 2
    path, vkey = arguments
    try:
        if os.path.exists(vkey):
            with open(vkey, encoding="utf-8") as file:
                vkey = file.readline()
        with open(path, encoding="utf-8") as file:
            print(check(json.load(file), vkey.strip()))
        return 0
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        print(f"NOT PROVEN: {error}")
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Writes base64.json: odd inputs, and what Python's lenient base64 makes of them."""

import base64
import binascii
import json
import random

ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
ODD = b"+/-_====\n\r \x00\"!\xef\xbb\xbf\xff"


def answer(decode, text):
    try:
        return decode(text).hex()
    except binascii.Error:
        return None


def inputs(random):
    yield from (b"", b"=", b"A", b"AA", b"AA=", b"AA==", b"AAA", b"AAA=", b"AAAA", b"AAAA=")
    yield from (b"====", b"A=AA=", b"AA=A", b"AA=A=", b"AA==AAAA", b"AAA=AAAA", b"AA=\n=", b"A===")
    for _ in range(1200):
        encode = random.choice((base64.b64encode, base64.urlsafe_b64encode))
        text = bytearray(encode(random.randbytes(random.randrange(12))))
        for _ in range(random.randrange(4)):
            at = random.randrange(len(text) + 1)
            odd = random.choice(ODD if random.random() < 0.8 else ALPHABET)
            match random.randrange(3):
                case 0:
                    text.insert(at, odd)
                case 1:
                    text[at : at + 1] = bytes([odd])
                case 2:
                    del text[at : at + 1]
        yield bytes(text)


rows = [
    [text.hex(), answer(base64.b64decode, text), answer(base64.urlsafe_b64decode, text)]
    for text in dict.fromkeys(inputs(random.Random(6)))
]
with open("base64.json", "w") as file:
    file.write("[\n" + ",\n".join(map(json.dumps, rows)) + "\n]\n")

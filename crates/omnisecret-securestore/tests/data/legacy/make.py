"""Makes the vaults of versions 1 and 2 in this folder. They are ours, made from the description of
the format in src/legacy.rs: no program that writes these versions was at hand. Needs the package
cryptography; gives the same bytes each time."""

import base64
import hashlib
import hmac
import json
import pathlib

from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

HERE = pathlib.Path(__file__).parent
PASSWORD = "old pässword"
VALUES = {"a": "value of a", "quoted": 'say "hé"\n', "empty": "", "é": "ü", "digits": "0123"}


def b64(data):
    return base64.b64encode(data).decode()


def key_of(salt):
    return hashlib.pbkdf2_hmac("sha1", PASSWORD.encode(), salt, 10_000, 32)


def seal(key, label, value):
    iv = hashlib.md5(label.encode()).digest()
    padder = padding.PKCS7(128).padder()
    padded = padder.update(value) + padder.finalize()
    encryptor = Cipher(algorithms.AES(key[:16]), modes.CBC(iv)).encryptor()
    payload = encryptor.update(padded) + encryptor.finalize()
    return iv, hmac.digest(key[16:], iv + payload, "sha1"), payload


def entry(fields, sealed):
    return {field: b64(part) for field, part in zip(fields, sealed)}


def write(name, vault):
    (HERE / name).write_text(json.dumps(vault, indent=2, ensure_ascii=False), encoding="utf-8")


salt = bytes(range(8))
key = key_of(salt)
# 32 raw bytes: no version had another key file then.
(HERE / "legacy.key").write_bytes(key)

jsons = {name: json.dumps(value, ensure_ascii=False) for name, value in VALUES.items()}
jsons |= {"object": '{"user": "me", "port": 5432}', "number": "12"}
fields = ("IV", "Hmac", "Payload")
data = {name: entry(fields, seal(key, name, value.encode())) for name, value in jsons.items()}
write("v1.json", {"VaultVersion": 1, "IV": b64(salt), "Data": data})

fields = ("iv", "hmac", "payload")
values = {name: value.encode() for name, value in VALUES.items()} | {"binary": b"\xff\x00"}
secrets = {name: entry(fields, seal(key, name, value)) for name, value in values.items()}
sentinel = entry(fields, seal(key, "sentinel", bytes(32)))
write("v2.json", {"version": 2, "iv": b64(salt), "sentinel": sentinel, "secrets": secrets})
write("v2-without-sentinel.json", {"version": 2, "iv": b64(salt), "secrets": secrets})

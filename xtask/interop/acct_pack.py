"""What acct makes of documents: reads a JSON list of texts from stdin, and prints a JSON list with
the packed content in hex of each, or null where acct refuses it or could not read it again.

The argument is the dialect: acct-6 or acct-8. Run with the interpreter of that version.
"""

import json
import sys

import msgpack
import yaml


def pack_6(text):
    # `yaml.safe_load`, once rend has put libyaml's loader in its place.
    data = yaml.load(text, Loader=yaml.CSafeLoader)
    packed = msgpack.dumps(usable(data))
    msgpack.loads(packed)
    return packed


def pack_8(text):
    from rend.rend.yaml_file import YamlSafeLoader

    data = yaml.load(text.replace(b"\r", b""), Loader=YamlSafeLoader)
    return msgpack.packb(usable(data), datetime=True, default=default)


def default(data):
    # As pop-serial has it.
    if isinstance(data, set):
        return sorted(data)
    if hasattr(data, "__iter__"):
        return list(data)
    return repr(data)


def usable(data):
    # What acct decrypts again: nothing is an empty map, and no other value is one.
    data = data or {}
    if not isinstance(data, dict):
        raise TypeError("no map")
    return data


pack = {"acct-6": pack_6, "acct-8": pack_8}[sys.argv[1]]
packed = []
for text in json.load(sys.stdin):
    try:
        packed.append(pack(text.encode()).hex())
    except Exception:
        packed.append(None)
json.dump(packed, sys.stdout)

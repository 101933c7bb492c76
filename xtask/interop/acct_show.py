"""What acct prints: reads a JSON list of packed contents in hex from stdin, and prints a JSON list
with an object of the forms of each, each form null where acct has none.

Run with the interpreter of acct 8.
"""

import json
import pprint
import sys

import msgpack
import yaml
from rend.output import nested


class Hub:
    """As much of pop's hub as the output `nested` asks for."""

    def __init__(self):
        self.output = self.nested = self

    def recurse(self, *args):
        return nested.recurse(self, *args)

    def ustring(self, *args, **kwargs):
        return nested.ustring(self, *args, **kwargs)


def decode(data):
    # As acct does after it has unpacked.
    if isinstance(data, bytes):
        return data.decode()
    if isinstance(data, dict):
        return {decode(key): decode(value) for key, value in data.items()}
    if isinstance(data, list):
        return [decode(value) for value in data]
    return data


HUB = Hub()
FORMS = {
    "yaml": lambda data: yaml.dump(data, Dumper=yaml.CSafeDumper),
    "json": lambda data: json.dumps(data, indent=4),
    "nested": lambda data: "\n".join(nested.recurse(HUB, data, 0, "", [])),
    "pretty": pprint.pformat,
    "raw": str,
}


def show(form, packed):
    try:
        data = decode(msgpack.unpackb(bytes.fromhex(packed), strict_map_key=False))
        return FORMS[form](data) + "\n"
    except Exception:
        return None


json.dump([{form: show(form, packed) for form in FORMS} for packed in json.load(sys.stdin)], sys.stdout)

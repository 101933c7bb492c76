"""Prints a vault the way ssclient lays it out: the order of fields and names, blanks, escapes."""

import json
import sys


def pick(entry, fields):
    return {field: entry[field] for field in fields}


with open(sys.argv[1], encoding="utf-8") as file:
    vault = json.load(file)
ENTRY = ("iv", "hmac", "payload")
ordered = pick(vault, ("version", "iv"))
ordered["sentinel"] = pick(vault["sentinel"], ENTRY)
# Code points sort as UTF-8 bytes do.
ordered["secrets"] = {name: pick(vault["secrets"][name], ENTRY) for name in sorted(vault["secrets"])}
sys.stdout.buffer.write(json.dumps(ordered, indent=2, ensure_ascii=False).encode())

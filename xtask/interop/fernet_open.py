"""Opens Fernet tokens: reads a JSON list of tokens from stdin, null for none, and prints a JSON list
with the content in hex of each. The argument is a file that holds the key."""

import json
import sys

from cryptography.fernet import Fernet

with open(sys.argv[1], "rb") as file:
    fernet = Fernet(file.read())
tokens = json.load(sys.stdin)
json.dump([token and fernet.decrypt(token.encode()).hex() for token in tokens], sys.stdout)

"""Reads names from stdin (a JSON list) and prints what the vault holds under them, as JSON."""

import json
import sys

from securestore import KeySource, SecretsManager

vault, key_file = sys.argv[1:]
manager = SecretsManager.from_file(vault, KeySource.from_file(key_file))
json.dump({name: manager.get(name) for name in json.load(sys.stdin)}, sys.stdout)

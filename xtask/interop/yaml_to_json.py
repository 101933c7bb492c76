"""Turns the YAML on stdin, as acct prints it, into JSON."""

import json
import sys

import yaml

json.dump(yaml.safe_load(sys.stdin.buffer), sys.stdout)

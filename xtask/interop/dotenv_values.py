"""Prints what python-dotenv reads from a file, as JSON."""

import json
import sys

from dotenv import dotenv_values

json.dump(dotenv_values(sys.argv[1]), sys.stdout)

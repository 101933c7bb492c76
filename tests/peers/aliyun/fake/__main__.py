"""Starts the fake: `python -m fake FOLDER`, from this folder. It ends with its stdin.

The first line of its output is JSON: `{"http": URL, "https": URL, "ca": FILE}` of a first region.
`POST /fake/world` there gives as much of another one: of an account of its own, or, with
`{"region_of": URL}`, of the account of the region at that URL.
"""

import json
import pathlib
import sys

from .certificates import make
from .server import Server
from .world import Account, Region


class Worlds:
    """All regions there are, by the address that they were told to others by."""

    def __init__(self, folder):
        self.context, self.ca = make(folder), str(folder / "ca.pem")
        self.accounts = {}

    def add(self, region_of=None):
        account = self.accounts[region_of] if region_of else Account()
        region = Region(account)
        plain, tls = Server(self, region), Server(self, region, self.context)
        address = f"http://127.0.0.1:{plain.port}"
        self.accounts[address] = account
        key_id, secret = account.ROOT_KEY
        return {"http": address, "https": f"https://127.0.0.1:{tls.port}", "ca": self.ca,
                "key_id": key_id, "secret": secret}


if __name__ == "__main__":
    print(json.dumps(Worlds(pathlib.Path(sys.argv[1])).add()), flush=True)
    sys.stdin.read()

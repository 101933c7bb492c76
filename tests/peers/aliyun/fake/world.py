"""What there is: accounts with their keys and secrets, and the regions that serve them."""

import base64
import calendar
import random
import string
import threading
import time

ALPHABET = string.ascii_letters + string.digits
HOUR = 3600


def iso(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def from_iso(text):
    return calendar.timegm(time.strptime(text, "%Y-%m-%dT%H:%M:%SZ"))


def random_text(length):
    return "".join(random.choices(ALPHABET, k=length))


class Account:
    """Keys, temporary keys, client keys and secrets. All regions of an account share one."""

    ROOT_KEY = ("LTAI5tRootKeyOfTheFake01", "SecretOfTheRootKeyOfTheFake001")

    def __init__(self):
        self.lock = threading.RLock()
        self.keys, self.temporary, self.client_keys = {}, {}, {}
        self.secrets, self.oidc_tokens = {}, set()
        self.nonces = set()
        self.sts_lifetime = HOUR
        self.add_key(*self.ROOT_KEY, "root")

    def add_key(self, key_id, secret, user, active=True):
        self.keys[key_id] = {"secret": secret, "user": user, "active": active}

    def new_key(self, user):
        key_id, secret = "LTAI5t" + random_text(18), random_text(30)
        self.add_key(key_id, secret, user)
        return key_id, secret

    def new_temporary(self, user, now):
        key_id, secret = "STS." + random_text(25), random_text(44)
        token = "CAIS" + base64.b64encode(random.randbytes(48)).decode()
        expires = now + self.sts_lifetime
        self.temporary[key_id] = {
            "secret": secret, "token": token, "expires": expires, "user": user,
        }
        return {
            "AccessKeyId": key_id,
            "AccessKeySecret": secret,
            "SecurityToken": token,
            "Expiration": iso(expires),
        }


class Region:
    """One place that answers: its own faults, clock, metadata service and list of calls."""

    def __init__(self, account):
        self.account = account
        self.skew = 0
        self.faults, self.calls = [], []
        self.roles, self.metadata_tokens = {}, set()
        self.metadata_token_required, self.metadata_down = False, False
        self.denied = set()

    def now(self):
        return time.time() + self.skew

    def next_fault(self, action):
        """The first fault that still has a turn left for this action; `count` -1 never ends."""
        for fault in self.faults:
            if fault.get("action", "*") in ("*", action) and fault.get("count", 1) != 0:
                fault["count"] = fault.get("count", 1) - 1
                return fault
        return None

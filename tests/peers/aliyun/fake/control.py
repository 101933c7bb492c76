"""How a test sets the scene: `POST /fake/COMMAND` with JSON, at any region's address."""

import json
import uuid

from .kms import Kms
from .errors import Refusal


def answer(server, request):
    """Status and body."""
    command = request.path.removeprefix("/fake/")
    region, account = server.region, server.region.account
    data = json.loads(request.body or b"{}")
    if command == "world":
        return 200, server.worlds.add(data.get("region_of"))
    with account.lock:
        try:
            return 200, COMMANDS[command](region, account, data)
        except KeyError as error:
            return 404, {"missing": str(error)}
        except Refusal as refusal:
            return refusal.status, {"Code": refusal.code}


def secret(region, account, data):
    return Kms(region).CreateSecret(data)


def managed_user(region, account, data):
    """A user of RAM whose one key is a managed secret; `interval` as KMS writes it, or none."""
    user = data["user"]
    key_id, key_secret = account.new_key(user)
    parameters = {
        "SecretName": "$Auto", "SecretType": "RAMCredentials",
        "SecretData": json.dumps({
            "AccessKeys": [{"AccessKeyId": key_id, "AccessKeySecret": key_secret}],
        }),
        "ExtendedConfig": json.dumps({
            "SecretSubType": "RamUserAccessKey", "UserName": user, "CustomData": {},
        }),
    }
    if data.get("interval"):
        parameters.update(EnableAutomaticRotation="true", RotationInterval=data["interval"])
    return {**Kms(region).CreateSecret(parameters), "AccessKeyId": key_id}


def rotate(region, account, data):
    found = account.secrets[data["name"]]
    version = data.get("version") or uuid.uuid4().hex
    return {"AccessKeyId": Kms(region).rotate(found, version, data.get("delete_old", True))}


def change(region, account, data):
    """A new value, as if somebody else had put it."""
    parameters = {"SecretName": data["name"], "SecretData": data["value"],
                  "VersionId": uuid.uuid4().hex}
    return Kms(region).PutSecretValue(parameters)


def key(region, account, data):
    account.add_key(data["id"], data["secret"], data.get("user", "user"), data.get("active", True))
    return {}


def delete_key(region, account, data):
    account.keys.pop(data["id"], None)
    return {}


def expire(region, account, data):
    """All temporary keys stop being valid, whatever their holders believe."""
    for key in account.temporary.values():
        key["expires"] = 0
    return {}


def client_key(region, account, data):
    account.client_keys[data["id"]] = data["pem"].encode()
    return {}


def oidc_token(region, account, data):
    account.oidc_tokens.add(data["token"])
    return {}


def fault(region, account, data):
    region.faults.append(data)
    return {}


def calm(region, account, data):
    region.faults.clear()
    return {}


def settings(region, account, data):
    for name, value in data.items():
        target = account if name == "sts_lifetime" else region
        if not hasattr(target, name):
            raise KeyError(name)
        setattr(target, name, set(value) if name == "denied" else value)
    return {}


def calls(region, account, data):
    """What has been asked since the last time, and by whom."""
    seen, region.calls = region.calls, []
    return seen


COMMANDS = {
    "secret": secret, "managed-user": managed_user, "rotate": rotate, "change": change, "key": key,
    "delete-key": delete_key, "expire": expire, "client-key": client_key, "oidc-token": oidc_token, "fault": fault,
    "calm": calm, "settings": settings, "calls": calls,
}

"""The metadata of an instance: the keys of its role, with a token or without."""

import uuid

from .world import iso

BASE = "/latest/meta-data/ram/security-credentials/"
TEXT = "text/plain"


def answer(region, request):
    """Status, body and type of the answer to a request below `/latest/`."""
    if request.path == "/latest/api/token":
        if request.method != "PUT":
            return 405, "Method Not Allowed", TEXT
        if not request.header("x-aliyun-ecs-metadata-token-ttl-seconds"):
            return 400, "Bad Request", TEXT
        token = uuid.uuid4().hex
        region.metadata_tokens.add(token)
        return 200, token, TEXT
    token = request.header("x-aliyun-ecs-metadata-token")
    if region.metadata_token_required and token not in region.metadata_tokens:
        return 403, "Forbidden", TEXT
    if request.path == BASE:
        return (200, "\n".join(region.roles), TEXT) if region.roles else (404, "", TEXT)
    role = request.path.removeprefix(BASE)
    if role not in region.roles:
        return 404, "", TEXT
    keys = region.account.new_temporary(f"role/{role}", region.now())
    return 200, {**keys, "Code": "Success", "LastUpdated": iso(region.now())}

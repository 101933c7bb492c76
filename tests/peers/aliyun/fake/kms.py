"""The secrets of KMS 2016-01-20. Each public method is an action, and takes the parameters as sent."""

import json
import uuid

from .errors import Refusal, invalid, not_found
from .world import HOUR, iso

CURRENT, PREVIOUS = "ACSCurrent", "ACSPrevious"
UNITS = {"s": 1, "m": 60, "h": HOUR, "d": 24 * HOUR}
BATCH = 20
ARN = "acs:kms:cn-hangzhou:1234567890123456:secret/"


def is_true(text):
    return str(text).lower() == "true"


def need(parameters, *names):
    for name in names:
        if not parameters.get(name):
            raise Refusal(400, "MissingParameter", f"The parameter {name} is needed.")


def page(parameters, rows, default):
    number = int(parameters.get("PageNumber") or 1)
    size = int(parameters.get("PageSize") or default)
    if number < 1 or not 1 <= size <= 100:
        raise invalid("PageSize")
    counts = {"PageNumber": number, "PageSize": size, "TotalCount": len(rows)}
    return counts, rows[(number - 1) * size:number * size]


class Secret:
    """A secret with its versions, in the order in which they were made."""

    def __init__(self, name, kind, now, extended=None, interval=None):
        self.name, self.kind, self.created, self.updated = name, kind, now, now
        self.extended, self.interval = extended or {}, interval
        self.last_rotation = None
        self.next_rotation = now + interval if interval else None
        self.versions, self.tags, self.description, self.deletion = {}, [], "", None

    @property
    def is_managed(self):
        return self.kind != "Generic"

    def put(self, version, data, data_type, stages, now):
        for stage in stages:
            for old in self.versions.values():
                if stage in old["stages"]:
                    old["stages"].discard(stage)
                    if stage == CURRENT:
                        for other in self.versions.values():
                            other["stages"].discard(PREVIOUS)
                        old["stages"].add(PREVIOUS)
        self.versions[version] = {
            "data": data, "type": data_type, "created": now, "stages": set(stages),
        }
        self.updated = now

    def find(self, version, stage):
        for name, candidate in self.versions.items():
            is_wanted = name == version if version else (stage or CURRENT) in candidate["stages"]
            if is_wanted and (not stage or stage in candidate["stages"]):
                return name, candidate
        raise not_found()

    def rotation(self):
        shown = {"AutomaticRotation": "Enabled" if self.interval else "Disabled"}
        if self.interval:
            shown["RotationInterval"] = f"{self.interval}s"
            shown["NextRotationDate"] = iso(self.next_rotation)
        if self.last_rotation:
            shown["LastRotationDate"] = iso(self.last_rotation)
        return shown


class Kms:
    """The actions, over the account of one region."""

    def __init__(self, region):
        self.region, self.account, self.now = region, region.account, region.now()

    def _secret(self, parameters):
        need(parameters, "SecretName")
        name = parameters["SecretName"]
        if name.startswith("acs:kms:"):
            name = name.partition(":secret/")[2]
        if name not in self.account.secrets:
            raise not_found()
        return self.account.secrets[name]

    def CreateSecret(self, parameters):
        need(parameters, "SecretName", "SecretData")
        name, data = parameters["SecretName"], parameters["SecretData"]
        kind, version = parameters.get("SecretType") or "Generic", parameters.get("VersionId")
        extended = json.loads(parameters.get("ExtendedConfig") or "{}")
        if kind == "Generic":
            need(parameters, "VersionId")
            if name.startswith("acs/"):
                raise invalid("SecretName")
        elif kind == "RAMCredentials":
            user = extended.get("UserName", "").partition("@")[0]
            if not user or extended.get("SecretSubType") != "RamUserAccessKey":
                raise invalid("ExtendedConfig")
            name, key = f"acs/ram/user/{user}", json.loads(data)["AccessKeys"][0]
            data = json.dumps({
                "AccessKeyId": key["AccessKeyId"],
                "AccessKeySecret": key["AccessKeySecret"],
                "GenerateTimestamp": iso(self.now),
            })
        if name in self.account.secrets:
            raise Refusal(409, "Rejected.ResourceExist", "The resource already exists.")
        interval = None
        if is_true(parameters.get("EnableAutomaticRotation")):
            need(parameters, "RotationInterval")
            text = parameters["RotationInterval"]
            interval = int(text[:-1]) * UNITS[text[-1]]
        secret = Secret(name, kind, self.now, extended, interval)
        secret.description = parameters.get("Description", "")
        secret.tags = json.loads(parameters.get("Tags") or "[]")
        version = version or uuid.uuid4().hex
        data_type = parameters.get("SecretDataType") or "text"
        secret.put(version, data, data_type, [CURRENT], self.now)
        self.account.secrets[name] = secret
        return {"Arn": ARN + name, "SecretName": name, "SecretType": kind, "VersionId": version}

    def GetSecretValue(self, parameters):
        secret = self._secret(parameters)
        if secret.deletion:
            raise Refusal(409, "Rejected.ResourceInDeleteWindow", "To be deleted.")
        # The version of a managed secret cannot be chosen by its id.
        version = None if secret.is_managed else parameters.get("VersionId")
        version, found = secret.find(version, parameters.get("VersionStage"))
        answer = {
            "SecretName": secret.name,
            "SecretType": secret.kind,
            "SecretData": found["data"],
            "SecretDataType": found["type"],
            "VersionId": version,
            "VersionStages": {"VersionStage": sorted(found["stages"])},
            "CreateTime": iso(found["created"]),
        }
        if secret.is_managed:
            answer.update(secret.rotation())
            if is_true(parameters.get("FetchExtendedConfig")):
                answer["ExtendedConfig"] = json.dumps(secret.extended)
        return answer

    def BatchGetSecretValue(self, parameters):
        need(parameters, "SecretsList")
        wanted = json.loads(parameters["SecretsList"])
        if not 1 <= len(wanted) <= BATCH:
            raise invalid("SecretsList")
        values, errors = [], []
        for each in wanted:
            try:
                values.append(self.GetSecretValue(each))
            except Refusal as refusal:
                errors.append({
                    "SecretName": each.get("SecretName"), "Code": refusal.code,
                    "Message": refusal.message, "HttpStatus": refusal.status,
                })
        return {"SecretValues": values, "Errors": errors}

    def PutSecretValue(self, parameters):
        secret = self._secret(parameters)
        need(parameters, "SecretData", "VersionId")
        if secret.is_managed:
            raise Refusal(400, "UnsupportedOperation", "This action is not supported.")
        version = parameters["VersionId"]
        if version in secret.versions:
            raise Refusal(409, "Rejected.ResourceExist", "The resource already exists.")
        stages = json.loads(parameters.get("VersionStages") or f'["{CURRENT}"]')
        data_type = parameters.get("SecretDataType") or "text"
        secret.put(version, parameters["SecretData"], data_type, stages, self.now)
        return {
            "SecretName": secret.name,
            "VersionId": version,
            "VersionStages": {"VersionStage": stages},
        }

    def ListSecrets(self, parameters):
        filters = json.loads(parameters.get("Filters") or "[]")
        secrets = sorted(self.account.secrets.values(), key=lambda secret: secret.name)
        rows = [secret for secret in secrets if all(self._passes(secret, it) for it in filters)]
        counts, rows = page(parameters, rows, 10)
        with_tags = is_true(parameters.get("FetchTags"))
        return {**counts, "SecretList": {"Secret": [self._row(row, with_tags) for row in rows]}}

    @staticmethod
    def _passes(secret, condition):
        key, values = condition["Key"], condition["Values"]
        if key in ("TagKey", "TagValue"):
            return any(tag[key] in values for tag in secret.tags)
        known = {
            "SecretName": secret.name, "Description": secret.description,
            "SecretType": secret.kind,
        }
        return known.get(key) in values

    @staticmethod
    def _row(secret, with_tags):
        row = {
            "SecretName": secret.name, "SecretType": secret.kind,
            "CreateTime": iso(secret.created), "UpdateTime": iso(secret.updated),
        }
        if secret.deletion:
            row["PlannedDeleteTime"] = iso(secret.deletion)
        if with_tags:
            row["Tags"] = {"Tag": secret.tags}
        return row

    def DescribeSecret(self, parameters):
        secret = self._secret(parameters)
        answer = self._row(secret, is_true(parameters.get("FetchTags")))
        answer.update({"Arn": ARN + secret.name, "Description": secret.description})
        if secret.is_managed:
            answer.update(secret.rotation(), ExtendedConfig=json.dumps(secret.extended))
        return answer

    def ListSecretVersionIds(self, parameters):
        secret = self._secret(parameters)
        everything = is_true(parameters.get("IncludeDeprecated"))
        rows = [
            {
                "VersionId": name, "CreateTime": iso(version["created"]),
                "VersionStages": {"VersionStage": sorted(version["stages"])},
            }
            for name, version in secret.versions.items() if everything or version["stages"]
        ]
        counts, rows = page(parameters, rows, 20)
        return {**counts, "SecretName": secret.name, "VersionIds": {"VersionId": rows}}

    def UpdateSecretVersionStage(self, parameters):
        secret = self._secret(parameters)
        need(parameters, "VersionStage")
        stage, onto = parameters["VersionStage"], parameters.get("MoveToVersion")
        off = parameters.get("RemoveFromVersion")
        if not (onto or off) or (stage in (CURRENT, PREVIOUS) and not onto):
            raise invalid("MoveToVersion")
        if any(name and name not in secret.versions for name in (onto, off)):
            raise not_found()
        if off:
            secret.versions[off]["stages"].discard(stage)
        if onto:
            for version in secret.versions.values():
                version["stages"].discard(stage)
            secret.versions[onto]["stages"].add(stage)
        return {"SecretName": secret.name}

    def RotateSecret(self, parameters):
        secret = self._secret(parameters)
        need(parameters, "VersionId")
        if secret.kind != "RAMCredentials":
            raise Refusal(400, "UnsupportedOperation", "This action is not supported.")
        if parameters["VersionId"] not in secret.versions:
            self.rotate(secret, parameters["VersionId"])
        return {"Arn": ARN + secret.name, "SecretName": secret.name,
                "VersionId": parameters["VersionId"]}

    def rotate(self, secret, version, delete_old=True):
        """A new key of the user's in the place of the current one, which stops working at once."""
        _, old = secret.find(None, CURRENT)
        key_id, key_secret = self.account.new_key(secret.extended["UserName"])
        data = json.dumps({
            "AccessKeyId": key_id, "AccessKeySecret": key_secret,
            "GenerateTimestamp": iso(self.now),
        })
        secret.put(version, data, "text", [CURRENT], self.now)
        secret.last_rotation = self.now
        if secret.interval:
            secret.next_rotation = self.now + secret.interval
        if delete_old:
            self.account.keys.pop(json.loads(old["data"])["AccessKeyId"], None)
        return key_id

    def DeleteSecret(self, parameters):
        secret = self._secret(parameters)
        if is_true(parameters.get("ForceDeleteWithoutRecovery")):
            del self.account.secrets[secret.name]
            return {"SecretName": secret.name, "PlannedDeleteTime": iso(self.now)}
        days = int(parameters.get("RecoveryWindowInDays") or 30)
        secret.deletion = self.now + days * 24 * HOUR
        return {"SecretName": secret.name, "PlannedDeleteTime": iso(secret.deletion)}

    def RestoreSecret(self, parameters):
        secret = self._secret(parameters)
        secret.deletion = None
        return {"SecretName": secret.name}


ACTIONS = {name for name in vars(Kms) if name[0].isupper()}

"""STS 2015-04-01: roles, and who one is."""

from .errors import Refusal


class Sts:
    """The actions, over the account of one region."""

    def __init__(self, region):
        self.region, self.account = region, region.account

    def _assume(self, parameters):
        for name in ("RoleArn", "RoleSessionName"):
            if not parameters.get(name):
                raise Refusal(400, f"MissingParameter.{name}", f"{name} is missing.")
        arn, session = parameters["RoleArn"], parameters["RoleSessionName"]
        if not 900 <= int(parameters.get("DurationSeconds") or 3600) <= 43200:
            raise Refusal(400, "InvalidParameter.DurationSeconds")
        if ":role/" not in arn:
            raise Refusal(404, "EntityNotExist.Role", "The role does not exist.")
        return {
            "AssumedRoleUser": {
                "Arn": arn.replace(":role/", ":assumed-role/") + "/" + session,
                "AssumedRoleId": "300000000000000001:" + session,
            },
            "Credentials": self.account.new_temporary(arn, self.region.now()),
        }

    def AssumeRole(self, parameters, user):
        return self._assume(parameters)

    def AssumeRoleWithOIDC(self, parameters, user):
        if parameters.get("OIDCToken") not in self.account.oidc_tokens:
            raise Refusal(400, "AuthenticationFail.OIDCToken.Invalid", "OIDC token is invalid.")
        if not parameters.get("OIDCProviderArn"):
            raise Refusal(400, "MissingParameter.OIDCProviderArn")
        token = {"Subject": "system:serviceaccount:ns:sa", "Issuer": "https://oidc.example",
                 "ClientIds": "sts.aliyuncs.com"}
        return {**self._assume(parameters), "OIDCTokenInfo": token}

    def GetCallerIdentity(self, parameters, user):
        return {
            "IdentityType": "RAMUser",
            "AccountId": "1234567890123456",
            "PrincipalId": "200000000000000001",
            "UserId": "200000000000000001",
            "Arn": f"acs:ram::1234567890123456:user/{user}",
        }


ACTIONS = {name for name in vars(Sts) if name[0].isupper()}
UNSIGNED = {"AssumeRoleWithOIDC"}

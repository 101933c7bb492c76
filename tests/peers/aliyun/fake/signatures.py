"""Who has signed a request: each signature is made again by Alibaba's own code and compared."""

import base64
import calendar
import hashlib
import hmac
import time
import types

from aliyunsdkcore.auth.algorithm import sha_hmac1
from aliyunsdkcore.auth.composer import rpc_signature_composer
from alibabacloud_gateway_pop.client import Client as PopGateway
from alibabacloud_tea_openapi.utils import Utils as OpenApi
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from openapi_util.client import Client as InstanceApi

from .errors import Refusal
from .world import from_iso

SKEW = 15 * 60
# The name begins with two underscores, which Python would change inside a class.
string_to_sign_v1 = getattr(rpc_signature_composer, "__compose_string_to_sign")

MUST_BE_SIGNED = (
    "host", "x-acs-action", "x-acs-content-sha256", "x-acs-date", "x-acs-signature-nonce",
    "x-acs-version",
)
# The official client counts its attempts in these, after it has signed.
MAY_BE_UNSIGNED = ("x-acs-retry-attempts", "x-acs-retry-delay")


def is_same(one, other):
    return hmac.compare_digest(one.encode(), other.encode())


def rsa_verifies(pem, signature, message):
    try:
        raw = base64.b64decode(signature, validate=True)
        key = serialization.load_pem_public_key(pem)
        key.verify(raw, message.encode(), padding.PKCS1v15(), hashes.SHA256())
        return True
    except (InvalidSignature, ValueError):
        return False


def claimed_key(request):
    """The key that a request says it is signed with, whether it is or not."""
    _, _, rest = request.header("authorization").partition("Credential=")
    if rest:
        return rest.partition(",")[0].partition("/")[0]
    return {**request.query, **request.form}.get("AccessKeyId")


def mismatch():
    return Refusal(
        400, "SignatureDoesNotMatch",
        "Specified signature is not matched with our calculation.",
    )


class Verifier:
    """The check of one request to the OpenAPI of a region."""

    def __init__(self, region, is_kms):
        self.region, self.account, self.is_kms = region, region.account, is_kms

    def verify(self, request):
        """The user and the scheme of a request that is signed well; else refuses."""
        authorization = request.header("authorization")
        if authorization.startswith(("ACS3-HMAC-SHA256 ", "ACS4-HMAC-SHA256 ")):
            return self._headers(request, authorization)
        return self._parameters(request)

    def _key(self, key_id, token):
        temporary = self.account.temporary.get(key_id)
        if temporary is not None:
            if token != temporary["token"]:
                raise Refusal(400, "InvalidSecurityToken.Malformed")
            if temporary["expires"] <= self.region.now():
                raise Refusal(400, "InvalidSecurityToken.Expired")
            return temporary["secret"], temporary["user"]
        key = self.account.keys.get(key_id)
        if key is None:
            raise Refusal(404, "InvalidAccessKeyId.NotFound", "Specified access key is not found.")
        if not key["active"]:
            if self.is_kms:
                raise Refusal(403, "Forbidden.AccessKey", "This AccessKey is not enabled.")
            raise Refusal(400, "InvalidAccessKeyId.Inactive", "Specified access key is disabled.")
        return key["secret"], key["user"]

    def _once_and_now(self, date, nonce):
        try:
            seconds = from_iso(date)
        except ValueError:
            raise Refusal(400, "IllegalTimestamp") from None
        if abs(seconds - self.region.now()) > SKEW:
            raise Refusal(400, "InvalidTimeStamp.Expired", "Specified time stamp is expired.")
        if not nonce:
            raise Refusal(400, "MissingParameter", "SignatureNonce is mandatory.")
        if nonce in self.account.nonces:
            raise Refusal(400, "SignatureNonceUsed", "Specified signature nonce was used already.")
        self.account.nonces.add(nonce)

    def _parameters(self, request):
        """Version 1: everything is a parameter, the signature too."""
        parameters = {**request.query, **request.form}
        signature, key_id = parameters.pop("Signature", ""), parameters.get("AccessKeyId", "")
        if not key_id or not signature:
            name = "Signature" if key_id else "AccessKeyId"
            raise Refusal(400, f"Missing{name}", f"{name} is mandatory for this action.")
        self._once_and_now(parameters.get("Timestamp", ""), parameters.get("SignatureNonce"))
        to_sign = string_to_sign_v1(request.method, parameters)
        method = parameters.get("SignatureMethod")
        if method == "SHA256withRSA" and parameters.get("SignatureType") == "PRIVATEKEY":
            pem = self.account.client_keys.get(key_id)
            if pem is None:
                raise Refusal(404, "InvalidAccessKeyId.NotFound")
            if not rsa_verifies(pem, signature, to_sign):
                raise mismatch()
            return "client key", "v1-rsa"
        if method != "HMAC-SHA1" or parameters.get("SignatureVersion") != "1.0":
            raise Refusal(400, "InvalidParameter", "Specified SignatureMethod is not valid.")
        secret, user = self._key(key_id, parameters.get("SecurityToken"))
        if not is_same(sha_hmac1.get_sign_string(to_sign, secret + "&"), signature):
            raise mismatch()
        return user, "v1"

    def _headers(self, request, authorization):
        """Versions 3 and 4: what is signed are headers."""
        algorithm, _, rest = authorization.partition(" ")
        try:
            fields = dict(field.split("=", 1) for field in rest.split(","))
            credential, names = fields["Credential"], fields["SignedHeaders"].split(";")
        except (KeyError, ValueError):
            raise Refusal(400, "IncompleteSignature") from None
        signed = {name: request.header(name) for name in names}
        unsigned = [name for name in MUST_BE_SIGNED if not signed.get(name)]
        unsigned += [
            name for name in request.headers
            if name.startswith("x-acs-") and name not in names and name not in MAY_BE_UNSIGNED
        ]
        if request.body and "content-type" not in names:
            unsigned.append("content-type")
        if unsigned:
            raise Refusal(400, "IncompleteSignature", f"not signed: {', '.join(unsigned)}")
        digest = signed["x-acs-content-sha256"]
        if hashlib.sha256(request.body).hexdigest() != digest:
            raise Refusal(400, "IncompleteSignature", "The body has another digest.")
        self._once_and_now(signed["x-acs-date"], signed["x-acs-signature-nonce"])
        key_id, *scope = credential.split("/")
        secret, user = self._key(key_id, request.header("x-acs-security-token"))
        if algorithm.startswith("ACS3"):
            view = types.SimpleNamespace(
                method=request.method, pathname=request.path, query=request.query, headers=signed,
            )
            expected = OpenApi.get_authorization(view, algorithm, digest, key_id, secret)
        else:
            date, region, product, _ = scope
            gateway = PopGateway()
            key = gateway.get_signingkey(algorithm, secret, product, region, date)
            expected = gateway.get_authorization(
                request.path, request.method, request.query, signed, algorithm, digest, key_id,
                key, product, region, date,
            )
        if not is_same(expected.split("Signature=")[1], fields.get("Signature", "")):
            raise mismatch()
        return user, algorithm.split("-")[0].lower()


def verify_instance(region, request):
    """The client key that has signed a request to the API of a KMS instance; else refuses."""
    if request.header("x-kms-apiversion") != "dkms-gcs-0.2":
        raise Refusal(400, "InvalidApiVersion")
    if request.header("x-kms-signaturemethod") != "RSA_PKCS1_SHA_256":
        raise Refusal(400, "InvalidParam", "The Param x-kms-signaturemethod is invalid.")
    key_id = request.header("x-kms-acccesskeyid")
    if not key_id:
        raise Refusal(400, "MissingParameter", "x-kms-acccesskeyid does not exist.")
    try:
        date = time.strptime(request.header("date"), "%a, %d %b %Y %H:%M:%S GMT")
    except ValueError:
        raise Refusal(400, "InvalidParam", "The Param Date is invalid.") from None
    if abs(calendar.timegm(date) - region.now()) > SKEW:
        raise Refusal(400, "RequestTimeTooSkewed")
    pem = region.account.client_keys.get(key_id)
    if pem is None:
        raise Refusal(404, "Unauthorized", "The AccessKey ID does not exist.")
    if hashlib.sha256(request.body).hexdigest().upper() != request.header("content-sha256"):
        raise Refusal(400, "InvalidParam", "The Param Content-SHA256 is invalid.")
    scheme, _, signature = request.header("authorization").partition(" ")
    if scheme not in ("Bearer", "TOKEN"):
        raise Refusal(400, "InvalidParam", "The Param Authorization is invalid.")
    to_sign = InstanceApi.get_string_to_sign(request.method, request.path, request.headers, {})
    if not rsa_verifies(pem, signature, to_sign):
        raise Refusal(401, "SignatureNotMatch")
    return key_id

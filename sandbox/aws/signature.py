# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Checks that a request is signed (Signature Version 4) with the sandbox's own access key."""

from __future__ import annotations

import dataclasses
import datetime
import hmac
import re

import flask
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from sandbox.aws.access_key import AccessKey
from sandbox.aws.cloud import Cloud
from sandbox.aws.errors import AwsError
from sandbox.aws.regions import enabled

_FORMAT = re.compile(
    r"AWS4-HMAC-SHA256 Credential=(?P<key>[^/,\s]+)/\d{8}/(?P<region>[^/]+)/(?P<service>[^/]+)/aws4_request,"
    r"\s*SignedHeaders=(?P<headers>[^,\s]+),\s*Signature=(?P<signature>[0-9a-f]{64})"
)
_TIMESTAMP = "%Y%m%dT%H%M%SZ"
_SKEW = datetime.timedelta(minutes=5)
# What each protocol says of a key it does not know, and of a signature that is another's.
_UNKNOWN = "The security token included in the request is invalid."
_DIFFERS = (
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key "
    "and signing method. Consult the service documentation for details."
)
_EC2 = AwsError("AuthFailure", "AWS was not able to validate the provided access credentials", 401)
_REFUSALS = {
    "ec2": (_EC2, _EC2),
    "query": (AwsError("InvalidClientTokenId", _UNKNOWN, 403), AwsError("SignatureDoesNotMatch", _DIFFERS, 403)),
    "json": (AwsError("UnrecognizedClientException", _UNKNOWN), AwsError("InvalidSignatureException", _DIFFERS)),
}


@dataclasses.dataclass(frozen=True)
class Scope:
    """What the Authorization header claims: whose key, for which service, where."""

    key: str
    region: str
    service: str
    headers: tuple[str, ...]
    signature: str


def scope(request: flask.Request) -> Scope:
    """The claim, unchecked."""
    found = _FORMAT.match(request.headers.get("Authorization", ""))
    if found is None:
        raise AwsError("MissingAuthenticationToken", "Request is missing Authentication Token", 403)
    headers = tuple(found["headers"].split(";"))
    return Scope(found["key"], found["region"], found["service"], headers, found["signature"])


def check(request: flask.Request, claim: Scope, cloud: Cloud, protocol: str) -> None:
    """Raises what the service answers where the claim does not hold."""
    unknown, differs = _REFUSALS[protocol]
    key = _key(claim.key, request.headers.get("X-Amz-Security-Token"), cloud)
    # No key is known in a region that was not opted in to.
    if key is None or not enabled(claim.region):
        raise unknown
    stamp = request.headers.get("X-Amz-Date", "")
    if not hmac.compare_digest(_signature(request, claim, key, stamp), claim.signature):
        raise differs
    sent = datetime.datetime.strptime(stamp, _TIMESTAMP).replace(tzinfo=datetime.UTC)
    if abs(datetime.datetime.now(datetime.UTC) - sent) > _SKEW:
        raise AwsError("RequestExpired", f"Request has expired: it was signed at {stamp}")


def _key(identity: str, token: str | None, cloud: Cloud) -> AccessKey | None:
    """The key with this id: the account's own comes without a token, a session's with its own, until it expires."""
    if token is None:
        return cloud.key if identity == cloud.key.id else None
    session = cloud.records.sessions.get(identity)
    if session is None or not hmac.compare_digest(session.token, token) or cloud.now() >= session.expires:
        return None
    return session.key


def _signature(request: flask.Request, claim: Scope, key: AccessKey, stamp: str) -> str:
    """The signature as botocore itself makes it, over exactly the headers that the client says it signed."""
    signer = SigV4Auth(Credentials(key.id, key.secret), claim.service, claim.region)
    headers = {name: request.headers.get(name, "") for name in claim.headers}
    signed = AWSRequest(request.method, request.url, headers, request.get_data(cache=True))
    signed.context["timestamp"] = stamp
    return str(signer.signature(signer.string_to_sign(signed, signer.canonical_request(signed)), signed))

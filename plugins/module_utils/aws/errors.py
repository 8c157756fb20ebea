# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""AWS's error codes and botocore's exceptions, turned into one sentence with its remedy."""

from __future__ import annotations

import re
from typing import Any

from ..resource import CloudError, NotFoundError, UncertainError

# The codes of our own errors, where others of AWS's stand.
CREDENTIALS, NO_REGION, TIMEOUT = "NoCredentials", "NoRegion", "Timeout"

NO_CREDENTIALS = (
    "No AWS credentials were found. Do one of these: run 'aws configure'; name a profile with the option profile or "
    "AWS_PROFILE (and run 'aws sso login' for one of IAM Identity Center); set AWS_ACCESS_KEY_ID and "
    "AWS_SECRET_ACCESS_KEY; or run on an EC2 instance that has a role."
)
RENEW = (
    "Renew them: 'aws sso login' for a profile of IAM Identity Center, else a new session token or access key. "
    "A clock of this machine that is wrong by minutes has the same effect."
)
CHECK_KEY = "Check the access key and the secret key, and that they are not deactivated."
PATIENCE = "The API asks for fewer requests; run again in a minute."
QUOTA = "Ask for more quota (console: Service Quotas, Amazon EC2)"

THROTTLED = frozenset({"RequestLimitExceeded", "Throttling", "ThrottlingException", "EC2ThrottledException"})
DENIED = frozenset({"UnauthorizedOperation", "AccessDenied", "AccessDeniedException"})

REMEDIES = {
    "AuthFailure": f"{CHECK_KEY} The region has to be enabled for the account too.",
    "InvalidClientTokenId": CHECK_KEY,
    "UnrecognizedClientException": f"{CHECK_KEY} The region has to be enabled for the account too.",
    "SignatureDoesNotMatch": f"{CHECK_KEY} This machine's clock has to be right too.",
    "ExpiredToken": RENEW,
    "ExpiredTokenException": RENEW,
    "RequestExpired": RENEW,
    "OptInRequired": "Sign up for Amazon EC2 in the console, or enable the region: aws account enable-region.",
    "Blocked": "The account is blocked: write to AWS Support.",
    "PendingVerification": "AWS still verifies the account: run again when its mail has come.",
    "VcpuLimitExceeded": f"{QUOTA}, stop other instances, or choose a smaller type or another region.",
    "InstanceLimitExceeded": f"{QUOTA}, stop other instances, or choose another region.",
    "MaxSpotInstanceCountExceeded": f"{QUOTA}, or choose spot=false.",
    "AddressLimitExceeded": f"{QUOTA}, or release an Elastic IP address that is not needed.",
    "VolumeLimitExceeded": f"{QUOTA}, or remove volumes that are not needed.",
    "MaxIOPSLimitExceeded": QUOTA,
    "InvalidKeyPair.NotFound": "Make the key pair first, with ec2_key_pair.",
    "InvalidGroup.NotFound": "Make the security group first, with ec2_security_group.",
    "InvalidAMIID.NotFound": "An image's id is good in one region only: look it up in this one.",
    "OperationNotPermitted": "It is protected: set termination_protection=false to lift the protection first.",
    "DependencyViolation": "Something still uses it: remove that first.",
    "VolumeModificationRateExceeded": "A volume can be changed a few times a day only: run again in some hours.",
    "IncorrectModificationState": "The change before it is not finished yet: run again in some hours.",
}

# By the names of botocore's classes, so that nothing is imported to explain one.
FAILURES = {
    "NoCredentialsError": NO_CREDENTIALS,
    "CredentialRetrievalError": RENEW,
    "PartialCredentialsError": "Give the access key and the secret key together.",
    "ProfileNotFound": "List the profiles with: aws configure list-profiles",
    "ConfigParseError": "Mend that file.",
    "SSOTokenLoadError": RENEW,
    "UnauthorizedSSOTokenError": RENEW,
    "TokenRetrievalError": RENEW,
    "LoginRefreshRequired": "Log in anew: aws login",
    "LoginTokenLoadError": "Log in anew: aws login",
    "EndpointConnectionError": "Check the region's name, the endpoint_url if one is set, and this machine's network.",
    "ConnectTimeoutError": "Check this machine's network, and its proxy if it needs one.",
    "ProxyConnectionError": "Check the proxy: HTTPS_PROXY.",
    "SSLError": "Check this machine's certificates: AWS_CA_BUNDLE names others.",
    "InvalidRegionError": "List the regions with: aws ec2 describe-regions",
}
# Before these the request has not been sent.
UNSENT = frozenset({"EndpointConnectionError", "ConnectTimeoutError", "ProxyConnectionError", "SSLError"})


def explain(error: Exception, *, what: str) -> CloudError:
    """The error for a request that was refused or could not be sent; what names the request's object."""
    response: dict[str, Any] = getattr(error, "response", None) or {}
    if "Error" not in response:
        remedy = FAILURES.get(type(error).__name__, "")
        return CloudError(f"{what}: {str(error).rstrip('.')}. {remedy}".rstrip(), code=type(error).__name__)
    code = str(response["Error"].get("Code") or "")
    text = str(response["Error"].get("Message") or code).rstrip(".")
    operation = str(getattr(error, "operation_name", ""))
    if code in DENIED:
        # The encoded text is for an administrator's tool and fills a screen.
        text = re.split(r" Encoded authorization failure message", text)[0].rstrip(".")
        remedy = f"Let the IAM policy of these credentials allow {_permission(text, operation)}."
    else:
        remedy = PATIENCE if code in THROTTLED else REMEDIES.get(code, "")
    return _kind(code)(f"{what}: {text} ({code}). {remedy}".rstrip(), code=code, operation=operation)


def _kind(code: str) -> type[CloudError]:
    """What is there already although it was not read was made meanwhile: by us, if the reply was lost and the request
    repeated, or by somebody else. Reading again tells."""
    if code.endswith(".Duplicate"):
        return UncertainError
    return NotFoundError if is_missing(code) else CloudError


def _permission(text: str, operation: str) -> str:
    """The IAM action that is missing."""
    named = re.search(r"not authorized to perform: ([a-z0-9-]+:\w+)", text)
    return named[1] if named else f"the action {operation}"


def is_missing(code: str) -> bool:
    """Whether the object of the request does not exist."""
    return code.endswith(".NotFound") or code in ("ParameterNotFound", "InvalidAMIID.Unavailable")


def is_code(error: CloudError, *codes: str) -> bool:
    """Whether AWS refused with one of these codes."""
    return error.details.get("code") in codes


def is_lost(status: int, code: str, exception: Exception | None) -> bool:
    """Whether a request that failed may have been carried out all the same."""
    if exception is not None:
        return type(exception).__name__ not in UNSENT
    return status >= 500 and code not in THROTTLED and not is_final(code)


def is_final(code: str) -> bool:
    """Whether the same request will fail again for minutes, though AWS answers with a status that invites to repeat it:
    a lack of capacity."""
    return code.startswith("Insufficient")

# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""AWS's refusals in one sentence with its remedy."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from plugins.module_utils.aws.errors import explain, is_lost
from plugins.module_utils.resource import CloudError, NotFoundError, UncertainError

DENIED = (
    "You are not authorized to perform this operation. User: arn:aws:iam::123456789012:user/me is not authorized to "
    "perform: ec2:RunInstances on resource: arn:aws:ec2:ca-central-1:123456789012:instance/* because no "
    "identity-based policy allows the ec2:RunInstances action. Encoded authorization failure message: "
)


def refused(code: str, message: str = "no") -> CloudError:
    return explain(ClientError({"Error": {"Code": code, "Message": message}}, "RunInstances"), what="instance x")


@pytest.mark.parametrize(
    ("code", "kind", "remedy"),
    [
        ("ExpiredToken", CloudError, "aws sso login"),
        ("RequestExpired", CloudError, "clock"),
        ("AuthFailure", CloudError, "Check the access key and the secret key"),
        ("OptInRequired", CloudError, "aws account enable-region"),
        ("VcpuLimitExceeded", CloudError, "Service Quotas"),
        ("AddressLimitExceeded", CloudError, "release an Elastic IP"),
        ("RequestLimitExceeded", CloudError, "run again in a minute"),
        ("InvalidKeyPair.NotFound", NotFoundError, "ec2_key_pair"),
        ("InvalidInstanceID.NotFound", NotFoundError, ""),
        ("ParameterNotFound", NotFoundError, ""),
        ("InvalidPermission.Duplicate", UncertainError, ""),
        ("SomethingNew", CloudError, ""),
    ],
)
def test_a_code_has_its_kind_and_remedy(code: str, kind: type[CloudError], remedy: str) -> None:
    error = refused(code)
    assert type(error) is kind
    assert error.message.startswith(f"instance x: no ({code}).")
    assert remedy in error.message
    assert error.details == {"code": code, "operation": "RunInstances"}


def test_a_permission_that_is_missing_is_named_and_the_encoded_text_is_not_repeated() -> None:
    error = refused("UnauthorizedOperation", DENIED + "x" * 900)
    assert error.message.endswith("Let the IAM policy of these credentials allow ec2:RunInstances.")
    assert "xxx" not in error.message
    assert "Encoded" not in error.message
    assert refused("UnauthorizedOperation").message.endswith("allow the action RunInstances.")


@pytest.mark.parametrize(
    ("status", "code", "lost"),
    [
        (500, "InternalError", True),
        (503, "Unavailable", True),
        (503, "", True),
        (503, "RequestLimitExceeded", False),
        (500, "InsufficientInstanceCapacity", False),
        (400, "InvalidParameterValue", False),
    ],
)
def test_whether_a_refused_request_may_have_been_carried_out(status: int, code: str, lost: bool) -> None:
    assert is_lost(status, code, None) is lost

# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How AWS says no where a fault asks for it."""

from __future__ import annotations

from sandbox.aws.errors import AwsError
from sandbox.faults import Fault

# By protocol: EC2 throttles as it fails, with a 503; others with a 400.
_THROTTLED = {"ec2": ("RequestLimitExceeded", 503), "query": ("Throttling", 400), "json": ("ThrottlingException", 400)}
_INTERNAL = "An internal error has occurred"


def before(fault: Fault, protocol: str) -> None:
    """What happens before the call is carried out."""
    fault.before()
    if fault.kind == "error":
        status = fault.status or 500
        code = fault.reason or ("InternalError" if status >= 500 else "InvalidParameterValue")
        raise AwsError(code, fault.message or _INTERNAL, status)
    if fault.kind == "throttle":
        code, status = _THROTTLED[protocol]
        raise AwsError(fault.reason or code, fault.message or "Request limit exceeded.", fault.status or status)


def operation(fault: Fault) -> tuple[str, str] | None:
    """How what the call starts fails, as code and message."""
    if fault.kind != "operation_error":
        return None
    code = "Server.InternalError" if fault.code == "INTERNAL_ERROR" else fault.code
    return code, fault.message or f"{code}: failed as was asked for"

# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How Google Cloud says no where a fault asks for it."""

from __future__ import annotations

from sandbox.faults import Fault
from sandbox.gcp.cloud import OperationFault
from sandbox.gcp.errors import ApiError

UNAVAILABLE = "Internal error. Please try again or contact Google Support."


def before(fault: Fault) -> None:
    """What happens before the call is carried out."""
    fault.before()
    if fault.kind == "error":
        status = fault.status or 503
        reason = fault.reason or ("backendError" if status >= 500 else "badRequest")
        raise ApiError(status, reason, fault.message or UNAVAILABLE)
    if fault.kind == "throttle":
        raise _throttled(fault)


def operation(fault: Fault) -> OperationFault | None:
    """How the operation fails that the call starts."""
    if fault.kind != "operation_error":
        return None
    return OperationFault(fault.code, fault.message or f"The operation failed with {fault.code}, as was asked for.")


def _throttled(fault: Fault) -> ApiError:
    message = fault.message or "Rate Limit Exceeded"
    headers = {"Retry-After": str(1 if fault.retry_after is None else fault.retry_after)}
    return ApiError(fault.status or 429, fault.reason or "rateLimitExceeded", message, headers=headers)

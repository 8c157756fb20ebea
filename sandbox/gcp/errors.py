# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Google's error bodies, and the few ways to say no that every handler needs."""

from __future__ import annotations

from typing import Any

RPC_STATUS = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    409: "ALREADY_EXISTS",
    412: "FAILED_PRECONDITION",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    501: "UNIMPLEMENTED",
    503: "UNAVAILABLE",
}


TYPES = "type.googleapis.com/google.rpc."


class ApiError(Exception):
    """An answer that is an error: it becomes the HTTP response, or the end of an operation already under way."""

    def __init__(
        self,
        status: int,
        reason: str,
        message: str,
        *,
        location: tuple[str, str] | None = None,
        headers: dict[str, str] | None = None,
        details: list[dict[str, Any]] | None = None,
        code: str | None = None,
        rpc: str | None = None,
        domain: str = "global",
    ) -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason
        self.message = message
        self.location = location
        self.headers = headers or {}
        self.details = details or []
        self.code = code
        self.rpc = rpc or RPC_STATUS.get(status, "UNKNOWN")
        self.domain = domain
        self.short = message

    def body(self, *, listed: bool = True) -> dict[str, Any]:
        """The JSON body that Google sends with this error; listed as Compute Engine does, which has its reasons in a
        list, where younger APIs have a status and typed details."""
        entry = {"message": self.short, "domain": self.domain, "reason": self.reason}
        if self.location:
            entry["locationType"], entry["location"] = self.location
        error: dict[str, Any] = {"code": self.status, "message": self.message}
        if listed:
            error["errors"] = [entry]
        if not listed or self.status in (401, 403, 501):
            error["status"] = self.rpc
        typed = [detail for detail in self.details if "@type" in detail]
        return {"error": error | ({"details": typed} if typed else {})}

    def operation_code(self) -> str:
        """The error as an operation names it: conditionNotMet is CONDITION_NOT_MET there."""
        if self.code:
            return self.code
        return "".join(f"_{char}" if char.isupper() else char.upper() for char in self.reason)


def invalid(field: str, value: object, why: str) -> ApiError:
    """400: a field's value is wrong; field is a path such as resource.disks[0].source, or a parameter."""
    shown = str(value).lower() if isinstance(value, bool) else value
    return ApiError(400, "invalid", f"Invalid value for field '{field}': '{shown}'. {why}")


def required(field: str) -> ApiError:
    """400: a field or parameter is missing."""
    return ApiError(400, "required", f"Required field '{field}' not specified")


def not_found(path: str) -> ApiError:
    """404: nothing has this path (projects/p/zones/z/instances/i)."""
    return ApiError(404, "notFound", f"The resource '{path}' was not found")


def already_exists(path: str) -> ApiError:
    """409: the path is taken."""
    return ApiError(409, "alreadyExists", f"The resource '{path}' already exists")


def not_ready(path: str) -> ApiError:
    """400: the resource is between two states."""
    return ApiError(400, "resourceNotReady", f"The resource '{path}' is not ready")


def in_use(kind: str, path: str, user: str) -> ApiError:
    """400: something still uses the resource."""
    message = f"The {kind} resource '{path}' is already being used by '{user}'"
    return ApiError(400, "resourceInUseByAnotherResource", message)


def stale(what: str) -> ApiError:
    """412: the fingerprint sent is not the current one."""
    if what == "labels":
        message = "Labels fingerprint either invalid or resource labels have changed"
    else:
        message = f"Supplied fingerprint does not match current {what} fingerprint."
    return ApiError(412, "conditionNotMet", message, location=("header", "If-Match"))


def precondition(message: str, *violations: dict[str, str], info: dict[str, Any] | None = None) -> ApiError:
    """400: the request is fine, the state of things is not."""
    details: list[dict[str, Any]] = []
    if violations:
        details.append({"@type": f"{TYPES}PreconditionFailure", "violations": list(violations)})
    if info:
        details.append(info)
    return ApiError(400, "failedPrecondition", message, rpc="FAILED_PRECONDITION", details=details)


def aborted(message: str) -> ApiError:
    """409: somebody else changed it first."""
    return ApiError(409, "aborted", message, rpc="ABORTED")


def error_info(reason: str, domain: str, **metadata: str) -> dict[str, Any]:
    """The machine-readable detail of an error."""
    return {"@type": f"{TYPES}ErrorInfo", "reason": reason, "domain": domain, "metadata": metadata}


def unsupported(what: str) -> ApiError:
    """501: Google Cloud does this, the sandbox does not; saying so beats pretending."""
    return ApiError(501, "notImplemented", f"The sandbox does not implement {what}; real Google Cloud does.")

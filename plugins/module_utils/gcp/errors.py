# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Google Cloud's error bodies, turned into one sentence with its remedy."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ..resource import CloudError, NotFoundError, StaleError

# Reasons that ask for patience, whatever the status they come with.
RATE_REASONS = frozenset({"rateLimitExceeded", "userRateLimitExceeded", "RATE_LIMIT_EXCEEDED"})
TRANSIENT_STATUS = frozenset({429, 500, 502, 503, 504})


# The caller may not, or the object does not exist: IAM does not tell.
DENIED = frozenset({"IAM_PERMISSION_DENIED", "PERMISSION_DENIED", "forbidden"})
OPERATION_ERRORS = {"CONDITION_NOT_MET": StaleError, "RESOURCE_NOT_FOUND": NotFoundError}
# Followed by _WITH_DETAILS at times.
STOCK_OUT = "ZONE_RESOURCE_POOL_EXHAUSTED"
DISABLED = frozenset({"SERVICE_DISABLED", "accessNotConfigured"})
NO_BILLING = frozenset({"BILLING_DISABLED", "UREQ_PROJECT_BILLING_NOT_FOUND"})
UNKNOWN_SERVICE = "SERVICE_CONFIG_NOT_FOUND_OR_PERMISSION_DENIED"
# A write under an etag that was overtaken, by the API's form of error.
ABORTED = frozenset({"ABORTED", "aborted"})
# What a person lacks who is refused, by API.
ROLES: Mapping[str, str] = {
    "cloudbilling": "Billing Account User (roles/billing.user) on the billing account and Project Billing Manager "
    "(roles/billing.projectManager)",
    "cloudresourcemanager": "Project IAM Admin (roles/resourcemanager.projectIamAdmin), or to make a project the role "
    "Project Creator (roles/resourcemanager.projectCreator) on its parent",
    "compute": "Compute Admin (roles/compute.admin)",
    "iam": "Service Account Admin (roles/iam.serviceAccountAdmin) and Service Account Key Admin "
    "(roles/iam.serviceAccountKeyAdmin)",
    "iamcredentials": "Service Account Token Creator (roles/iam.serviceAccountTokenCreator)",
    "serviceusage": "Service Usage Admin (roles/serviceusage.serviceUsageAdmin)",
}
# google.rpc.Code as the HTTP status that Google maps it to.
RPC_STATUS = {3: 400, 4: 504, 5: 404, 6: 409, 7: 403, 8: 429, 9: 400, 10: 409, 13: 500, 14: 503, 16: 401}


def metadata_of(body: Mapping[str, Any]) -> dict[str, str]:
    """What the first detail of an error body says about its reason: for a disabled API, service and consumer."""
    error = body.get("error")
    details = error.get("details") if isinstance(error, Mapping) else None
    found = [detail for detail in details or () if isinstance(detail, Mapping) and detail.get("reason")]
    return dict(found[0].get("metadata") or {}) if found else {}


def reason_of(body: Mapping[str, Any]) -> str:
    """The machine-readable reason of an error body, "" if it has none."""
    error = body.get("error")
    if not isinstance(error, Mapping):
        return ""
    for detail in error.get("details") or ():
        if isinstance(detail, Mapping) and detail.get("reason"):
            return str(detail["reason"])
    for entry in error.get("errors") or ():
        if isinstance(entry, Mapping) and entry.get("reason"):
            return str(entry["reason"])
    return str(error.get("status") or "")


def message_of(body: Mapping[str, Any]) -> str:
    """The message of an error body, "" if it has none."""
    error = body.get("error")
    if isinstance(error, Mapping):
        return str(error.get("message") or "")
    return str(body.get("error_description") or error or "")


def is_transient(status: int, body: Mapping[str, Any]) -> bool:
    """Whether the same request may well succeed a little later. In a zone that is out of stock it will not."""
    if reason_of(body).startswith(STOCK_OUT):
        return False
    return status in TRANSIENT_STATUS or (status == 403 and reason_of(body) in RATE_REASONS)


def is_refused(status: int, body: Mapping[str, Any]) -> bool:
    """Whether a transient answer says that the request was not carried out, rather than that it went wrong midway."""
    return status == 429 or reason_of(body) in RATE_REASONS


def from_response(
    status: int, body: Mapping[str, Any], *, what: str, project: str, service: str = "compute"
) -> CloudError:
    """The error for a refused request; what names the request's object."""
    text, reason = message_of(body).rstrip("."), reason_of(body)
    details: dict[str, Any] = {"status": status, "reason": reason}
    if status == 412 or (status == 409 and reason in ABORTED):
        return StaleError(f"{what}: changed since it was read: {text}", **details)
    if reason in DISABLED:
        disabled = {"service": f"{service}.googleapis.com", "consumer": f"projects/{project}", **metadata_of(body)}
        details |= {key: disabled[key] for key in ("service", "consumer")}
        return CloudError(f"{what}: {text}. {_enable(details['service'], details['consumer'])}", **details)
    remedy = _remedy(status, reason, text, project, service)
    message = f"{what}: {text or f'HTTP status {status}'}. {remedy}".strip()
    kind = NotFoundError if _is_missing(status, text) else CloudError
    return kind(message, **details)


def is_denied(error: CloudError) -> bool:
    """Whether the object is kept from the caller, or does not exist: IAM does not tell these apart."""
    return error.details.get("status") == 403 and error.details.get("reason") in DENIED


def is_about(error: CloudError, path: str) -> bool:
    """Whether what was not found is the object of that path itself, and not one above it, such as its zone."""
    name = path.rstrip("/").rsplit("/", 1)[-1]
    return re.search(rf"['/]{re.escape(name)}'", error.message) is not None


def is_stock_out(error: CloudError) -> bool:
    """Whether the zone has no such machine to give, said in the answer or at the end of the operation."""
    return any(str(error.details.get(key)).startswith(STOCK_OUT) for key in ("code", "reason"))


def _is_missing(status: int, text: str) -> bool:
    """A zone or region that does not exist comes as a bad request."""
    return (status == 404 and not _is_project(text)) or (status == 400 and "Unknown " in text)


def _is_project(text: str) -> bool:
    """Whether a 404 is about the project itself and not about an object in it."""
    return re.search(r"'projects/[^/']+'", text) is not None


def _enable(service: str, consumer: str) -> str:
    return f"Enable the API first: gcloud services enable {service} --project={consumer.removeprefix('projects/')}"


def _remedy(status: int, reason: str, text: str, project: str, service: str) -> str:
    if status == 401:
        return "The credentials were not accepted: renew them (gcloud auth application-default login) or give others."
    if reason in RATE_REASONS:
        return "The API asks for fewer requests; run again in a minute."
    if reason in NO_BILLING:
        return (
            "Link a billing account first, with gcp_project, or with: gcloud billing projects link "
            f"{project} --billing-account=ID. List yours with: gcloud billing accounts list"
        )
    if reason == UNKNOWN_SERVICE:
        return f"Check the names against: gcloud services list --available --project={project}"
    if status == 403 and not project:
        return f"Check that these credentials have the role {ROLES[service]}."
    if status == 403:
        return (
            f"Check that {project!r} is the project's id (not its name), that these credentials may use it, "
            f"and that they have there the role {ROLES[service]}."
        )
    if status == 404 and _is_project(text):
        return f"Check the id with: gcloud projects list; or create the project {project!r} first."
    if "nknown zone" in text:
        return f"List the zones with: gcloud compute zones list --project={project}"
    if "nknown region" in text:
        return f"List the regions with: gcloud compute regions list --project={project}"
    if reason == "resourceInUseByAnotherResource":
        return "Detach it from what uses it, or remove that first."
    return ""


def from_status(failure: Mapping[str, Any], *, what: str, project: str, service: str) -> CloudError:
    """The error in which a long-running operation of an API beside Compute Engine ended: a google.rpc.Status."""
    status = RPC_STATUS.get(int(failure.get("code") or 0), 500)
    return from_response(status, {"error": failure}, what=what, project=project, service=service)


def from_operation(operation: Mapping[str, Any], *, what: str) -> CloudError | None:
    """The error in which an operation ended, None if it went well."""
    errors: Sequence[Mapping[str, Any]] = (operation.get("error") or {}).get("errors") or ()
    if not errors:
        return None
    code = str(errors[0].get("code") or "")
    text = "; ".join(str(entry.get("message") or entry.get("code")).rstrip(".") for entry in errors)
    kind = OPERATION_ERRORS.get(code, CloudError)
    return kind(f"{what}: {text}. {_operation_remedy(code)}".strip(), code=code)


def _operation_remedy(code: str) -> str:
    if code.startswith(STOCK_OUT):
        return "The zone has no such machine to give right now: choose another zone or machine type, or try later."
    if code == "QUOTA_EXCEEDED":
        return "Ask for more quota (console: IAM & Admin, Quotas) or choose a smaller machine or another region."
    return ""

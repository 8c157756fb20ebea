# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is checked before any handler: that the projects a call counts for may use the API."""

from __future__ import annotations

from sandbox.gcp.cloud import Call
from sandbox.gcp.errors import TYPES, ApiError, error_info
from sandbox.gcp.iam import accounts, policies
from sandbox.gcp.resourcemanager import records
from sandbox.gcp.serviceusage import records as services
from sandbox.gcp.store import Resource

USER_PROJECT_ROLE = "roles/serviceusage.serviceUsageConsumer"


def check_consumer(call: Call) -> None:
    """The quota project may use the API: the one in X-Goog-User-Project, or else a service account's own.

    A person's calls without that header count for the client's project, which is none of the sandbox's.
    """
    service = call.document.service
    if call.quota_project:
        services.check_usable(call.cloud, _quota_project(call, call.quota_project), service, call.quota_project)
    elif call.principal.is_service_account:
        own = records.project(call.cloud.store, accounts.project_of(call.cloud.store, call.principal.email))
        if own:
            services.check_usable(call.cloud, own, service)


def check_resource(call: Call) -> None:
    """As check_consumer, for the APIs of IAM, which the resource's project has to have enabled as well."""
    if call.quota_project:
        check_consumer(call)
    reference = str(call.params.get("name") or call.params.get("resource")).split("/")
    project = accounts.project_of(call.cloud.store, reference[3]) if reference[1] == "-" else reference[1]
    found = records.project(call.cloud.store, project)
    if found:
        services.check_usable(call.cloud, found, call.document.service)


def _quota_project(call: Call, reference: str) -> Resource:
    found = records.project(call.cloud.store, reference)
    name = records.project_name(found) if found else ""
    if found and policies.allowed(call.cloud.store, call.principal, "serviceusage.services.use", name):
        return found
    url = f"https://console.developers.google.com/iam-admin/iam/project?project={reference}"
    message = (
        f"Caller does not have required permission to use project {reference}. Grant the caller the "
        f"{USER_PROJECT_ROLE} role, or a custom role with the serviceusage.services.use permission, by visiting {url} "
        "and then retry. Propagation of the new permission may take a few minutes."
    )
    service, consumer = call.document.service, f"projects/{reference}"
    details = [
        {"@type": f"{TYPES}Help", "links": [{"description": "Google developer console IAM admin", "url": url}]},
        error_info(
            "USER_PROJECT_DENIED", "googleapis.com", consumer=consumer, containerInfo=reference, service=service
        ),
    ]
    raise ApiError(403, "forbidden", message, details=details)

# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Services of projects: looked up, enabled and disabled."""

from __future__ import annotations

from collections.abc import Sequence

from sandbox.gcp import filters, jobs
from sandbox.gcp.cloud import Call, handles
from sandbox.gcp.discovery import Json
from sandbox.gcp.errors import TYPES, ApiError, error_info, invalid, precondition
from sandbox.gcp.iam import policies
from sandbox.gcp.paging import paged
from sandbox.gcp.resourcemanager import records as resources
from sandbox.gcp.serviceusage import records
from sandbox.gcp.store import Resource

V1 = "type.googleapis.com/google.api.serviceusage.v1."
MOST_ENABLED = 20
MOST_READ = 30


@handles("serviceusage.services.get")
def get_service(call: Call) -> Json:
    """services.get."""
    project, service = _named(call, "get")
    return _shown(call, project, service)


@handles("serviceusage.services.list")
def list_services(call: Call) -> Json:
    """services.list: every service there is; state:ENABLED selects."""
    project = _project(call, call.params["parent"], "list")
    shown = [_shown(call, project, service) for service in records.known()]
    return paged(call, "services", filters.select(call.params.get("filter", ""), "filter", shown, dict), most=200)


@handles("serviceusage.services.batchGet")
def batch_get_services(call: Call) -> Json:
    """services.batchGet: at most 30 by name."""
    project = _project(call, call.params["parent"], "get")
    names = call.params.get("names", [])
    _check_count("names", names, MOST_READ)
    services = [name.rpartition("/")[2] for name in names]
    _check_known(services)
    return {"services": [_shown(call, project, service) for service in services]}


@handles("serviceusage.services.enable")
def enable_service(call: Call) -> Json:
    """services.enable."""
    project, service = _named(call, "enable")
    return _enable(call, project, [service], batch=False)


@handles("serviceusage.services.batchEnable")
def batch_enable_services(call: Call) -> Json:
    """services.batchEnable: at most 20, all or none."""
    project = _project(call, call.params["parent"], "enable")
    services = call.body.get("serviceIds", [])
    _check_count("service_ids", services, MOST_ENABLED)
    _check_known(services)
    return _enable(call, project, services, batch=True)


@handles("serviceusage.services.disable")
def disable_service(call: Call) -> Json:
    """services.disable: refused while another enabled service needs it, unless those are to go with it."""
    project, service = _named(call, "disable")
    dependents = _dependents(call, project, service)
    if dependents and not call.body.get("disableDependentServices"):
        message = (
            f"The service {service} is depended on by the following active service(s): {','.join(dependents)}; "
            "specify disable_dependent_services=true to disable them along with it."
        )
        raise precondition(message, info=error_info("COMMON_SU_SERVICE_HAS_DEPENDENTS", "serviceusage.googleapis.com"))

    def effect() -> Json:
        for name in (service, *dependents):
            call.cloud.store.notes.pop(records.path(project, name), None)
        return {"@type": f"{V1}DisableServiceResponse", "service": _shown(call, project, service)}

    return jobs.start(call, f"dis.p2-{resources.number(project)}", None, effect)


def _enable(call: Call, project: Resource, services: Sequence[str], *, batch: bool) -> Json:
    missing = [service for service in services if records.path(project, service) not in call.cloud.store.notes]
    if not missing:
        return jobs.shown(call.cloud, jobs.NOTHING_TO_DO)
    _check_billing(call, project, missing)

    def effect() -> Json:
        due = call.cloud.settings.now() + call.cloud.settings.delay("service_enabled")
        records.enable(call.cloud.store, project, missing, due)
        shown = [_shown(call, project, service) | {"state": "ENABLED"} for service in services]
        if batch:
            return {"@type": f"{V1}BatchEnableServicesResponse", "services": shown}
        return {"@type": f"{V1}EnableServiceResponse", "service": shown[0]}

    prefix = f"{'acat' if batch else 'acf'}.p2-{resources.number(project)}"
    return jobs.start(call, prefix, "service_enabled", effect, {"@type": f"{V1}OperationMetadata"})


def _check_billing(call: Call, project: Resource, services: Sequence[str]) -> None:
    billed = [service for service in services if records.known()[service].get("billed")]
    if not billed or records.paid(call.cloud.store, project):
        return
    number, names = resources.number(project), ",".join(billed)
    raise precondition(
        f"Billing account for project '{number}' is not found. Billing must be enabled for activation of service(s) "
        f"'{names}' to proceed.",
        {
            "type": "googleapis.com/billing-enabled",
            "subject": f"?error_code=390001&project={number}&services={names}",
        },
        info=error_info(
            "UREQ_PROJECT_BILLING_NOT_FOUND",
            "serviceusage.googleapis.com/billing-enabled",
            project=number,
            services=names,
        ),
    )


def _dependents(call: Call, project: Resource, service: str) -> list[str]:
    notes = call.cloud.store.notes
    return [
        name
        for name, row in records.known().items()
        if service in row.get("needs", ()) and records.path(project, name) in notes
    ]


def _project(call: Call, parent: str, verb: str) -> Resource:
    reference = parent.removeprefix("projects/")
    found = resources.project(call.cloud.store, reference)
    name = resources.project_name(found) if found else resources.full_name("projects", reference)
    policies.require(call.cloud.store, call.principal, f"serviceusage.services.{verb}", name)
    if found is None or found["state"] != "ACTIVE":
        raise policies.denied(f"serviceusage.services.{verb}", name)
    return found


def _named(call: Call, verb: str) -> tuple[Resource, str]:
    parent, _, service = call.params["name"].partition("/services/")
    project = _project(call, parent, verb)
    _check_known([service])
    return project, service


def _check_known(services: Sequence[str]) -> None:
    unknown = [service for service in services if service not in records.known()]
    if unknown:
        message = f"Not found or permission denied for service(s): {','.join(unknown)}."
        info = error_info(
            "SERVICE_CONFIG_NOT_FOUND_OR_PERMISSION_DENIED",
            "serviceusage.googleapis.com",
            services=",".join(unknown),
        )
        violation = {"type": "googleapis.com", "subject": "?error_code=220002"}
        failure = {"@type": f"{TYPES}PreconditionFailure", "violations": [violation]}
        raise ApiError(403, "forbidden", message, details=[failure, info])


def _check_count(field: str, given: Sequence[str], most: int) -> None:
    if not 1 <= len(given) <= most:
        raise invalid(field, len(given), f"From 1 to {most} services can be named in one call.")


def _shown(call: Call, project: Resource, service: str) -> Json:
    parent = f"projects/{resources.number(project)}"
    now = call.cloud.settings.now()
    return {
        "name": f"{parent}/services/{service}",
        "parent": parent,
        "config": {"name": service, "title": records.known()[service]["title"]},
        "state": "ENABLED" if records.enabled(call.cloud.store, project, service, now) else "DISABLED",
    }

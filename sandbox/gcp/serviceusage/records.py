# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which services a project has enabled, since when, and whether they can be used yet."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sandbox.gcp import catalog
from sandbox.gcp.cloud import Cloud
from sandbox.gcp.errors import TYPES, ApiError, error_info
from sandbox.gcp.resourcemanager import records
from sandbox.gcp.store import Resource, Store

CONSOLE = "https://console.developers.google.com/apis/api"
FirstUse = Callable[[Store, Resource], None]

_FIRST_USE: dict[str, FirstUse] = {}


def on_first_use(service: str) -> Callable[[FirstUse], FirstUse]:
    """Makes a function the one that sets a project up when it enables the service for the first time."""

    def register(function: FirstUse) -> FirstUse:
        _FIRST_USE[service] = function
        return function

    return register


def known() -> Mapping[str, Any]:
    """The services there are, by name."""
    services: Mapping[str, Any] = catalog.table()["services"]
    return services


def path(project: Resource, service: str) -> str:
    """Where it is kept that a project has enabled a service."""
    return f"//serviceusage.googleapis.com/projects/{project['projectId']}/services/{service}"


def enabled(store: Store, project: Resource, service: str, now: float) -> bool:
    """Whether a service counts as enabled."""
    found = store.notes.get(path(project, service))
    return found is not None and found["enabled"] <= now


def enable(store: Store, project: Resource, services: Iterable[str], at: float) -> None:
    """Enables services, and what those need, from a moment on."""
    for service in services:
        where = path(project, service)
        if where in store.notes:
            continue
        store.notes[where] = {"enabled": at}
        if service in _FIRST_USE:
            _FIRST_USE[service](store, project)
        enable(store, project, known()[service].get("needs", ()), at)


def check_usable(cloud: Cloud, project: Resource, service: str, consumer: str | None = None) -> None:
    """403 until some time after the service was enabled; consumer is the project as the caller names it."""
    if project["state"] != "ACTIVE":
        info = error_info(
            "CONSUMER_INVALID", "googleapis.com", consumer=f"projects/{project['projectId']}", service=service
        )
        message = f"Permission denied on resource project {project['projectId']}."
        raise ApiError(403, "forbidden", message, details=[info])
    since = cloud.store.notes.get(path(project, service), {}).get("enabled")
    if since is None or since + cloud.settings.delay("service_usable") > cloud.settings.now():
        raise disabled(service, consumer or records.number(project))
    if known()[service].get("billed") and not paid(cloud.store, project):
        number = records.number(project)
        info = error_info("BILLING_DISABLED", "googleapis.com", consumer=f"projects/{number}", service=service)
        message = f"This API method requires billing to be enabled. Please enable billing on project #{number}."
        raise ApiError(403, "forbidden", message, details=[info])


def paid(store: Store, project: Resource) -> bool:
    """Whether a billing account pays for a project."""
    return bool(store.notes[records.project_name(project)].get("billing"))


def disabled(service: str, consumer: str) -> ApiError:
    """403: the consumer, a project by id or number, cannot use the service."""
    title, url = known()[service]["title"], f"{CONSOLE}/{service}/overview?project={consumer}"
    message = (
        f"{title} has not been used in project {consumer} before or it is disabled. Enable it by visiting {url} then "
        "retry. If you enabled this API recently, wait a few minutes for the action to propagate to our systems and "
        "retry."
    )
    details = [
        {
            "@type": f"{TYPES}Help",
            "links": [{"description": "Google developers console API activation", "url": url}],
        },
        error_info(
            "SERVICE_DISABLED",
            "googleapis.com",
            activationUrl=url,
            consumer=f"projects/{consumer}",
            containerInfo=consumer,
            service=service,
            serviceTitle=title,
        ),
    ]
    return ApiError(403, "accessNotConfigured", message, details=details, domain="usageLimits")

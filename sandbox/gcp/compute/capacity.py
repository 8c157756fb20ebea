# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Zones without room for a machine, as they are set."""

from __future__ import annotations

from sandbox.gcp import links
from sandbox.gcp.cloud import Cloud
from sandbox.gcp.discovery import Json
from sandbox.gcp.errors import ApiError
from sandbox.gcp.store import Resource

DOCS = "https://cloud.google.com/compute/docs/resource-error"


def check(cloud: Cloud, path: str, instance: Resource) -> None:
    """503 where the zone of an instance that is to run has no room for it."""
    zone = path.split("/")[3]
    code = cloud.settings.all()["stockouts"].get(zone)
    if code is None:
        return
    message = (
        f"The zone 'projects/{links.project_of(path)}/zones/{zone}' does not have enough resources available to "
        "fulfill the request.  Try a different zone, or try again later."
    )
    details = _details(zone, links.name_of(instance["machineType"])) if code.endswith("_WITH_DETAILS") else []
    raise ApiError(503, "resourcePoolExhausted", message, code=code, details=details)


def _details(zone: str, machine_type: str) -> list[Json]:
    """What the longer of the two codes comes with."""
    metadata = {"zone": zone, "vmType": machine_type, "zonesAvailable": "", "attachment": ""}
    info = {"reason": "resource_availability", "domain": "compute.googleapis.com", "metadatas": metadata}
    text = (
        f"A {machine_type} VM instance is currently unavailable in the {zone} zone. Consider trying your request in "
        "another zone, or later."
    )
    return [
        {"errorInfo": info},
        {"localizedMessage": {"locale": "en-US", "message": text}},
        {"help": {"links": [{"description": "Troubleshooting documentation", "url": DOCS}]}},
    ]

# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What Google Cloud offers: machine types and images, checked before a machine is made of them."""

from __future__ import annotations

import dataclasses

from ...resource import CloudError, NotFoundError
from ...suggest import close_to
from ..session import Session


@dataclasses.dataclass(frozen=True)
class Image:
    """An image: its name, its full URL and the smallest boot disk it fits on, in GiB."""

    name: str
    url: str
    size_gb: int


def check_machine_type(session: Session, zone: str, machine_type: str) -> None:
    """CloudError where the zone does not exist or does not offer the machine type."""
    try:
        if session.find(f"zones/{zone}/machineTypes/{machine_type}") is not None:
            return
    except NotFoundError as error:
        raise _unknown("zone", zone, "", _listed(session, "zones"), "gcloud compute zones list") from error
    known = _listed(session, f"zones/{zone}/machineTypes")
    raise _unknown("machine type", machine_type, f" in {zone}", known, "gcloud compute machine-types list")


def find_image(session: Session, project: str, family: str) -> Image:
    """The newest image of a family; CloudError where there is none."""
    try:
        found = session.get(f"global/images/family/{family}", project=project)
    except NotFoundError as error:
        raise CloudError(
            f"No image family {family!r} in {project}: {error.message}. "
            f"List the families with: gcloud compute images list --project={project}"
        ) from error
    return Image(found["name"], found["selfLink"], int(found.get("diskSizeGb") or 0))


def _listed(session: Session, path: str) -> list[str]:
    return [item["name"] for page in session.pages(path, {"maxResults": "500"}) for item in page.get("items") or ()]


def _unknown(kind: str, name: str, where: str, known: list[str], command: str) -> CloudError:
    return CloudError(f"There is no {kind} {name!r}{where}.{close_to(name, known)} List them with: {command}")

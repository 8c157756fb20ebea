# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What Google Cloud offers and the project has: machine types, images and networks, looked up before a machine is made
of them."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence

from ...resource import CloudError, NotFoundError
from ...suggest import close_to
from .. import names
from ..session import Session


@dataclasses.dataclass(frozen=True)
class Image:
    """An image: its name, its full URL, the smallest boot disk it fits on, in GiB, and whether it boots by UEFI, as a
    shielded machine has to."""

    name: str
    url: str
    size_gb: int
    uefi: bool


def zones_offering(session: Session, zones: Sequence[str], machine_type: str) -> list[str]:
    """Those of the zones that offer the machine type. CloudError where there is none, or a zone does not exist."""
    offering = [zone for zone in zones if _offers(session, zone, machine_type)]
    if offering:
        return offering
    known = {name for zone in zones for name in _listed(session, f"zones/{zone}/machineTypes")}
    where = f" in {' or '.join(zones)}"
    raise _unknown("machine type", machine_type, where, known, "gcloud compute machine-types list")


def find_image(session: Session, project: str, *, family: str | None, image: str | None) -> Image:
    """An image by name, else the newest image of a family; CloudError where there is none. image may be a path with a
    project of its own: projects/p/global/images/i."""
    if image and "/" in image:
        project, image = names.project_of(image) or project, names.short(image)
    path = f"global/images/{image}" if image else f"global/images/family/{family}"
    try:
        found = session.get(path, project=project)
    except NotFoundError as error:
        what = f"image {image!r}" if image else f"image family {family!r}"
        raise CloudError(
            f"No {what} in {project}: {error.message}. "
            f"List what there is with: gcloud compute images list --project={project}"
        ) from error
    features = {feature.get("type") for feature in found.get("guestOsFeatures") or ()}
    return Image(found["name"], found["selfLink"], int(found.get("diskSizeGb") or 0), "UEFI_COMPATIBLE" in features)


def check_network(session: Session, network: str | None, subnetwork: str | None, regions: Iterable[str]) -> None:
    """CloudError where the project has no such network, or no such subnetwork of it in each region. Paths may lead to
    another project, which may not show its networks, so they are left to the API."""
    if "/" in f"{network or ''}{subnetwork or ''}":
        return
    if network is None:
        for region in regions:
            if session.find(f"regions/{region}/subnetworks/{subnetwork}") is None:
                raise _no_subnetwork(subnetwork, region, _listed(session, f"regions/{region}/subnetworks"))
        return
    found = session.find(f"global/networks/{network}")
    if found is None:
        raise _no_network(network, session.project, _listed(session, "global/networks"))
    for region in regions:
        urls = [url for url in found.get("subnetworks") or () if f"/regions/{region}/" in url]
        inside = sorted(str(names.short(url)) for url in urls)
        if subnetwork and subnetwork not in inside:
            raise _no_subnetwork(subnetwork, f"{network} in {region}", inside)
        if not subnetwork and found.get("autoCreateSubnetworks") is False:
            raise CloudError(
                f"The network {network} is in custom mode, so it takes the option subnetwork to say which of its "
                f"subnetworks in {region}: {' or '.join(inside) or 'it has none there'}."
            )


def _no_network(network: str, project: str, known: list[str]) -> CloudError:
    make = f"gcloud compute networks create {network} --subnet-mode=auto --project={project}"
    choose = f"Choose another with the option network ({', '.join(known)}), or make it" if known else "Make it"
    return CloudError(
        f"The project {project} has no network {network!r}. {choose} with: {make}. Nothing gets in to a new network, "
        "SSH neither, until gcp_firewall lets it."
    )


def _no_subnetwork(subnetwork: str | None, where: str, known: list[str]) -> CloudError:
    return _unknown("subnetwork", str(subnetwork), f" in {where}", known, "gcloud compute networks subnets list")


def _offers(session: Session, zone: str, machine_type: str) -> bool:
    try:
        return session.find(f"zones/{zone}/machineTypes/{machine_type}") is not None
    except NotFoundError as error:
        raise _unknown("zone", zone, "", _listed(session, "zones"), "gcloud compute zones list") from error


def _listed(session: Session, path: str) -> list[str]:
    return [item["name"] for page in session.pages(path, {"maxResults": "500"}) for item in page.get("items") or ()]


def _unknown(kind: str, name: str, where: str, known: Iterable[str], command: str) -> CloudError:
    return CloudError(f"There is no {kind} {name!r}{where}.{close_to(name, known)} List them with: {command}")

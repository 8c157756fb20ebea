# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What publishers offer in every region: images, and the parameters that lead to the newest of them."""

from __future__ import annotations

import dataclasses
import datetime
import hashlib

CANONICAL = "099720109477"
DEBIAN = "136693071363"
# Whom an image's first boot gives the key pair to, as Ubuntu's does.
USER = "ubuntu"


@dataclasses.dataclass(frozen=True)
class Published:
    """An image as its publisher has it in every region; family is the host image that boots for it."""

    family: str
    name: str
    owner: str
    parameters: tuple[str, ...]
    date: datetime.datetime
    description: str
    disk_type: str
    root: str

    def id_in(self, region: str) -> str:
        """The image's id, which differs by region."""
        return "ami-0" + hashlib.sha256(f"{region} {self.name}".encode()).hexdigest()[:16]


def _ubuntu(series: str, version: str, disk: str, path: str, date: datetime.datetime) -> Published:
    return Published(
        family=f"ubuntu-{version.replace('.', '')}-lts",
        name=f"ubuntu/images/hvm-ssd{path}/ubuntu-{series}-{version}-amd64-server-{date:%Y%m%d}",
        owner=CANONICAL,
        parameters=(f"/aws/service/canonical/ubuntu/server/{version}/stable/current/amd64/hvm/ebs-{disk}/ami-id",),
        date=date,
        description=f"Canonical, Ubuntu, {version}, amd64 {series} image",
        disk_type=disk,
        root="/dev/sda1",
    )


PUBLISHED = (
    _ubuntu("jammy", "22.04", "gp2", "", datetime.datetime(2026, 10, 20, 3, 12, 45)),
    _ubuntu("noble", "24.04", "gp3", "-gp3", datetime.datetime(2026, 10, 22, 5, 40, 2)),
    Published(
        family="debian-12",
        name="debian-12-amd64-20261013-2263",
        owner=DEBIAN,
        parameters=("/aws/service/debian/release/12/latest/amd64",),
        date=datetime.datetime(2026, 10, 13, 11, 4, 31),
        description="Debian 12 (20261013-2263)",
        disk_type="gp3",
        root="/dev/xvda",
    ),
)


def published(region: str, ami: str) -> Published | None:
    """The public image that an id is."""
    return next((image for image in PUBLISHED if image.id_in(region) == ami), None)


def announced(parameter: str) -> Published | None:
    """The public image that a parameter leads to."""
    return next((image for image in PUBLISHED if parameter in image.parameters), None)


def parameter_of(family: str) -> str:
    """The parameter that leads to the image of a family of hosts."""
    return next(image.parameters[0] for image in PUBLISHED if image.family == family)

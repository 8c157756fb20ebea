# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Making a virtual machine: what it is made of is looked up first, then its zones are tried in order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...resource import CloudError, State
from .. import errors, names, ownership
from ..session import Session
from . import catalog
from . import instance_shape as shape


class Creation:
    """What a machine is to be made of, all of it seen to be there; CloudError where it is not.

    zones are those that offer the machine type, in the order in which they are tried.
    """

    def __init__(self, session: Session, params: Mapping[str, Any], zones: Sequence[str], *, title: str) -> None:
        self._session = session
        self._params = params
        self._title = title
        self._check_complete()
        self.zones = catalog.zones_offering(session, zones, params["machine_type"])
        self.image = catalog.find_image(
            session, params["image_project"], family=params["image_family"], image=params["image"]
        )
        self._check_size()
        self.network: str | None = params["network"] or (None if params["subnetwork"] else "default")
        regions = sorted({names.region_of(zone) for zone in self.zones})
        catalog.check_network(session, self.network, params["subnetwork"], regions)

    def state(self, wanted: State) -> dict[str, Any]:
        """The machine to be made, in the first zone if it has room."""
        params = self._params
        return {
            **wanted,
            "name": params["name"],
            "zone": self.zones[0],
            "status": shape.RUNNING,
            "image": self.image.name,
            "boot_disk_type": params["boot_disk_type"],
            "network": names.short(self.network),
            "subnetwork": names.short(params["subnetwork"]),
            "spot": params["spot"],
            "shielded": wanted["shielded"] or (dict(shape.SHIELDED) if self.image.uefi else None),
            "ssh": wanted["ssh"] or "ok",
        }

    def make(self, state: State, address: Mapping[str, Any]) -> str:
        """Makes the machine in the first zone that has room for it, and returns that. A zone that has none is not
        asked again, and what it may have begun is cleared away."""
        refusals = []
        for zone in self.zones:
            body = shape.to_api(state, references=self._references(zone), address=address)
            try:
                self._session.change("POST", f"zones/{zone}/instances", body)
                return zone
            except CloudError as error:
                if not errors.is_stock_out(error):
                    raise self._explained(error, zone) from error
                refusals.append(error)
            self._clear(zone)
        raise self._without_room(refusals)

    def _references(self, zone: str) -> dict[str, str]:
        params, project = self._params, self._session.project
        inside = f"projects/{project}/zones/{zone}"
        region = f"projects/{project}/regions/{names.region_of(zone)}"
        wanted = {
            "machine_type": (f"{inside}/machineTypes", params["machine_type"]),
            "boot_disk_type": (f"{inside}/diskTypes", params["boot_disk_type"]),
            "network": (f"projects/{project}/global/networks", self.network),
            "subnetwork": (f"{region}/subnetworks", params["subnetwork"]),
        }
        paths = {kind: name if "/" in name else f"{above}/{name}" for kind, (above, name) in wanted.items() if name}
        return {**paths, "image": self.image.url}

    def _check_complete(self) -> None:
        needed = {
            "machine_type": self._params["machine_type"],
            "image_family (or image)": self._params["image_family"] or self._params["image"],
        }
        missing = [option for option, given in needed.items() if not given]
        if missing:
            raise CloudError(f"{self._title} does not exist; to make it, {' and '.join(missing)} must be given.")

    def _check_size(self) -> None:
        size = self._params["boot_disk_size"]
        if size and size < self.image.size_gb:
            raise CloudError(
                f"{self._title}: the image {self.image.name} needs a boot disk of at least {self.image.size_gb} GiB, "
                f"and boot_disk_size is {size}."
            )

    def _without_room(self, refusals: Sequence[CloudError]) -> CloudError:
        last = refusals[-1]
        if len(refusals) == 1:
            return last
        return CloudError(
            f"{self._title}: none of {', '.join(self.zones)} has room for it. The last said: {last.message}",
            **last.details,
        )

    def _explained(self, error: CloudError, zone: str) -> CloudError:
        """A disk of the machine's name is one that an earlier machine left."""
        if f"zones/{zone}/disks/" not in error.message or "already exists" not in error.message:
            return error
        return CloudError(
            f"{error.message} It is left over from an earlier machine. If that was this workstation's, state=absent "
            "removes it for good, with its data; else choose another name.",
            **error.details,
        )

    def _clear(self, zone: str) -> None:
        """Removes what a failed insert may have left of ours."""
        for kind in ("instances", "disks"):
            path = f"zones/{zone}/{kind}/{self._params['name']}"
            found = self._session.find(path) or {}
            ours = ownership.is_ours(self._params["workstation"], labels=found.get("labels"))
            if ours and not found.get("users"):
                self._session.remove(path)

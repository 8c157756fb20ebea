# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A virtual machine of Compute Engine."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ...owned import Owned
from ...resource import CloudError, NotFoundError, State, Step, differences, plan, refuse_immutable
from .. import errors, names, ownership
from ..session import Session
from . import instance_shape as shape
from .catalog import Image, check_machine_type, find_image

Json = dict[str, Any]

IPV4 = re.compile(r"\d{1,3}(\.\d{1,3}){3}")
POWER = {"started": shape.RUNNING, "stopped": shape.TERMINATED, "present": None}
POWER_CALLS = frozenset({"start", "stop", "resume"})


class Instance(Owned[Session]):
    """The machine itself, its boot disk, and which static address it has."""

    fields = shape.FIELDS

    def __init__(self, session: Session, params: Mapping[str, Any]) -> None:
        name, zone = params["name"], params["zone"]
        label = f"{ownership.LABEL}={params['workstation']}"
        handover = f"gcloud compute instances add-labels {name} --zone={zone} --labels={label}"
        super().__init__(session, params, title=f"instance {name} in {zone}", handover=handover)
        self._zone = f"zones/{zone}"
        self._path = f"{self._zone}/instances/{name}"
        self._raw: Mapping[str, Any] = {}
        self._address: Mapping[str, Any] | None = None
        self._image: Image | None = None

    def read(self) -> State | None:
        if not self._removing:
            self._address = self._read_address()
        found = self._find()
        if found is None:
            if not self._removing:
                self._read_what_creation_needs()
            return None
        self._raw = found
        self._ours = ownership.is_ours(self._owner, labels=found.get("labels"))
        live = shape.from_api(found)
        if self._address and live["external_ip"] == self._address["address"]:
            live["address"] = self._params["address"]
        return live

    def plan(self, live: State | None) -> Sequence[Step]:
        if self._removing:
            return plan(None, self._ours_only(live), title=self.title)
        power = POWER[self._params["state"]]
        if live is None:
            return self._plan_creation(power)
        self._refuse_foreign()
        refuse_immutable(
            *differences({"network": self._params["network"]}, live), title=self.title, immutable={"network"}
        )
        desired, allow_stop = self._desired(live), self._params["allow_stop"]
        return shape.plan_changes(desired, live, title=self.title, power=power, allow_stop=allow_stop)

    def _plan_creation(self, power: str | None) -> list[Step]:
        desired = {**self._desired(None), "status": shape.RUNNING}
        steps = plan(desired, None, title=self.title)
        if power == shape.TERMINATED:
            steps.append(Step("stop", {"status": shape.RUNNING}, {"status": shape.TERMINATED}))
        return steps

    def apply(self, step: Step) -> None:
        self._check_address()
        if step.action == "delete":
            self._session.change("DELETE", self._path)
        elif step.action in POWER_CALLS:
            self._session.change("POST", f"{self._path}/{step.action}")
        else:
            WRITERS[step.action](self, step.after)

    def _find(self) -> Mapping[str, Any] | None:
        """The machine, once it has come to rest."""
        try:
            return self._session.settled(self._path, lambda found: found.get("status") not in shape.IN_TRANSIT)
        except NotFoundError as error:
            if self._removing and not errors.is_about(error, self._path):
                raise  # the zone is what is missing, and the machine may well be in another
            return None

    def _read_address(self) -> Mapping[str, Any] | None:
        """The static address to attach: {} where it is not reserved yet, None where none is asked for."""
        wanted = self._params["address"]
        if not wanted:
            return None
        if IPV4.fullmatch(wanted):
            return {"address": wanted}
        return self._session.find(f"regions/{names.region_of(self._params['zone'])}/addresses/{wanted}") or {}

    def _read_what_creation_needs(self) -> None:
        missing = [option for option in ("machine_type", "image_family") if not self._params[option]]
        if missing:
            raise CloudError(f"{self.title} does not exist; to make it, {' and '.join(missing)} must be given.")
        check_machine_type(self._session, self._params["zone"], self._params["machine_type"])
        self._image = find_image(self._session, self._params["image_project"], self._params["image_family"])
        size = self._params["boot_disk_size"]
        if size and size < self._image.size_gb:
            raise CloudError(
                f"{self.title}: the image {self._image.name} needs a boot disk of at least {self._image.size_gb} GiB, "
                f"and boot_disk_size is {size}."
            )

    def _check_address(self) -> None:
        """Before any step is sent, so that a machine is not left half-way."""
        if self._address is None:
            return
        if not self._address:
            region = names.region_of(self._params["zone"])
            raise CloudError(
                f"{self.title}: the address {self._params['address']} is not reserved in {region}. "
                "Reserve it first with gcp_address."
            )
        users = [user for user in self._address.get("users") or () if not user.endswith(self._path)]
        if users:
            user = names.short(users[0])
            raise CloudError(f"{self.title}: the address {self._params['address']} is in use by {user}. Free it first.")

    def _desired(self, live: State | None) -> Json:
        """What is managed. Labels and metadata are laid over what is there; tags are the whole list."""
        params = self._params
        labels, metadata = (live["labels"], live["metadata"]) if live else ({}, {})
        desired: Json = {
            "machine_type": params["machine_type"],
            "boot_disk_size": params["boot_disk_size"],
            "labels": {**labels, **(params["labels"] or {}), ownership.LABEL: self._owner},
            "tags": None if params["tags"] is None else sorted(set(params["tags"])),
            "metadata": None if params["metadata"] is None else {**metadata, **params["metadata"]},
            "address": params["address"] or None,
        }
        if live is None:
            desired["network"] = params["network"] or "default"
            image = self._image.name if self._image else None
            desired |= {name: params[name] for name in ("name", "zone", "boot_disk_type")} | {"image": image}
        return desired

    def _create(self, after: State) -> None:
        address = self._address or {}
        body = shape.to_api(
            after,
            project=self._session.project,
            image=self._image.url if self._image else "",
            address=address.get("address"),
            network_tier=address.get("networkTier"),
        )
        self._session.change("POST", f"{self._zone}/instances", body)

    def _set_machine_type(self, after: State) -> None:
        machine_type = f"{self._zone}/machineTypes/{after['machine_type']}"
        self._session.change("POST", f"{self._path}/setMachineType", {"machineType": machine_type})

    def _resize_disk(self, after: State) -> None:
        disk = names.short(shape.boot_disk(self._raw).get("source"))
        self._session.change("POST", f"{self._zone}/disks/{disk}/resize", {"sizeGb": str(after["boot_disk_size"])})

    def _set_labels(self, after: State) -> None:
        body = {"labels": after["labels"], "labelFingerprint": self._raw.get("labelFingerprint")}
        self._session.change("POST", f"{self._path}/setLabels", body)

    def _set_tags(self, after: State) -> None:
        body = {"items": after["tags"], "fingerprint": (self._raw.get("tags") or {}).get("fingerprint")}
        self._session.change("POST", f"{self._path}/setTags", body)

    def _set_metadata(self, after: State) -> None:
        fingerprint = (self._raw.get("metadata") or {}).get("fingerprint")
        body = {"items": names.items(after["metadata"]), "fingerprint": fingerprint}
        self._session.change("POST", f"{self._path}/setMetadata", body)

    def _set_address(self, _after: State) -> None:
        """An interface has one external access at most, so the old one goes first; it is given an ephemeral address
        back if the new one cannot be had."""
        nic, old = shape.access_config(self._raw)
        query = {"networkInterface": nic}
        address = self._address or {}
        if old:
            name = {"accessConfig": str(old.get("name"))}
            self._session.change("POST", f"{self._path}/deleteAccessConfig", query={**query, **name})
        try:
            self._add_access({"natIP": address["address"]}, query)
        except CloudError:
            if old:
                self._add_access({}, query)
            raise

    def _add_access(self, extra: Json, query: Mapping[str, str]) -> None:
        self._session.change("POST", f"{self._path}/addAccessConfig", {**shape.ACCESS_CONFIG, **extra}, query)


WRITERS: dict[str, Callable[[Instance, State], None]] = {
    "create": Instance._create,
    "set_machine_type": Instance._set_machine_type,
    "resize_disk": Instance._resize_disk,
    "set_labels": Instance._set_labels,
    "set_tags": Instance._set_tags,
    "set_metadata": Instance._set_metadata,
    "set_address": Instance._set_address,
}

# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A virtual machine of Compute Engine."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ...owned import Owned
from ...resource import CloudError, NotFoundError, State, Step, differences, plan, refuse_immutable
from .. import errors, names, ownership
from ..session import Session
from . import instance_access, instances
from . import instance_shape as shape
from .instance_creation import Creation
from .instance_desired import desired
from .instance_plan import plan_changes, plan_removal, power_steps

Json = dict[str, Any]

POWER = {"started": shape.RUNNING, "stopped": shape.TERMINATED, "suspended": shape.SUSPENDED, "present": None}
POWER_CALLS = frozenset({"start", "stop", "suspend", "resume"})
SSH_HINTS = {
    "blocked": "takes no SSH keys of the project's metadata (block-project-ssh-keys=TRUE). Set block-project-ssh-keys "
    "to FALSE in its metadata, or put the key in its own metadata item ssh-keys.",
    "oslogin": "takes no SSH keys of metadata, as OS Login is on (enable-oslogin=TRUE). Set enable-oslogin to FALSE in "
    "its metadata, or log in with OS Login: gcloud compute os-login ssh-keys add --key-file=KEY.pub, and the role "
    "roles/compute.osAdminLogin.",
}


class Instance(Owned[Session]):
    """The machine itself, its boot disk, and which static address it has."""

    fields = shape.FIELDS

    def __init__(self, session: Session, params: Mapping[str, Any]) -> None:
        self._name: str = params["name"]
        self._zones: list[str] = params["zones"] or [params["zone"]]
        title = f"instance {self._name}" + (f" in {self._zones[0]}" if len(self._zones) == 1 else "")
        super().__init__(session, params, title=title, handover="")
        self._settle_in(self._zones[0])
        self._raw: Json = {}
        self._address: Json | None = None
        self._creation: Creation | None = None
        self._leftover: Json | None = None
        self._ssh: str | None = None

    def read(self) -> State | None:
        self._raw = self._find()
        live = shape.from_api(self._raw) if self._raw else None
        if live:
            self._settle_in(live["zone"])
        self._ours = live is None or ownership.is_ours(self._owner, labels=live["labels"])
        if self._removing:
            return self._read_leftover(live)
        attached, address = (live["address"] if live else None), self._params["address"]
        if address:
            self._address = instance_access.wanted(self._session, address, self._zones, attached, title=self.title)
        if live is None:
            self._creation = Creation(self._session, self._params, self._zones, title=self.title)
        elif attached and self._address and self._address.get("address") == attached:
            live["address"] = address
        return live

    def plan(self, live: State | None) -> Sequence[Step]:
        params = self._params
        if self._removing:
            unprotect, disk = params["deletion_protection"] is False, self._leftover is not None
            live = self._ours_only(live)
            return plan_removal(live, title=self.title, unprotect=unprotect, disk=disk) if live else []
        self._refuse_foreign()
        power, wanted = POWER[params["state"]], desired(params, live or {}, self._address or {})
        self._ssh = wanted["ssh"] or (live["ssh"] if live else None)
        if live is None:
            made = self._creation.state(wanted) if self._creation else wanted
            return [*plan(made, None, title=self.title), *power_steps(shape.RUNNING, power or shape.RUNNING)]
        self._refuse_fixed(live)
        return plan_changes(wanted, live, title=self.title, power=power, allow_stop=params["allow_stop"])

    def apply(self, step: Step) -> Step | None:
        if self._address is not None:
            instance_access.check_free(self._address, self._params["address"], self._path, title=self.title)
        if step.action == "create" and self._creation:
            zone = self._creation.make(step.after, self._address or {})
            self._settle_in(zone)
            return Step(step.action, step.before, {**step.after, "zone": zone})
        if step.action in POWER_CALLS:
            self._power(step.action)
        else:
            WRITERS[step.action](self, step.after)
        return None

    def warnings(self) -> Sequence[str]:
        """Also what keeps the project's SSH keys out, unless the task's own metadata says that they are to stay out."""
        asked = shape.ssh_access(names.texts(self._params["metadata"] or {}))
        hint = SSH_HINTS.get(self._ssh or "") if self._ssh != asked else None
        return [*super().warnings(), *([f"{self.title} {hint}"] if hint else [])]

    def _settle_in(self, zone: str) -> None:
        self._zone = f"zones/{zone}"
        self._path = f"{self._zone}/instances/{self._name}"
        label = f"{ownership.LABEL}={self._owner}"
        self._handover = f"gcloud compute instances add-labels {self._name} --zone={zone} --labels={label}"

    def _find(self) -> Json:
        try:
            return instances.find(self._session, self._name, self._owner, self._zones) or {}
        except NotFoundError:
            if self._removing:
                raise  # the zone is what is missing, and the machine may well be in another
            return {}  # which the look-ups before a creation say better

    def _read_leftover(self, live: Json | None) -> State | None:
        """Where there is no machine, the boot disk that one left counts as what there is."""
        if not self._ours:
            return live
        disk = instances.leftover_disk(self._session, self._name, self._owner, self._zones, self._raw)
        self._leftover = disk
        if live or disk is None:
            return live
        left = {"name": disk["name"], "zone": names.short(disk["zone"]), "boot_disk_size": int(disk["sizeGb"])}
        return {**dict.fromkeys(self.fields), **left}

    def _refuse_fixed(self, live: State) -> None:
        """What cannot change, the zone among it: a machine that is ours in another zone is not made a second time."""
        wanted = {name: names.short(self._params[name]) for name in ("network", "subnetwork")}
        before, after = differences({**wanted, "spot": self._params["spot"]}, live)
        if live["zone"] not in self._zones:
            before, after = {**before, "zone": live["zone"]}, {**after, "zone": " or ".join(self._zones)}
        refuse_immutable(before, after, title=self.title, immutable=after)

    def _power(self, call: str) -> None:
        try:
            self._session.change("POST", f"{self._path}/{call}")
        except CloudError as error:
            if not errors.is_stock_out(error):
                raise
            raise CloudError(
                f"{self.title} cannot {call}: its zone has no room for it right now, and its disk is in that zone. Run "
                "again later, or with another machine_type.",
                **error.details,
            ) from error

    def _delete(self, _after: State) -> None:
        self._session.remove(self._path)

    def _delete_disk(self, _after: State) -> None:
        disk = self._leftover or {}
        self._session.remove(f"zones/{names.short(disk.get('zone'))}/disks/{disk.get('name')}")

    def _set_machine_type(self, after: State) -> None:
        machine_type = f"{self._zone}/machineTypes/{after['machine_type']}"
        self._session.change("POST", f"{self._path}/setMachineType", {"machineType": machine_type})

    def _set_service_account(self, after: State) -> None:
        self._session.change("POST", f"{self._path}/setServiceAccount", after["service_account"])

    def _set_shielded(self, after: State) -> None:
        body = shape.shielded_to_api(after["shielded"])
        self._session.change("PATCH", f"{self._path}/updateShieldedInstanceConfig", body)

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

    def _set_deletion_protection(self, after: State) -> None:
        query = {"deletionProtection": str(after["deletion_protection"]).lower()}
        self._session.change("POST", f"{self._path}/setDeletionProtection", query=query)

    def _set_address(self, _after: State) -> None:
        instance_access.swap(self._session, self._path, self._raw, self._address or {})


WRITERS: dict[str, Callable[[Instance, State], None]] = {
    "delete": Instance._delete,
    "delete_disk": Instance._delete_disk,
    "set_machine_type": Instance._set_machine_type,
    "set_service_account": Instance._set_service_account,
    "set_shielded": Instance._set_shielded,
    "resize_disk": Instance._resize_disk,
    "set_labels": Instance._set_labels,
    "set_tags": Instance._set_tags,
    "set_metadata": Instance._set_metadata,
    "set_deletion_protection": Instance._set_deletion_protection,
    "set_address": Instance._set_address,
}

# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A static external IPv4 address of a region."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...owned import Owned
from ...resource import State, Step, differences, plan, refuse_immutable
from .. import names, ownership
from ..session import Session
from . import instance_shape as shape
from . import instances

Json = dict[str, Any]


class Address(Owned[Session]):
    """Labels can only be set once the address exists, so that making one takes two calls. The marker in its
    description tells that it is ours if the second never came."""

    fields = ("name", "region", "address", "network_tier", "description", "labels", "status", "users")
    immutable = frozenset({"network_tier", "description"})

    def __init__(self, session: Session, params: Mapping[str, Any]) -> None:
        name, region = params["name"], params["region"]
        label = f"{ownership.LABEL}={params['workstation']}"
        handover = f"gcloud compute addresses update {name} --region={region} --update-labels={label}"
        super().__init__(session, params, title=f"address {name} in {region}", handover=handover)
        self._path = f"regions/{region}/addresses"
        self._fingerprint: str | None = None
        self._held: str | None = None

    def read(self) -> State | None:
        found = self._session.find(f"{self._path}/{self._params['name']}")
        if found is None:
            self._held = None if self._removing else self._ephemeral()
            return None
        self._fingerprint = found.get("labelFingerprint")
        self._ours = ownership.is_ours(self._owner, labels=found.get("labels"), description=found.get("description"))
        return from_api(found, self._owner)

    def plan(self, live: State | None) -> Sequence[Step]:
        if self._removing:
            return plan(None, self._ours_only(live), title=self.title)
        self._refuse_foreign()
        wanted = self._wanted_labels(live)
        if live is None:
            made = plan({**self._desired(), "address": self._held}, None, title=self.title)
            return [*made, Step("set_labels", {"labels": {}}, {"labels": wanted})]
        refuse_immutable(*differences(self._desired(), live), title=self.title, immutable=self.immutable)
        before, after = differences({"labels": wanted}, live)
        return [Step("set_labels", before, after)] if after else []

    def apply(self, step: Step) -> None:
        path = f"{self._path}/{self._params['name']}"
        if step.action == "create":
            self._session.change("POST", self._path, to_api(step.after, self._owner))
            self.read()  # the new address's label fingerprint
        elif step.action == "set_labels":
            body = {"labels": step.after["labels"], "labelFingerprint": self._fingerprint}
            self._session.change("POST", f"{path}/setLabels", body)
        else:
            self._session.remove(path)

    def _ephemeral(self) -> str | None:
        """The address that the instance to promote it from has for the time being; None where it has none, or one of
        another tier, or one that is reserved already."""
        name, region = self._params["promote_from"], self._params["region"]
        found = instances.listed(self._session, name=name, workstation=self._owner) if name else []
        near = [one for one in found if names.region_of(str(names.short(one["zone"]))) == region]
        _nic, access = shape.access_config(near[0]) if near else ("", {})
        address: str | None = access.get("natIP")
        if not address or access.get("networkTier", "PREMIUM") != self._params["network_tier"]:
            return None
        pages = self._session.pages(self._path, {"filter": f'address = "{address}"'})
        return None if any(page.get("items") for page in pages) else address

    def _desired(self) -> Json:
        return {
            "name": self._params["name"],
            "region": self._params["region"],
            "network_tier": self._params["network_tier"],
            "description": self._params["description"],
        }

    def _wanted_labels(self, live: State | None) -> dict[str, str]:
        """Ours over what is there: a label that somebody else set stays."""
        there: Mapping[str, str] = live["labels"] if live else {}
        return {**there, **names.labels({**(self._params["labels"] or {}), ownership.LABEL: self._owner})}


def from_api(found: Mapping[str, Any], owner: str) -> Json:
    """An address as the API answers it, in the module's terms."""
    return {
        "name": found["name"],
        "region": names.short(found.get("region")),
        "address": found.get("address"),
        "network_tier": found.get("networkTier"),
        "description": ownership.unmarked(found.get("description"), owner),
        "labels": dict(found.get("labels") or {}),
        "status": found.get("status"),
        "users": sorted(str(names.short(user)) for user in found.get("users") or ()),
    }


def to_api(state: State, owner: str) -> Json:
    """The body that reserves an address: a new one, or the one that the state has."""
    held = {"address": state["address"]} if "address" in state else {}
    return {
        **held,
        "name": state["name"],
        "description": ownership.marked(state.get("description"), owner),
        "addressType": "EXTERNAL",
        "networkTier": state["network_tier"],
    }

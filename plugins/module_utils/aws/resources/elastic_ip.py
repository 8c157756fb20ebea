# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An Elastic IP address: it stays when the workstation is stopped and started."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from typing import Any

from ...resource import CloudError, NotFoundError, State, Step, UncertainError
from .. import tags
from ..session import Session
from . import instances
from .tagged import Tagged

Json = dict[str, Any]

# How long to look for an address whose allocation was not answered. AWS lists what it has made within seconds.
LOST_AND_FOUND = 20.0


class ElasticIp(Tagged):
    """The one address that carries the workstation's tag, on the instance that does."""

    fields = ("id", "address", "instance", "tags")

    def __init__(self, session: Session, params: Mapping[str, Any]) -> None:
        super().__init__(session, params, title=f"Elastic IP address of {params['workstation']}")
        self._raw: Json = {}
        self._instance: str | None = None

    def read(self) -> State | None:
        found = self._known()
        instances.refuse_several([address["AllocationId"] for address in found], self._owner, self.title)
        if self._params["associate"] and not self._removing:
            self._instance = self._workstation()
        self._raw = found[0] if found else {}
        return from_api(self._raw) if found else None

    def plan(self, live: State | None) -> Sequence[Step]:
        now = live["instance"] if live else None
        if self._removing:
            free = [Step("disassociate", {"instance": now}, {"instance": None})] if now else []
            return [*free, Step("release", live, {})] if live else []
        steps = self._plan_tags(live) if live else [Step("allocate", {}, {"tags": self._wanted_tags(None)})]
        if self._params["associate"] and (now is None or now != self._instance):
            steps.append(Step("associate", {"instance": now}, {"instance": self._instance}))
        return steps

    def apply(self, step: Step) -> None:
        if step.action == "allocate":
            self._require_instance()
            self._allocate(step)
        elif step.action == "associate":
            self._require_instance()
            self._call("associate_address", AllocationId=self._raw["AllocationId"], InstanceId=self._instance)
        elif step.action == "set_tags":
            self._set_tags(self._raw["AllocationId"], step)
        else:
            # What is gone already was taken by a request whose reply was lost.
            with contextlib.suppress(NotFoundError):
                self._free(step)

    def _known(self) -> list[Json]:
        return self._session.find("describe_addresses", "Addresses", self.title, {f"tag:{tags.OWNER}": self._owner})

    def _workstation(self) -> str | None:
        found = instances.alive(instances.of_workstation(self._session, self._owner, self.title))
        instances.refuse_several([one["InstanceId"] for one in found], self._owner, self.title)
        return str(found[0]["InstanceId"]) if found else None

    def _wanted_tags(self, live: State | None) -> dict[str, str]:
        return {**super()._wanted_tags(live), "Name": self._params["name"] or self._owner}

    def _require_instance(self) -> None:
        """Before any step is sent, so that no address is paid for that nothing uses."""
        if self._params["associate"] and self._instance is None:
            raise CloudError(
                f"{self.title}: the workstation has no instance to put it on. Make one first, with ec2_instance, or "
                "set associate=false."
            )

    def _allocate(self, step: Step) -> None:
        tagged = [tags.specification("elastic-ip", step.after["tags"])]
        try:
            self._raw = self._call("allocate_address", Domain="vpc", TagSpecifications=tagged)
        except UncertainError:
            with contextlib.suppress(CloudError):
                self._session.until(self._known, bool, self.title, timeout=LOST_AND_FOUND)
            raise

    def _free(self, step: Step) -> None:
        if step.action == "disassociate":
            self._call("disassociate_address", AssociationId=self._raw["AssociationId"])
        else:
            # Taking it off the instance is not known everywhere at once.
            release = {"AllocationId": self._raw["AllocationId"]}
            self._session.patiently(lambda: self._call("release_address", **release), "InvalidIPAddress.InUse")

    def _call(self, operation: str, **parameters: Any) -> Json:
        return self._session.call(operation, self.title, **parameters)


def from_api(found: Mapping[str, Any]) -> Json:
    """An address as the API answers it, in the module's terms."""
    return {
        "id": found["AllocationId"],
        "address": found.get("PublicIp"),
        "instance": found.get("InstanceId") or None,
        "tags": tags.from_api(found.get("Tags")),
    }

# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A firewall rule of a VPC network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...owned import Owned
from ...resource import State, Step, plan
from .. import names, ownership
from ..session import Session

Json = dict[str, Any]

TO_API = {
    "priority": "priority",
    "disabled": "disabled",
    "source_ranges": "sourceRanges",
    "target_tags": "targetTags",
}


class Firewall(Owned[Session]):
    """An ingress rule that allows traffic."""

    fields = ("name", "network", "description", "allowed", "source_ranges", "target_tags", "priority", "disabled")
    immutable = frozenset({"network"})

    def __init__(self, session: Session, params: Mapping[str, Any]) -> None:
        name, mark = params["name"], ownership.marker(params["workstation"])
        handover = f"gcloud compute firewall-rules update {name} --description={mark!r}"
        super().__init__(session, params, title=f"firewall rule {name}", handover=handover)

    def read(self) -> State | None:
        found = self._session.find(f"global/firewalls/{self._params['name']}")
        self._ours = found is None or ownership.is_ours(self._owner, description=found.get("description"))
        return None if found is None else from_api(found, self._owner)

    def plan(self, live: State | None) -> Sequence[Step]:
        if self._removing:
            return plan(None, self._ours_only(live), title=self.title)
        self._refuse_foreign()
        return plan(self._desired(), live, title=self.title, immutable=self.immutable)

    def apply(self, step: Step) -> None:
        path = f"global/firewalls/{self._params['name']}"
        if step.action == "create":
            self._session.change("POST", "global/firewalls", to_api(step.after, self._session.project, self._owner))
        elif step.action == "update":
            self._session.change("PATCH", path, to_api(step.after, self._session.project, self._owner))
        else:
            self._session.change("DELETE", path)

    def _desired(self) -> Json:
        params = self._params
        return {
            "name": params["name"],
            "network": params["network"],
            "description": params["description"],
            "allowed": normal_allowed(params["allowed"]) if params["allowed"] is not None else None,
            "source_ranges": _sorted(params["source_ranges"]),
            "target_tags": _sorted(params["target_tags"]),
            "priority": params["priority"],
            "disabled": params["disabled"],
        }


def _sorted(values: Sequence[str] | None) -> list[str] | None:
    return None if values is None else sorted(set(values))


def normal_allowed(rules: Sequence[Mapping[str, Any]]) -> list[Json]:
    """Protocols and ports in one order, so that a list written differently is not a difference."""
    plain = [{"protocol": rule["protocol"], "ports": sorted(set(rule.get("ports") or ()))} for rule in rules]
    return sorted(plain, key=lambda rule: (rule["protocol"], rule["ports"]))


def from_api(found: Mapping[str, Any], owner: str) -> Json:
    """A rule as the API answers it, in the module's terms."""
    return {
        "name": found["name"],
        "network": names.short(found.get("network")),
        "description": ownership.unmarked(found.get("description"), owner),
        "allowed": normal_allowed(
            [{"protocol": rule["IPProtocol"], "ports": rule.get("ports")} for rule in found.get("allowed") or ()]
        ),
        "source_ranges": sorted(found.get("sourceRanges") or ()),
        "target_tags": sorted(found.get("targetTags") or ()),
        "priority": found.get("priority"),
        "disabled": bool(found.get("disabled")),
    }


def to_api(state: State, project: str, owner: str) -> Json:
    """The fields of a state as the API takes them; a whole rule to make one, some of it to patch one."""
    body: Json = {api: state[field] for field, api in TO_API.items() if field in state}
    if "name" in state:
        body |= {"name": state["name"], "direction": "INGRESS", "description": ownership.marked(None, owner)}
    if "network" in state:
        body["network"] = f"projects/{project}/global/networks/{state['network']}"
    if "description" in state:
        body["description"] = ownership.marked(state["description"], owner)
    if "allowed" in state:
        body["allowed"] = [
            {"IPProtocol": rule["protocol"], **({"ports": rule["ports"]} if rule["ports"] else {})}
            for rule in state["allowed"]
        ]
    return body

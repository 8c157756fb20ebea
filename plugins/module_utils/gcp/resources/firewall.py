# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A firewall rule of a VPC network."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from typing import Any

from ...owned import Owned
from ...resource import CloudError, State, Step, plan
from .. import names, ownership
from ..session import Session

Json = dict[str, Any]

FIELDS = (
    "name", "network", "description", "action", "allowed", "denied", "source_ranges", "target_tags", "priority",
    "disabled", "logging",
)  # fmt: skip
TO_API = {
    "priority": "priority",
    "disabled": "disabled",
    "source_ranges": "sourceRanges",
    "target_tags": "targetTags",
}


class Firewall(Owned[Session]):
    """An ingress rule: it lets traffic in, or keeps it out."""

    fields = FIELDS
    immutable = frozenset({"network", "action"})

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
        desired = self._desired()
        if live is None:
            self._check_complete(desired)
        return plan(desired, live, title=self.title, immutable=self.immutable)

    def apply(self, step: Step) -> None:
        path = f"global/firewalls/{self._params['name']}"
        if step.action == "create":
            self._session.change("POST", "global/firewalls", to_api(step.after, self._session.project, self._owner))
        elif step.action == "update":
            self._session.change("PATCH", path, to_api(step.after, self._session.project, self._owner))
        else:
            self._session.remove(path)

    def _desired(self) -> Json:
        params = self._params
        rules = {side: params[side] for side in ("allowed", "denied") if params[side] is not None}
        self._refuse_empty(**rules, source_ranges=params["source_ranges"])
        desired = {name: params[name] for name in ("name", "network", "description", "priority", "disabled", "logging")}
        return {
            **desired,
            **{side: normal_rules(given) for side, given in rules.items()},
            "action": next(("allow" if side == "allowed" else "deny" for side in rules), None),
            "source_ranges": None if params["source_ranges"] is None else normal_ranges(params["source_ranges"]),
            "target_tags": None if params["target_tags"] is None else sorted(set(params["target_tags"])),
        }

    def _refuse_empty(self, **lists: Sequence[Any] | None) -> None:
        """Google Cloud takes a rule without sources as one for the whole world."""
        empty = [option for option, given in lists.items() if given is not None and not given]
        if empty:
            raise CloudError(
                f"{self.title}: {' and '.join(empty)} must not be empty. To let nothing through, set disabled or "
                "state=absent; for the whole world, say 0.0.0.0/0."
            )

    def _check_complete(self, desired: State) -> None:
        needed = {"allowed or denied": desired["action"], "source_ranges": desired["source_ranges"]}
        missing = [option for option, given in needed.items() if given is None]
        if missing:
            raise CloudError(f"{self.title} does not exist; to make it, {' and '.join(missing)} must be given.")


def normal_ranges(ranges: Sequence[str]) -> list[str]:
    """Ranges in one order and one spelling: a bare address is a range of one. CloudError for what is no range."""
    try:
        return sorted({str(ipaddress.ip_network(text)) for text in ranges})
    except ValueError as error:
        raise CloudError(f"source_ranges: {error}. Give ranges such as 203.0.113.0/24 or 203.0.113.7/32.") from error


def normal_rules(rules: Sequence[Mapping[str, Any]]) -> list[Json]:
    """Protocols and ports in one order, so that a list written differently is not a difference."""
    plain = [{"protocol": rule["protocol"].lower(), "ports": sorted(set(rule.get("ports") or ()))} for rule in rules]
    return sorted(plain, key=lambda rule: (rule["protocol"], rule["ports"]))


def from_api(found: Mapping[str, Any], owner: str) -> Json:
    """A rule as the API answers it, in the module's terms."""
    return {
        "name": found["name"],
        "network": names.short(found.get("network")),
        "description": ownership.unmarked(found.get("description"), owner),
        "action": "deny" if found.get("denied") else "allow",
        "allowed": _rules_from_api(found.get("allowed")),
        "denied": _rules_from_api(found.get("denied")),
        "source_ranges": sorted(found.get("sourceRanges") or ()),
        "target_tags": sorted(found.get("targetTags") or ()),
        "priority": found.get("priority"),
        "disabled": bool(found.get("disabled")),
        "logging": bool((found.get("logConfig") or {}).get("enable")),
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
    if "logging" in state:
        body["logConfig"] = {"enable": state["logging"]}
    for side in ("allowed", "denied"):
        if side in state:
            body[side] = [_rule_to_api(rule) for rule in state[side]]
    return body


def _rules_from_api(rules: Sequence[Mapping[str, Any]] | None) -> list[Json]:
    return normal_rules([{"protocol": rule["IPProtocol"], "ports": rule.get("ports")} for rule in rules or ()])


def _rule_to_api(rule: Mapping[str, Any]) -> Json:
    return {"IPProtocol": rule["protocol"], **({"ports": rule["ports"]} if rule["ports"] else {})}

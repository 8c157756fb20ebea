# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A security group: who may reach the workstation."""

from __future__ import annotations

import contextlib
import ipaddress
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ...resource import CloudError, NotFoundError, State, Step, UncertainError, plan
from .. import caller, tags
from ..network import default_vpc
from ..session import Session
from .tagged import Tagged

Json = dict[str, Any]

WORLD = "0.0.0.0/0"
SSH, HTTP, HTTPS = 22, 80, 443


class SecurityGroup(Tagged):
    """The group with exactly the ingress rules that are asked for; its egress rules stay as they are."""

    fields = ("name", "id", "vpc", "description", "rules", "tags")

    def __init__(self, session: Session, params: Mapping[str, Any]) -> None:
        super().__init__(session, params, title=f"security group {params['name']}")
        self._id = ""
        self._vpc: str | None = params["vpc"]
        self._rules: list[Json] = []

    def read(self) -> State | None:
        if not self._removing:
            self._rules = self._wanted_rules()
        filters = {"group-name": self._params["name"], **({"vpc-id": self._vpc} if self._vpc else {})}
        found = self._session.find("describe_security_groups", "SecurityGroups", self.title, filters)
        if self._vpc is None and (len(found) > 1 or not (found or self._removing)):
            self._vpc = default_vpc(self._session, self.title)
            found = [group for group in found if group["VpcId"] == self._vpc]
        if not found:
            return None
        self._id = found[0]["GroupId"]
        self._see_whose(self._id, found[0])
        return from_api(found[0])

    def plan(self, live: State | None) -> Sequence[Step]:
        if self._removing:
            return plan(None, self._ours_only(live), title=self.title)
        self._refuse_foreign()
        steps = self._plan_creation() if live is None else self._plan_tags(live)
        before = live["rules"] if live else []
        if before != self._rules:
            steps.append(Step("set_rules", {"rules": before}, {"rules": self._rules}))
        return steps

    def apply(self, step: Step) -> None:
        if step.action == "create":
            made = self._session.call("create_security_group", self.title, **to_api(step.after))
            self._id = made["GroupId"]
        elif step.action == "set_rules":
            self._set_rules(step.before["rules"], step.after["rules"])
        elif step.action == "set_tags":
            self._set_tags(self._id, step)
        else:
            # The network interface of an instance that has just been terminated holds it for a moment. What is gone
            # already was removed by a request whose reply was lost.
            with contextlib.suppress(NotFoundError):
                self._session.patiently(lambda: self._call("delete_security_group"), "DependencyViolation")

    def warnings(self) -> Sequence[str]:
        known = list(super().warnings())
        if any(rule["from_port"] == SSH and rule["source"] == WORLD for rule in self._rules):
            known.append(
                f"{self.title}: SSH is open to the whole Internet. Its keys alone keep others out; ssh_from=my_ip, or "
                "networks of yours, lets nobody else knock."
            )
        return known

    def _plan_creation(self) -> list[Step]:
        params = self._params
        description = params["description"] or f"Workstation {self._owner}"
        made = {"name": params["name"], "vpc": self._vpc, "description": description}
        return [Step("create", {}, {**made, "tags": self._wanted_tags(None)})]

    def _wanted_rules(self) -> list[Json]:
        params = self._params
        sources = {self._source(text) for text in params["ssh_from"]}
        open_ports = [port for port, asked in ((HTTP, params["http"]), (HTTPS, params["https"])) if asked]
        return ordered([*(_rule(SSH, source) for source in sources), *(_rule(port, WORLD) for port in open_ports)])

    def _source(self, text: str) -> str:
        if text == "world":
            return WORLD
        if text == "my_ip":
            return caller.network(self._params["my_ip_url"])
        try:
            return str(ipaddress.ip_network(text, strict=False))
        except ValueError as error:
            raise CloudError(
                f"ssh_from: {text!r} is not a network. Give world, my_ip, or networks such as 192.0.2.0/24."
            ) from error

    def _set_rules(self, before: Sequence[Json], after: Sequence[Json]) -> None:
        """What is new comes before what is old goes, so that nobody is locked out in between."""
        new = [permission(rule) for rule in after if rule not in before]
        old = [permission(rule) for rule in before if rule not in after]
        if new:
            # A group that has just been made is not known everywhere at once.
            self._session.patiently(
                lambda: self._call("authorize_security_group_ingress", IpPermissions=new), "InvalidGroup.NotFound"
            )
        if old:
            try:
                self._call("revoke_security_group_ingress", IpPermissions=old)
            except NotFoundError as error:
                raise UncertainError(f"{self.title}: its rules changed meanwhile") from error

    def _call(self, operation: str, **parameters: Any) -> Json:
        return self._session.call(operation, self.title, GroupId=self._id, **parameters)


def _rule(port: int, source: str) -> Json:
    return {"protocol": "tcp", "from_port": port, "to_port": port, "source": source}


def ordered(rules: Iterable[Json]) -> list[Json]:
    """Rules in one order, so that a list written differently is not a difference."""
    return sorted(
        rules, key=lambda rule: (rule["protocol"], rule["from_port"] or 0, rule["to_port"] or 0, rule["source"])
    )


def from_api(found: Mapping[str, Any]) -> Json:
    """A group as the API answers it, in the module's terms; each rule with the one source that it lets in."""
    return {
        "name": found["GroupName"],
        "id": found["GroupId"],
        "vpc": found.get("VpcId"),
        "description": found.get("Description"),
        "rules": ordered(
            {
                "protocol": entry["IpProtocol"],
                "from_port": entry.get("FromPort"),
                "to_port": entry.get("ToPort"),
                "source": source,
            }
            for entry in found.get("IpPermissions") or ()
            for source in _sources(entry)
        ),
        "tags": tags.from_api(found.get("Tags")),
    }


def _sources(entry: Mapping[str, Any]) -> list[str]:
    kinds = (("IpRanges", "CidrIp"), ("Ipv6Ranges", "CidrIpv6"), ("UserIdGroupPairs", "GroupId"))
    pairs = (*kinds, ("PrefixListIds", "PrefixListId"))
    return [str(source[key]) for kind, key in pairs for source in entry.get(kind) or ()]


def permission(rule: Mapping[str, Any]) -> Json:
    """A rule as the API takes it."""
    source = rule["source"]
    if source.startswith("sg-"):
        let_in: Json = {"UserIdGroupPairs": [{"GroupId": source}]}
    elif source.startswith("pl-"):
        let_in = {"PrefixListIds": [{"PrefixListId": source}]}
    elif ":" in source:
        let_in = {"Ipv6Ranges": [{"CidrIpv6": source}]}
    else:
        let_in = {"IpRanges": [{"CidrIp": source}]}
    ports = {"FromPort": rule["from_port"], "ToPort": rule["to_port"]} if rule["from_port"] is not None else {}
    return {"IpProtocol": rule["protocol"], **ports, **let_in}


def to_api(state: State) -> Json:
    """The request that makes a group, without rules."""
    return {
        "GroupName": state["name"],
        "Description": state["description"],
        "VpcId": state["vpc"],
        "TagSpecifications": [tags.specification("security-group", state["tags"])],
    }

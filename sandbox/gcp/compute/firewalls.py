# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Firewall rules; every change reaches the hosts before its operation ends."""

from __future__ import annotations

import ipaddress
import re

from sandbox.gcp.cloud import Call, handles
from sandbox.gcp.compute import common, guests, networks, quotas
from sandbox.gcp.discovery import Json
from sandbox.gcp.errors import ApiError, invalid
from sandbox.gcp.listing import listed
from sandbox.gcp.operations import Work
from sandbox.gcp.store import Resource

PROTOCOLS = {"1": "icmp", "6": "tcp", "17": "udp", "50": "esp", "51": "ah", "94": "ipip", "132": "sctp"}
WITH_PORTS = ("tcp", "udp", "sctp")
SOURCES = ("sourceRanges", "sourceTags", "sourceServiceAccounts")
ANYWHERE = ["0.0.0.0/0"]
# What a rule keeps when it is replaced; the rest is the caller's.
OWN = ("kind", "id", "creationTimestamp", "name", "selfLink", "network", "direction")


@handles("compute.firewalls.get")
def get_firewall(call: Call) -> Json:
    """firewalls.get."""
    return common.get(call, call.path)


@handles("compute.firewalls.list")
def list_firewalls(call: Call) -> Json:
    """firewalls.list."""
    return listed(call, call.cloud.store.children(call.collection))


@handles("compute.firewalls.insert")
def insert_firewall(call: Call) -> Json:
    """firewalls.insert."""
    path = common.check_new(call, call.body["name"])
    quotas.check_project(call.cloud, call.project, "FIREWALLS")
    rule = _rule(call, common.base("firewall", path), call.body)
    prepare = _putting(call, rule)
    return call.cloud.operations.start(call, "insert", path, lambda: guests.push_rules(call.cloud), prepare)


@handles("compute.firewalls.patch")
def patch_firewall(call: Call) -> Json:
    """firewalls.patch: the fields given replace the rule's, null clears one."""
    path, current = common.named(call)
    body = {**current, **call.body}
    return _replace(call, "patch", path, {key: value for key, value in body.items() if value is not None})


@handles("compute.firewalls.update")
def update_firewall(call: Call) -> Json:
    """firewalls.update: the whole rule is replaced."""
    path, current = common.named(call)
    if not call.body.get("name"):
        raise invalid("resource.name", "", "The name of the rule is required.")
    kept = {name: current[name] for name in ("network", "direction")}
    return _replace(call, "update", path, {**kept, **call.body})


@handles("compute.firewalls.delete")
def delete_firewall(call: Call) -> Json:
    """firewalls.delete."""
    path, _ = common.named(call)

    def work() -> None:
        with call.cloud.store.change():
            call.cloud.store.resources.pop(path)
        guests.push_rules(call.cloud)

    return call.cloud.operations.start(call, "delete", path, work)


def _replace(call: Call, kind: str, path: str, body: Json) -> Json:
    current = common.get(call, path)
    if body.get("name", current["name"]) != current["name"]:
        raise invalid("resource.name", body["name"], f"The rule's name cannot change; it is '{current['name']}'.")
    if body.get("direction", current["direction"]) != current["direction"]:
        raise invalid("resource.direction", body["direction"], "The direction of a firewall cannot be changed.")
    own = {key: current[key] for key in OWN}
    rule = _rule(call, own, body)
    if rule["network"] != current["network"]:
        raise invalid("resource.network", body["network"], "The network of a firewall cannot be changed.")

    def work() -> None:
        _putting(call, rule)()
        guests.push_rules(call.cloud)

    return call.cloud.operations.start(call, kind, path, work)


def _putting(call: Call, rule: Resource) -> Work:
    def put() -> None:
        with call.cloud.store.change():
            call.cloud.store.resources[common.path_of(rule)] = rule

    return put


def _rule(call: Call, own: Resource, body: Json) -> Resource:
    """The rule as the API shows it, from what the caller sends."""
    direction = body.get("direction", "INGRESS")
    _check(body, direction)
    ranges = "sourceRanges" if direction == "INGRESS" else "destinationRanges"
    rule = {
        **own,
        "description": body.get("description", ""),
        "network": networks.find(call, "resource.network", body.get("network", ""))["selfLink"],
        "priority": body.get("priority", 1000),
        "direction": direction,
        "disabled": body.get("disabled", False),
        "logConfig": body.get("logConfig", {"enable": False}),
    }
    action = "allowed" if body.get("allowed") else "denied"
    rule[action] = [_normal(f"resource.{action}[{index}]", entry) for index, entry in enumerate(body[action])]
    lists = ("sourceRanges", "destinationRanges", "sourceTags", "targetTags", *_ACCOUNTS)
    rule |= {name: list(body[name]) for name in lists if body.get(name)}
    if not any(rule.get(name) for name in (ranges, "sourceTags", "sourceServiceAccounts")):
        rule[ranges] = list(ANYWHERE)
    return rule


_ACCOUNTS = ("sourceServiceAccounts", "targetServiceAccounts")


def _check(body: Json, direction: str) -> None:
    if bool(body.get("allowed")) == bool(body.get("denied")):
        raise invalid("resource", "", "Exactly one of 'allowed' and 'denied' must be specified.")
    if not 0 <= body.get("priority", 1000) <= 65535:
        raise invalid("resource.priority", body["priority"], "Must be between 0 and 65535, inclusive.")
    if direction == "EGRESS" and any(body.get(name) for name in SOURCES):
        raise invalid("resource.sourceRanges", "", "Sources cannot be specified for an EGRESS rule.")
    if direction == "INGRESS" and body.get("destinationRanges") and body.get("sourceTags"):
        raise ApiError(400, "invalid", "destinationRanges and sourceTags cannot be specified together.")
    for name in ("sourceRanges", "destinationRanges"):
        for index, span in enumerate(body.get(name, ())):
            _check_range(f"resource.{name}[{index}]", span)
    for name in ("sourceTags", "targetTags"):
        for index, tag in enumerate(body.get(name, ())):
            if not re.fullmatch(common.NAME, tag):
                raise invalid(f"resource.{name}[{index}]", tag, f"Must be a match of regex '{common.NAME}'")


def _check_range(field: str, span: str) -> None:
    try:
        ipaddress.ip_network(span)
    except ValueError as error:
        raise invalid(field, span, "Must be a valid CIDR address range with no bits set beyond its prefix.") from error


def _normal(field: str, entry: Json) -> Json:
    """A protocol and its ports as the API shows them: names for the numbers it knows, in lower case."""
    protocol = entry.get("IPProtocol", "").lower()
    protocol = PROTOCOLS.get(protocol, protocol)
    if protocol != "all" and protocol not in PROTOCOLS.values() and not _is_number(protocol, 255):
        raise invalid(f"{field}.IPProtocol", protocol, "Must be a protocol name or number.")
    ports = entry.get("ports", [])
    if ports and protocol not in WITH_PORTS:
        why = f"Ports may only be specified on rules whose protocol is one of [TCP, UDP, SCTP], not {protocol}."
        raise invalid(f"{field}.ports", ports[0], why)
    for index, port in enumerate(ports):
        bounds = port.split("-")
        if len(bounds) > 2 or not all(_is_number(bound, 65535) for bound in bounds) or int(bounds[0]) > int(bounds[-1]):
            raise invalid(f"{field}.ports[{index}]", port, "Must be an integer or range of integers from 0 to 65535.")
    return {"IPProtocol": protocol} | ({"ports": list(ports)} if ports else {})


def _is_number(text: str, limit: int) -> bool:
    return text.isascii() and text.isdecimal() and int(text) <= limit

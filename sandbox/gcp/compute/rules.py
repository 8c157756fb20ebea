# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Firewall rules as one instance's host is to apply them."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator, Sequence

from sandbox.driver import PortRule
from sandbox.gcp.store import Resource

APPLICABLE = ("tcp", "udp", "icmp", "all")


def resolve(firewalls: Iterable[Resource], instance: Resource, instances: Sequence[Resource]) -> list[PortRule]:
    """What may come in, in the order in which Google tries it: by priority, and among equals denials first."""
    applying = [rule for rule in firewalls if _applies(rule, instance)]
    applying.sort(key=lambda rule: (rule["priority"], "denied" not in rule, rule["name"]))
    return [port for rule in applying for port in _ports(rule, instances)]


def _applies(rule: Resource, instance: Resource) -> bool:
    if rule["direction"] != "INGRESS" or rule["disabled"]:
        return False
    if rule["network"] not in (nic["network"] for nic in instance["networkInterfaces"]):
        return False
    if "targetServiceAccounts" in rule:
        return bool(_accounts(instance) & set(rule["targetServiceAccounts"]))
    return "targetTags" not in rule or bool(_tags(instance) & set(rule["targetTags"]))


def _ports(rule: Resource, instances: Sequence[Resource]) -> Iterator[PortRule]:
    sources = tuple(_sources(rule, instances))
    if not sources:
        return
    allow = "allowed" in rule
    for entry in rule["allowed" if allow else "denied"]:
        if entry["IPProtocol"] in APPLICABLE:
            yield PortRule(entry["IPProtocol"], tuple(entry.get("ports", ())), sources, allow)


def _sources(rule: Resource, instances: Sequence[Resource]) -> Iterator[str]:
    """Ranges, and the addresses of the machines that source tags or accounts name. The hosts have IPv4 only."""
    yield from (span for span in rule.get("sourceRanges", ()) if ipaddress.ip_network(span).version == 4)
    tags, accounts = set(rule.get("sourceTags", ())), set(rule.get("sourceServiceAccounts", ()))
    for instance in instances:
        if _tags(instance) & tags or _accounts(instance) & accounts:
            yield from (f"{address}/32" for address in addresses(instance))


def addresses(instance: Resource) -> list[str]:
    """An instance's addresses, internal and public."""
    nics = instance["networkInterfaces"]
    public = [config["natIP"] for nic in nics for config in nic.get("accessConfigs", ()) if "natIP" in config]
    return [*(nic["networkIP"] for nic in nics), *public]


def _tags(instance: Resource) -> set[str]:
    return set(instance["tags"].get("items", ()))


def _accounts(instance: Resource) -> set[str]:
    return {account["email"] for account in instance.get("serviceAccounts", ())}

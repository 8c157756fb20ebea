# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Security groups as one instance's host is to apply them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from sandbox.driver import PortRule

_PROTOCOLS = {"-1": "all", "tcp": "tcp", "udp": "udp", "icmp": "icmp"}


def resolve(machine_groups: Iterable[Any], neighbours: Iterable[Any]) -> tuple[PortRule, ...]:
    """What the groups of an instance let in; neighbours are the instances that rules may name by their groups."""
    around = list(neighbours)
    rules = [rule for group in machine_groups for rule in group.ingress_rules]
    return tuple(found for rule in rules for found in _ports(rule, around))


def _ports(rule: Any, neighbours: Iterable[Any]) -> Iterator[PortRule]:
    sources = tuple(_sources(rule, neighbours))
    # Other protocols (and IPv6, which hosts do not have) have no way in anyhow.
    if sources and rule.ip_protocol in _PROTOCOLS:
        yield PortRule(_PROTOCOLS[rule.ip_protocol], _range(rule), sources)


def _range(rule: Any) -> tuple[str, ...]:
    """The ports; for ICMP the fields hold type and code instead, which hosts do not tell apart."""
    if rule.ip_protocol not in ("tcp", "udp"):
        return ()
    first, last = rule.from_port, rule.to_port
    return (str(first),) if first == last else (f"{first}-{last}",)


def _sources(rule: Any, neighbours: Iterable[Any]) -> Iterator[str]:
    if rule.cidr_ipv4:
        yield rule.cidr_ipv4
    group = rule.source_group.get("GroupId")
    for instance in neighbours:
        if group in [member.id for member in instance.security_groups]:
            addresses = (instance.private_ip_address, instance.public_ip_address)
            yield from (f"{address}/32" for address in addresses if address)

# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Security groups as one instance's host is to apply them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from sandbox.driver import PortRule

Members = Callable[[str], Iterable[Any]]

_PROTOCOLS = {"-1": "all", "tcp": "tcp", "udp": "udp", "icmp": "icmp"}


def resolve(groups: Iterable[Any], members: Members) -> tuple[PortRule, ...]:
    """What the groups of an instance let in; members are the instances of a group that a rule may name."""
    return tuple(found for group in groups for rule in group.ingress_rules for found in _ports(rule, members))


def _ports(rule: Any, members: Members) -> Iterator[PortRule]:
    sources = tuple(_sources(rule, members))
    # Other protocols (and IPv6, which hosts do not have) have no way in anyhow.
    if sources and rule.ip_protocol in _PROTOCOLS:
        yield PortRule(_PROTOCOLS[rule.ip_protocol], _range(rule), sources)


def _range(rule: Any) -> tuple[str, ...]:
    """The ports; for ICMP the fields hold type and code instead, which hosts do not tell apart."""
    if rule.ip_protocol not in ("tcp", "udp"):
        return ()
    first, last = rule.from_port, rule.to_port
    return (str(first),) if first == last else (f"{first}-{last}",)


def _sources(rule: Any, members: Members) -> Iterator[str]:
    if rule.cidr_ipv4:
        yield rule.cidr_ipv4
    if rule.source_group:
        for instance in members(rule.source_group["GroupId"]):
            addresses = (instance.private_ip_address, instance.public_ip_address)
            yield from (f"{address}/32" for address in addresses if address)

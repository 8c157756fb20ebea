# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A host's ingress as an nftables ruleset: nothing comes in that no rule lets in."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Sequence

from sandbox.driver import HostError, PortRule

# Connection tracking (-200) has seen a packet by then, but a nested engine's port publishing (-100) has not:
# a published port is still the port that the rules name. Loopback and the nested networks are not ingress.
_RULESET = """\
add table inet sandbox
delete table inet sandbox
table inet sandbox {{
  chain ingress {{
    type filter hook prerouting priority -150; policy accept;
    iifname != "eth*" accept
    ct state established,related accept
    icmpv6 type {{ nd-neighbor-solicit, nd-neighbor-advert, nd-router-advert }} accept
{rules}    drop
  }}
}}
"""
_PORTS = re.compile(r"\d{1,5}(-\d{1,5})?")
_PROTOCOLS = {"tcp": "meta l4proto tcp", "udp": "meta l4proto udp", "icmp": "meta l4proto icmp", "all": ""}


def render(rules: Sequence[PortRule]) -> str:
    """The ruleset as a file that nft loads in one transaction, in place of the one before."""
    return _RULESET.format(rules="".join(f"    {line}\n" for rule in rules for line in _lines(rule)))


def _lines(rule: PortRule) -> Iterator[str]:
    verdict = "accept" if rule.allow else "drop"
    for source in rule.sources:
        for match in _matches(rule):
            yield " ".join(filter(None, (_source(source), match, verdict)))


def _matches(rule: PortRule) -> list[str]:
    if rule.protocol not in _PROTOCOLS:
        raise HostError(f"a firewall rule for protocol {rule.protocol!r}: the sandbox knows tcp, udp, icmp and all")
    if not rule.ports:
        return [_PROTOCOLS[rule.protocol]]
    if rule.protocol not in ("tcp", "udp") or not all(_PORTS.fullmatch(ports) for ports in rule.ports):
        ports = ", ".join(rule.ports)
        raise HostError(f"a firewall rule with ports {ports} for {rule.protocol}: give tcp or udp, and numbers")
    return [f"{rule.protocol} dport {ports}" for ports in rule.ports]


def _source(text: str) -> str:
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError as error:
        raise HostError(f"a firewall rule with source {text!r}: {error}") from error
    return f"{'ip' if network.version == 4 else 'ip6'} saddr {network}"

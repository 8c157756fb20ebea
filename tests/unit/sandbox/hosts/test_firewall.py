# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The rulesets that hosts load."""

from __future__ import annotations

import pytest

from sandbox.driver import HostError, PortRule
from sandbox.firewall import render

ANYWHERE = ("0.0.0.0/0",)


def lines(*rules: PortRule) -> list[str]:
    """What stands in the chain between the fixed beginning and the final drop."""
    chain = [line.strip() for line in render(rules).splitlines()]
    first = next(number for number, line in enumerate(chain) if line.startswith("icmpv6")) + 1
    return chain[first : chain.index("drop")]


def test_without_rules_only_answers_come_in() -> None:
    text = render([])
    assert "ct state established,related accept" in text
    assert lines() == []
    assert text.rstrip().endswith("drop\n  }\n}")


def test_ruleset_replaces_itself_in_one_transaction() -> None:
    statements = [line for line in render([]).splitlines() if "table" in line]
    assert statements == ["add table inet sandbox", "delete table inet sandbox", "table inet sandbox {"]


def test_published_ports_are_met_before_their_translation() -> None:
    assert "hook prerouting priority -150" in render([])


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (PortRule("tcp", ("22",), ANYWHERE), ["ip saddr 0.0.0.0/0 tcp dport 22 accept"]),
        (
            PortRule("tcp", ("80", "8000-8010"), ANYWHERE),
            ["ip saddr 0.0.0.0/0 tcp dport 80 accept", "ip saddr 0.0.0.0/0 tcp dport 8000-8010 accept"],
        ),
        (PortRule("udp", (), ANYWHERE), ["ip saddr 0.0.0.0/0 meta l4proto udp accept"]),
        (PortRule("icmp", (), ANYWHERE), ["ip saddr 0.0.0.0/0 meta l4proto icmp accept"]),
        (PortRule("all", (), ("10.0.0.0/8",)), ["ip saddr 10.0.0.0/8 accept"]),
        (PortRule("tcp", ("22",), ("10.1.2.3",)), ["ip saddr 10.1.2.3/32 tcp dport 22 accept"]),
        (PortRule("tcp", ("22",), ("2001:db8::/32",)), ["ip6 saddr 2001:db8::/32 tcp dport 22 accept"]),
        (PortRule("tcp", ("22",), ANYWHERE, allow=False), ["ip saddr 0.0.0.0/0 tcp dport 22 drop"]),
        (PortRule("tcp", ("22",), ()), []),
    ],
)
def test_rule(rule: PortRule, expected: list[str]) -> None:
    assert lines(rule) == expected


def test_rules_keep_their_order() -> None:
    denied = PortRule("tcp", ("22",), ("198.18.0.1/32",), allow=False)
    allowed = PortRule("tcp", ("22",), ANYWHERE)
    assert [line.split()[-1] for line in lines(denied, allowed)] == ["drop", "accept"]


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        (PortRule("gre", (), ANYWHERE), "protocol 'gre'"),
        (PortRule("icmp", ("8",), ANYWHERE), "ports 8 for icmp"),
        (PortRule("tcp", ("22 accept",), ANYWHERE), "ports 22 accept for tcp"),
        (PortRule("tcp", ("22",), ("anywhere",)), "source 'anywhere'"),
    ],
)
def test_what_is_no_rule_is_refused(rule: PortRule, message: str) -> None:
    with pytest.raises(HostError, match=message):
        render([rule])

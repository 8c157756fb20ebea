# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Firewall rules as resources, and as what reaches the hosts."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sandbox.driver import PortRule
from sandbox.gcp import catalog
from tests.unit.sandbox.gcp.support import Api, FakeHosts, Json, P, Z

RULES = f"{P}/global/firewalls"
WEB = [{"IPProtocol": "tcp", "ports": ["80"]}]
ANY = ("0.0.0.0/0",)


def rules_of(hosts: FakeHosts, name: str = "mlops-zoom") -> list[PortRule]:
    """What a host was told last, without the rules every project starts with."""
    first = {("0.0.0.0/0",), ("10.128.0.0/9",)}
    return [rule for rule in hosts.made[name].rules if rule.sources not in first or rule.ports == ("80",)]


def test_defaults(rule: Callable[..., Json]) -> None:
    made = rule("web")
    assert (made["priority"], made["direction"], made["disabled"]) == (1000, "INGRESS", False)
    assert made["sourceRanges"] == ["0.0.0.0/0"]
    assert made["network"].endswith(f"{P}/global/networks/default")
    assert made["id"].isdecimal()


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "Exactly one of 'allowed' and 'denied'"),
        ({"allowed": WEB, "denied": WEB}, "Exactly one of 'allowed' and 'denied'"),
        ({"allowed": WEB, "priority": 65536}, "Must be between 0 and 65535"),
        ({"allowed": WEB, "sourceRanges": ["10.0.0.1/8"]}, "Must be a valid CIDR address range"),
        ({"allowed": WEB, "targetTags": ["Web"]}, "resource.targetTags[0]"),
        ({"allowed": WEB, "network": "global/networks/other"}, "The referenced network resource cannot be found."),
        ({"allowed": WEB, "network": "global/routers/x"}, "The URL is malformed."),
        ({"allowed": WEB, "direction": "EGRESS", "sourceRanges": ["10.0.0.0/8"]}, "EGRESS"),
        ({"allowed": [{"IPProtocol": "icmp", "ports": ["80"]}]}, "Ports may only be specified"),
        ({"allowed": [{"IPProtocol": "tcp", "ports": ["90-80"]}]}, "from 0 to 65535"),
        ({"allowed": [{"IPProtocol": "tcp", "ports": ["http"]}]}, "from 0 to 65535"),
        ({"allowed": [{"IPProtocol": "quic"}]}, "protocol name or number"),
    ],
)
def test_refusals(api: Api, body: Json, message: str) -> None:
    status, _, text = api.error("POST", RULES, {"name": "web", **body})
    assert status == 400
    assert message in text


def test_taken_name(api: Api, rule: Callable[..., Json]) -> None:
    rule("web")
    found = api.error("POST", RULES, {"name": "web", "allowed": WEB})
    assert found == (409, "alreadyExists", f"The resource '{RULES}/web' already exists")


def test_protocol_numbers_become_names(rule: Callable[..., Json]) -> None:
    made = rule("web", allowed=[{"IPProtocol": "TCP", "ports": ["80"]}, {"IPProtocol": "17"}, {"IPProtocol": "88"}])
    assert [entry["IPProtocol"] for entry in made["allowed"]] == ["tcp", "udp", "88"]


def test_patch_keeps_what_it_does_not_name(api: Api, rule: Callable[..., Json]) -> None:
    before = rule("web", sourceRanges=["0.0.0.0/0", "10.0.0.0/8"], targetTags=["web"], description="x")
    api.did("PATCH", f"{RULES}/web", {"sourceRanges": ["10.0.0.0/8"], "description": None})
    after = api.get(f"{RULES}/web")
    assert after["sourceRanges"] == ["10.0.0.0/8"]
    assert after["description"] == ""
    assert {key: after[key] for key in ("id", "targetTags", "allowed")} == {
        key: before[key] for key in ("id", "targetTags", "allowed")
    }


def test_update_replaces_everything(api: Api, rule: Callable[..., Json]) -> None:
    rule("web", targetTags=["web"], priority=5)
    api.did("PUT", f"{RULES}/web", {"name": "web", "denied": [{"IPProtocol": "all"}]})
    after = api.get(f"{RULES}/web")
    assert (after["priority"], after["denied"]) == (1000, [{"IPProtocol": "all"}])
    assert not {"targetTags", "allowed"} & after.keys()


@pytest.mark.parametrize("change", [{"direction": "EGRESS"}, {"name": "other"}])
def test_what_cannot_change(api: Api, rule: Callable[..., Json], change: Json) -> None:
    rule("web")
    assert api.error("PATCH", f"{RULES}/web", change)[0] == 400


def test_delete(api: Api, rule: Callable[..., Json]) -> None:
    rule("web")
    api.did("DELETE", f"{RULES}/web")
    assert api.error("GET", f"{RULES}/web")[0] == 404
    assert api.error("DELETE", f"{RULES}/web")[0] == 404


def test_too_many(api: Api, rule: Callable[..., Json], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(catalog.table()["quotas"]["project"], "FIREWALLS", 5)
    rule("web")
    status, reason, message = api.error("POST", RULES, {"name": "one-more", "allowed": WEB})
    assert (status, reason) == (403, "quotaExceeded")
    assert message == "Quota 'FIREWALLS' exceeded.  Limit: 5.0 globally."


def test_hosts_begin_with_the_rules_of_their_network(hosts: FakeHosts, make: Callable[..., Json]) -> None:
    make()
    rules = hosts.made["mlops-zoom"].rules
    assert PortRule("tcp", ("22",), ANY) in rules
    assert PortRule("icmp", (), ANY) in rules
    assert PortRule("udp", ("0-65535",), ("10.128.0.0/9",)) in rules


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, [PortRule("tcp", ("80",), ANY)]),
        ({"targetTags": ["web"]}, [PortRule("tcp", ("80",), ANY)]),
        ({"targetTags": ["other", "web"]}, [PortRule("tcp", ("80",), ANY)]),
        ({"targetTags": ["other"]}, []),
        ({"disabled": True}, []),
        ({"direction": "EGRESS"}, []),
        ({"denied": WEB}, [PortRule("tcp", ("80",), ANY, allow=False)]),
        ({"sourceRanges": ["10.0.0.0/8", "2001:db8::/32"]}, [PortRule("tcp", ("80",), ("10.0.0.0/8",))]),
        ({"sourceTags": ["bastion"]}, []),
        ({"targetServiceAccounts": ["x@y.example"]}, []),
        ({"allowed": [{"IPProtocol": "esp"}]}, []),
    ],
)
def test_what_reaches_a_host(
    hosts: FakeHosts, make: Callable[..., Json], rule: Callable[..., Json], body: Json, expected: list[PortRule]
) -> None:
    make(tags={"items": ["web"]})
    rule("web", **body)
    assert rules_of(hosts) == expected


def test_order_is_by_priority_and_denials_come_first(
    hosts: FakeHosts, make: Callable[..., Json], rule: Callable[..., Json]
) -> None:
    make()
    rule("late", priority=2000, sourceRanges=["10.3.0.0/16"])
    rule("allowing", priority=900, sourceRanges=["10.1.0.0/16"])
    rule("denying", priority=900, denied=WEB, sourceRanges=["10.2.0.0/16"])
    assert [found.sources[0][:4] for found in rules_of(hosts)] == ["10.2", "10.1", "10.3"]


def test_source_tags_are_the_addresses_of_machines(
    hosts: FakeHosts, make: Callable[..., Json], rule: Callable[..., Json]
) -> None:
    make()
    rule("web", sourceTags=["bastion"])
    bastion = make("bastion", tags={"items": ["bastion"]})
    nic = bastion["networkInterfaces"][0]
    expected = (f"{nic['networkIP']}/32", f"{nic['accessConfigs'][0]['natIP']}/32")
    assert rules_of(hosts) == [PortRule("tcp", ("80",), expected)]


def test_changes_reach_the_hosts(
    api: Api, hosts: FakeHosts, make: Callable[..., Json], rule: Callable[..., Json]
) -> None:
    tags = make(tags={"items": ["web"]})["tags"]
    rule("web", targetTags=["web"])
    assert len(rules_of(hosts)) == 1
    api.did("PATCH", f"{RULES}/web", {"disabled": True})
    assert rules_of(hosts) == []
    api.did("PATCH", f"{RULES}/web", {"disabled": False})
    api.did("POST", f"{Z}/instances/mlops-zoom/setTags", {"fingerprint": tags["fingerprint"]})
    assert rules_of(hosts) == []
    api.did("DELETE", f"{RULES}/default-allow-ssh")
    assert PortRule("tcp", ("22",), ANY) not in hosts.made["mlops-zoom"].rules


def test_a_host_that_cannot_be_told_is_the_operations_error(
    api: Api, hosts: FakeHosts, make: Callable[..., Json]
) -> None:
    make()
    hosts.failing = {"set_rules"}
    error = api.failed("POST", RULES, {"name": "web", "allowed": WEB})
    assert error == {"code": "INTERNAL_ERROR", "message": "the engine refused to set_rules"}

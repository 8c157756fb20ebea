# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Firewall rules."""

from __future__ import annotations

from typing import Any

import pytest

from plugins.module_utils.gcp.resources.firewall import Firewall, from_api, normal_rules, to_api
from plugins.module_utils.resource import CloudError, Step
from tests.unit.plugins.module_utils.gcp.resources.conftest import Cloud

RULE: dict[str, Any] = {
    "name": "mlops-zoom-allow-http",
    "network": "default",
    "description": "HTTP from anywhere",
    "allowed": [{"protocol": "tcp", "ports": ["80"]}],
    "denied": None,
    "source_ranges": ["0.0.0.0/0", "10.0.0.0/8"],
    "target_tags": ["http-server"],
    "priority": None,
    "disabled": None,
    "logging": None,
    "state": "present",
}


def test_make_keep_remove(cloud: Cloud) -> None:
    made = cloud.predicted(Firewall, RULE)
    assert made["actions"] == ["create"]
    assert made["resource"]["description"] == "HTTP from anywhere"
    kept = cloud.run(Firewall, RULE)
    assert (kept["changed"], kept["api_calls"]) == (False, 1)
    removed = cloud.predicted(Firewall, {**RULE, "state": "absent"})
    assert (removed["actions"], removed["resource"]) == (["delete"], {})
    assert cloud.run(Firewall, {**RULE, "state": "absent"})["changed"] is False


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("source_ranges", ["10.0.0.0/8"]),
        ("target_tags", ["http-server", "more"]),
        ("allowed", [{"protocol": "tcp", "ports": ["80", "8080"]}, {"protocol": "icmp", "ports": []}]),
        ("priority", 10),
        ("disabled", True),
        ("logging", True),
        ("description", "Something else"),
    ],
)
def test_each_field_is_changed_in_place_and_alone(cloud: Cloud, option: str, value: Any) -> None:
    cloud.run(Firewall, RULE)
    changed = cloud.predicted(Firewall, {**RULE, option: value})
    assert changed["actions"] == ["update"]
    assert list(changed["diff"]["after"]) == [option]
    patches = [entry for entry in cloud.log() if entry["http"] == "PATCH"]
    assert len(patches) == 1
    assert cloud.run(Firewall, {**RULE, option: value})["changed"] is False


def test_an_order_is_not_a_difference(cloud: Cloud) -> None:
    cloud.run(Firewall, RULE)
    assert cloud.run(Firewall, {**RULE, "source_ranges": ["10.0.0.0/8", "0.0.0.0/0", "10.0.0.0/8"]})["changed"] is False
    rules: list[dict[str, Any]] = [{"protocol": "udp", "ports": ["2", "1"]}, {"protocol": "tcp"}]
    assert normal_rules(rules) == normal_rules(
        [{"protocol": "tcp", "ports": []}, {"protocol": "udp", "ports": ["1", "2"]}]
    )


def test_what_others_open_is_closed_by_a_rule_that_denies(cloud: Cloud) -> None:
    deny = {**RULE, "allowed": None, "denied": [{"protocol": "TCP", "ports": ["22"]}], "priority": 2000}
    made = cloud.predicted(Firewall, deny)
    assert (made["resource"]["action"], made["resource"]["allowed"]) == ("deny", [])
    assert made["resource"]["denied"] == [{"protocol": "tcp", "ports": ["22"]}]
    assert cloud.run(Firewall, deny)["changed"] is False
    with pytest.raises(CloudError, match="action is 'deny', wanted 'allow'"):
        cloud.run(Firewall, RULE)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"source_ranges": []}, "source_ranges must not be empty"),
        ({"allowed": []}, "allowed must not be empty"),
        ({"source_ranges": ["10.0.0.1/8"]}, "10.0.0.1/8 has host bits set"),
        ({"source_ranges": ["home"]}, "'home' does not appear to be"),
        ({"source_ranges": None, "allowed": None}, "to make it, allowed or denied and source_ranges must be given"),
    ],
)
def test_a_rule_is_never_open_to_more_than_was_said(cloud: Cloud, change: dict[str, Any], message: str) -> None:
    with pytest.raises(CloudError, match=message):
        cloud.run(Firewall, {**RULE, **change})
    assert not [entry for entry in cloud.log() if entry["mutating"]]


def test_an_address_is_a_range_of_one(cloud: Cloud) -> None:
    made = cloud.predicted(Firewall, {**RULE, "source_ranges": ["203.0.113.7"]})
    assert made["resource"]["source_ranges"] == ["203.0.113.7/32"]
    assert cloud.run(Firewall, {**RULE, "source_ranges": ["203.0.113.7/32"]})["changed"] is False


def test_one_that_has_gone_meanwhile_is_removed_all_the_same(cloud: Cloud) -> None:
    cloud.run(Firewall, RULE)
    cloud.fault(method="compute.firewalls.delete", kind="drop_after", times=1)
    assert cloud.run(Firewall, {**RULE, "state": "absent"})["actions"] == ["delete"]
    session = cloud.session()
    late = Firewall(session, {**RULE, "workstation": "mlops-zoom", "state": "absent"})
    late.apply(Step("delete", {}, {}))
    assert late.read() is None


def test_what_is_not_ours_is_left_alone(cloud: Cloud) -> None:
    foreign = {**RULE, "name": "default-allow-ssh"}
    with pytest.raises(CloudError, match=r"not marked.*firewall-rules update default-allow-ssh"):
        cloud.run(Firewall, foreign)
    result = cloud.run(Firewall, {**foreign, "state": "absent"})
    assert result["changed"] is False
    assert "left alone" in result["warnings"][0]
    assert not [entry for entry in cloud.log() if entry["mutating"]]


def test_another_network_is_refused(cloud: Cloud) -> None:
    cloud.run(Firewall, RULE)
    with pytest.raises(CloudError, match="network is 'default', wanted 'other'"):
        cloud.run(Firewall, {**RULE, "network": "other"})


def test_the_mark_stands_in_the_api_and_not_in_the_result() -> None:
    body = to_api({"name": "a", "description": "Why"}, "p", "mlops-zoom")
    assert body["description"] == "Why [workstation=mlops-zoom]"
    assert from_api({"name": "a", "description": body["description"]}, "mlops-zoom")["description"] == "Why"
    assert to_api({"name": "a"}, "p", "mlops-zoom")["description"] == "[workstation=mlops-zoom]"

# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Elastic IP addresses."""

from __future__ import annotations

from typing import Any

import pytest

from plugins.module_utils.aws.resources.elastic_ip import ElasticIp
from plugins.module_utils.aws.resources.instance import Instance
from plugins.module_utils.resource import CloudError
from tests.unit.plugins.module_utils.aws.resources.conftest import WORKSTATION, Cloud

Options = dict[str, Any]

ADDRESS: Options = {"name": None, "associate": True, "tags": None, "state": "present"}


def addresses(cloud: Cloud) -> list[dict[str, Any]]:
    return cloud.session().find("describe_addresses", "Addresses", "", {})


def test_make_keep_release(cloud: Cloud, machine: Options) -> None:
    instance = cloud.run(Instance, machine)["resource"]
    made = cloud.predicted(ElasticIp, ADDRESS)
    assert made["actions"] == ["allocate", "associate"]
    assert made["resource"]["instance"] == instance["id"]
    assert made["resource"]["tags"] == {"Name": WORKSTATION, "workstation": WORKSTATION}
    assert made["resource"]["address"] not in (None, instance["public_ip"])
    kept = cloud.run(ElasticIp, ADDRESS)
    assert (kept["changed"], kept["api_calls"]) == (False, 2)
    assert cloud.run(Instance, machine)["resource"]["public_ip"] == made["resource"]["address"]
    gone = cloud.predicted(ElasticIp, {**ADDRESS, "state": "absent"})
    assert (gone["actions"], addresses(cloud)) == (["disassociate", "release"], [])
    assert cloud.run(ElasticIp, {**ADDRESS, "state": "absent"})["changed"] is False


def test_it_stays_over_stop_and_start(cloud: Cloud, machine: Options) -> None:
    cloud.run(Instance, machine)
    made = cloud.run(ElasticIp, ADDRESS)["resource"]["address"]
    cloud.run(Instance, {**machine, "state": "stopped"})
    assert cloud.run(ElasticIp, ADDRESS)["changed"] is False
    assert cloud.run(Instance, machine)["resource"]["public_ip"] == made


def test_it_moves_to_the_instance_that_is_made_anew(cloud: Cloud, machine: Options) -> None:
    cloud.run(Instance, machine)
    made = cloud.run(ElasticIp, ADDRESS)["resource"]["address"]
    cloud.run(Instance, {**machine, "state": "absent"})
    second = cloud.run(Instance, machine)["resource"]["id"]
    moved = cloud.predicted(ElasticIp, ADDRESS)
    assert moved["actions"] == ["associate"]
    assert (moved["resource"]["instance"], moved["resource"]["address"]) == (second, made)


def test_without_an_instance_it_is_predicted_and_not_paid_for(cloud: Cloud) -> None:
    assert cloud.run(ElasticIp, ADDRESS, check_mode=True)["actions"] == ["allocate", "associate"]
    with pytest.raises(CloudError, match=r"no instance to put it on.*ec2_instance.*associate=false"):
        cloud.run(ElasticIp, ADDRESS)
    assert cloud.mutations() == []


def test_it_can_be_had_alone(cloud: Cloud) -> None:
    alone = {**ADDRESS, "associate": False}
    assert cloud.predicted(ElasticIp, alone)["actions"] == ["allocate"]
    kept = cloud.run(ElasticIp, alone)
    assert (kept["changed"], kept["api_calls"]) == (False, 1)
    assert cloud.predicted(ElasticIp, {**alone, "state": "absent"})["actions"] == ["release"]


def test_tags_are_laid_over_what_is_there(cloud: Cloud) -> None:
    alone = {**ADDRESS, "associate": False}
    cloud.run(ElasticIp, {**alone, "tags": {"team": "taxi"}})
    changed = cloud.predicted(ElasticIp, {**alone, "name": "taxi"})
    assert changed["actions"] == ["set_tags"]
    assert changed["resource"]["tags"] == {"Name": "taxi", "team": "taxi", "workstation": WORKSTATION}


@pytest.mark.parametrize(
    ("kind", "more"),
    [("drop_after", {}), ("drop_before", {}), ("throttle", {"times": 2}), ("error", {"status": 500})],
)
def test_a_lost_reply_does_not_leak_a_second_one(cloud: Cloud, machine: Options, kind: str, more: Options) -> None:
    cloud.run(Instance, machine)
    cloud.fault("AllocateAddress", kind, **more)
    assert cloud.run(ElasticIp, ADDRESS)["actions"] == ["allocate", "associate"]
    assert len(addresses(cloud)) == 1


@pytest.mark.parametrize("operation", ["AssociateAddress", "DisassociateAddress", "ReleaseAddress"])
def test_a_change_of_which_the_reply_is_lost_is_done_once(cloud: Cloud, machine: Options, operation: str) -> None:
    cloud.run(Instance, machine)
    if operation != "AssociateAddress":
        cloud.run(ElasticIp, ADDRESS)
    state = {**ADDRESS, "state": "present" if operation == "AssociateAddress" else "absent"}
    cloud.fault(operation, "drop_after")
    assert cloud.run(ElasticIp, state)["changed"] is True
    assert cloud.run(ElasticIp, state)["changed"] is False


def test_more_than_one_with_the_tag_is_an_error_that_names_them(cloud: Cloud) -> None:
    alone = {**ADDRESS, "associate": False}
    first = cloud.run(ElasticIp, alone)["resource"]["id"]
    second = cloud.session().call("allocate_address", "", Domain="vpc")["AllocationId"]
    tag = [{"Key": "workstation", "Value": WORKSTATION}]
    cloud.session().call("create_tags", "", Resources=[second], Tags=tag)
    with pytest.raises(CloudError, match="2 carry the tag") as caught:
        cloud.run(ElasticIp, {**alone, "state": "absent"})
    assert sorted(caught.value.details["found"]) == sorted([first, second])


def test_what_is_not_ours_is_not_seen(cloud: Cloud) -> None:
    cloud.run(ElasticIp, {**ADDRESS, "associate": False, "workstation": "other"})
    assert cloud.run(ElasticIp, {**ADDRESS, "state": "absent"})["changed"] is False
    assert len(addresses(cloud)) == 1

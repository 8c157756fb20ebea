# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Instances."""

from __future__ import annotations

from typing import Any

import pytest

from plugins.module_utils.aws.resources.instance import Instance
from plugins.module_utils.aws.resources.instance_plan import changes
from plugins.module_utils.aws.resources.security_group import SecurityGroup
from plugins.module_utils.resource import CloudError
from tests.unit.plugins.module_utils.aws.resources.conftest import WORKSTATION, Cloud
from tests.unit.plugins.module_utils.aws.resources.test_security_group import GROUP

Options = dict[str, Any]


def instances(cloud: Cloud) -> list[dict[str, Any]]:
    cloud.sleep(10)
    found = cloud.session().find("describe_instances", "Reservations", "", {})
    return [one for reservation in found for one in reservation["Instances"]]


def alive(cloud: Cloud) -> list[dict[str, Any]]:
    return [one for one in instances(cloud) if one["State"]["Name"] not in ("shutting-down", "terminated")]


def test_make_keep_remove(cloud: Cloud, machine: Options) -> None:
    made = cloud.predicted(Instance, machine)
    assert made["actions"] == ["create"]
    found = made["resource"]
    assert (found["state"], found["instance_type"], found["name"]) == ("running", "t2.xlarge", WORKSTATION)
    assert found["tags"] == {"Name": WORKSTATION, "workstation": WORKSTATION}
    volume = (found["root_volume_size"], found["root_volume_type"], found["root_volume_encrypted"])
    assert volume == (30, "gp3", True)
    assert found["metadata_options"] == {"http_tokens": "required", "http_put_response_hop_limit": 2}
    assert found["public_ip"]
    kept = cloud.run(Instance, machine)
    assert (kept["changed"], kept["api_calls"]) == (False, 2)
    assert kept["resource"] == found
    assert cloud.predicted(Instance, {**machine, "state": "absent"})["actions"] == ["delete"]
    assert alive(cloud) == []
    gone = cloud.run(Instance, {**machine, "state": "absent"})
    assert (gone["changed"], gone["api_calls"]) == (False, 1)


def test_it_has_the_name_key_groups_and_tags_asked_for(cloud: Cloud, machine: Options) -> None:
    cloud.run(SecurityGroup, GROUP)
    material = b"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f"
    cloud.session().call("import_key_pair", "", KeyName="mine", PublicKeyMaterial=material)
    asked = {"name": "taxi", "key_name": "mine", "security_groups": ["mlops-zoom-aws"], "tags": {"team": "taxi"}}
    made = cloud.predicted(Instance, {**machine, **asked, "public_ip": True})
    assert made["resource"]["tags"] == {"Name": "taxi", "team": "taxi", "workstation": WORKSTATION}
    assert (made["resource"]["key_name"], made["resource"]["security_groups"]) == ("mine", ["mlops-zoom-aws"])
    assert cloud.run(Instance, {**machine, **asked})["changed"] is False
    by_id = [cloud.run(SecurityGroup, GROUP)["resource"]["id"]]
    assert cloud.run(Instance, {**machine, **asked, "security_groups": by_id})["changed"] is False


def test_identity_is_the_tag_and_neither_image_nor_place_nor_name(cloud: Cloud, machine: Options) -> None:
    first = cloud.run(Instance, machine)["resource"]
    ubuntu = {"image_parameter": None, "image_name": "ubuntu/images/hvm-ssd/ubuntu-jammy-22.04-*"}
    again = cloud.run(Instance, {**machine, **ubuntu, "zones": ["ca-central-1b"], "name": "taxi"})
    assert (again["actions"], again["resource"]["id"]) == (["set_tags"], first["id"])
    assert again["resource"]["name"] == "taxi"


def test_more_than_one_with_the_tag_is_an_error_that_names_them(cloud: Cloud, machine: Options) -> None:
    first = cloud.run(Instance, machine)["resource"]["id"]
    twin = cloud.aws.running()
    tag = [{"Key": "workstation", "Value": WORKSTATION}]
    cloud.session().call("create_tags", "", Resources=[twin], Tags=tag)
    for state in ("started", "absent"):
        with pytest.raises(CloudError, match=r"2 carry the tag.*delete-tags") as caught:
            cloud.run(Instance, {**machine, "state": state})
        assert sorted(caught.value.details["found"]) == sorted([first, twin])


def test_what_is_not_ours_is_not_seen(cloud: Cloud, machine: Options) -> None:
    other = cloud.run(Instance, {**machine, "workstation": "other"})["resource"]["id"]
    assert cloud.run(Instance, {**machine, "state": "absent"})["changed"] is False
    assert [one["InstanceId"] for one in alive(cloud)] == [other]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"instance_types": None}, "instance_types must be given"),
        ({"instance_types": ["t2.xlage"]}, "no instance type 't2.xlage'.*Did you mean .*t2.xlarge"),
        ({"zones": ["ca-central-1x"]}, "no zone .*Did you mean .*ca-central-1a"),
        ({"subnets": ["subnet-0"]}, "no subnet 'subnet-0'"),
        ({"vpc": "vpc-0"}, "no subnet in vpc-0"),
        ({"image_parameter": "/nowhere"}, "no parameter /nowhere .*get-parameters-by-path"),
        ({"image_parameter": None, "image_name": "plan-9*"}, "no image named plan-9"),
        ({"image_parameter": None, "image_id": "ami-0123456789abcdef0"}, "good in one region only"),
        ({"root_volume_size": 1}, "at least 8 GiB"),
        ({"security_groups": ["nobody"]}, "no security group 'nobody'.*ec2_security_group"),
        ({"key_name": "nobody"}, "ec2_key_pair"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_bad_input_is_refused_and_nothing_is_made(
    cloud: Cloud, machine: Options, change: Options, message: str
) -> None:
    with pytest.raises(CloudError, match=message):
        cloud.run(Instance, {**machine, **change})
    assert instances(cloud) == []


def test_without_a_default_vpc_one_is_asked_for(cloud: Cloud, machine: Options) -> None:
    session = cloud.session()
    (vpc,) = session.find("describe_vpcs", "Vpcs", "", {"is-default": "true"})
    for subnet in session.find("describe_subnets", "Subnets", "", {}):
        cloud.aws.ec2.delete_subnet(SubnetId=subnet["SubnetId"])
    cloud.aws.ec2.delete_vpc(VpcId=vpc["VpcId"])
    with pytest.raises(CloudError, match="no default VPC"):
        cloud.run(Instance, machine)
    own = cloud.aws.ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    place = {"VpcId": own, "CidrBlock": "10.9.1.0/24", "AvailabilityZone": "ca-central-1b"}
    subnet = cloud.aws.ec2.create_subnet(**place)["Subnet"]["SubnetId"]
    for change in ({"vpc": own}, {"subnets": [subnet]}):
        made = cloud.predicted(Instance, {**machine, **change, "public_ip": True})["resource"]
        assert (made["vpc"], made["subnet"], made["zone"]) == (own, subnet, "ca-central-1b")
        assert made["public_ip"]
        cloud.run(Instance, {**machine, "state": "absent"})


@pytest.mark.parametrize("types", [["t2.xlarge", "t2.large"], ["t2.xlarge"]])
def test_places_and_then_types_are_tried_where_there_is_no_room(
    cloud: Cloud, machine: Options, types: list[str]
) -> None:
    full = ["*/t2.xlarge"] if len(types) > 1 else ["ca-central-1a/*"]
    cloud.aws.settings(stockouts=full)
    made = cloud.run(Instance, {**machine, "instance_types": types})
    assert made["resource"]["instance_type"] == types[-1]
    assert (made["resource"]["zone"] == "ca-central-1a") is (len(types) > 1)
    cloud.aws.settings(stockouts=[])
    assert cloud.run(Instance, {**machine, "instance_types": types})["changed"] is False


def test_zones_are_tried_in_the_order_given(cloud: Cloud, machine: Options) -> None:
    made = cloud.run(Instance, {**machine, "zones": ["ca-central-1b", "ca-central-1a"]})
    assert made["resource"]["zone"] == "ca-central-1b"


def test_where_no_place_has_room_each_is_named_and_none_is_asked_twice(cloud: Cloud, machine: Options) -> None:
    cloud.aws.settings(stockouts=["*/*"])
    with pytest.raises(CloudError, match=r"t2.xlarge in ca-central-1a .*t2.xlarge in ca-central-1b .*instance_types"):
        cloud.run(Instance, {**machine, "zones": ["ca-central-1a", "ca-central-1b"]})
    assert cloud.calls().count("RunInstances") == 2


def test_a_quota_is_not_a_matter_of_place(cloud: Cloud, machine: Options) -> None:
    cloud.aws.settings(vcpus=1)
    with pytest.raises(CloudError, match=r"VcpuLimitExceeded.*Service Quotas"):
        cloud.run(Instance, machine)
    assert cloud.calls().count("RunInstances") == 1


@pytest.mark.parametrize(
    ("kind", "more", "attempts"),
    [
        ("drop_after", {}, 2),
        ("drop_before", {"times": 2}, 3),
        ("throttle", {"times": 2}, 3),
        ("error", {"status": 503, "times": 2}, 3),
    ],
)
def test_a_lost_reply_does_not_make_two(
    cloud: Cloud, machine: Options, kind: str, more: Options, attempts: int
) -> None:
    cloud.fault("RunInstances", kind, **more)
    made = cloud.run(Instance, machine)
    assert made["actions"] == ["create"]
    assert cloud.calls().count("RunInstances") == attempts
    assert [one["InstanceId"] for one in alive(cloud)] == [made["resource"]["id"]]


@pytest.mark.parametrize("change", [{}, {"root_volume_size": 40}, {"tags": {"team": "taxi"}}])
def test_a_run_after_a_crash_finds_what_is_not_listed_yet(cloud: Cloud, machine: Options, change: Options) -> None:
    cloud.aws.settings(visible_after=5.0, tags_after=9.0)
    cloud.fault("RunInstances", "drop_after", times=9)
    with pytest.raises(CloudError):
        cloud.run(Instance, machine)
    after = cloud.run(Instance, {**machine, **change})
    assert after["resource"]["root_volume_size"] == change.get("root_volume_size", 30)
    assert [one["InstanceId"] for one in alive(cloud)] == [after["resource"]["id"]]
    assert cloud.run(Instance, {**machine, **change})["changed"] is False


@pytest.mark.parametrize("later", [0.0, 7200.0])
@pytest.mark.parametrize("change", [{}, {"root_volume_size": 40}])
def test_after_a_removal_it_is_made_anew_again_and_again(
    cloud: Cloud, machine: Options, later: float, change: Options
) -> None:
    ids = set()
    for _generation in range(3):
        ids.add(cloud.run(Instance, {**machine, **change})["resource"]["id"])
        cloud.run(Instance, {**machine, "state": "absent"})
        cloud.sleep(later)
        machine = {**machine, **change}
    ids.add(cloud.run(Instance, {**machine, "tags": {"team": "taxi"}})["resource"]["id"])
    assert len(ids) == 4
    assert len(alive(cloud)) == 1


def test_an_instance_that_fails_to_start_is_reported_at_once_with_the_reason(cloud: Cloud, machine: Options) -> None:
    message = "Client.VolumeLimitExceeded: Volume limit exceeded"
    cloud.fault("RunInstances", "operation_error", code="Client.VolumeLimitExceeded", message=message)
    with pytest.raises(CloudError, match=r"to the state .* by itself: Client.VolumeLimitExceeded"):
        cloud.run(Instance, machine)
    assert cloud.now < 30


def test_a_wait_that_takes_too_long_is_an_error(cloud: Cloud, machine: Options) -> None:
    cloud.aws.settings(pending=10_000.0)
    with pytest.raises(CloudError, match=r"not done after 300 seconds.*timeout"):
        cloud.run(Instance, machine)


def test_an_instance_on_its_way_is_waited_for(cloud: Cloud, machine: Options) -> None:
    cloud.aws.settings(stopping=30.0)
    cloud.run(Instance, machine)
    identifier = alive(cloud)[0]["InstanceId"]
    cloud.session().call("stop_instances", "", InstanceIds=[identifier])
    assert cloud.run(Instance, machine)["actions"] == ["start"]


def test_stop_and_start_give_another_address_and_the_new_one_is_returned(cloud: Cloud, machine: Options) -> None:
    first = cloud.run(Instance, machine)["resource"]["public_ip"]
    stopped = cloud.predicted(Instance, {**machine, "state": "stopped"})
    assert (stopped["actions"], stopped["resource"]["state"]) == (["stop"], "stopped")
    assert stopped["resource"]["public_ip"] is None
    assert cloud.run(Instance, {**machine, "state": "present"})["changed"] is False
    started = cloud.predicted(Instance, machine)
    assert (started["actions"], started["resource"]["state"]) == (["start"], "running")
    assert started["resource"]["public_ip"] not in (None, first)


def test_one_that_is_stopped_is_started_by_its_tag_alone(cloud: Cloud, machine: Options) -> None:
    first = cloud.run(Instance, {**machine, "state": "stopped"})["resource"]["id"]
    silent = {**machine, "instance_types": None, "root_volume_size": None, "image_parameter": None}
    started = cloud.predicted(Instance, silent)
    assert (started["actions"], started["resource"]["id"]) == (["start"], first)


def test_one_is_made_stopped_on_request(cloud: Cloud, machine: Options) -> None:
    made = cloud.predicted(Instance, {**machine, "state": "stopped"})
    assert (made["actions"], made["resource"]["state"]) == (["create", "stop"], "stopped")


def test_what_is_not_set_is_not_touched(cloud: Cloud, machine: Options) -> None:
    asked = {**machine, "tags": {"team": "taxi"}, "termination_protection": True}
    cloud.run(Instance, asked)
    silent = {**machine, "instance_types": None, "root_volume_size": None, "image_parameter": None}
    kept = cloud.run(Instance, silent)
    assert (kept["changed"], kept["resource"]["tags"]["team"]) == (False, "taxi")


@pytest.mark.parametrize(
    ("change", "action", "mutation"),
    [
        ({"tags": {"team": "taxi"}}, "set_tags", "CreateTags"),
        ({"root_volume_size": 60}, "grow_root_volume", "ModifyVolume"),
        ({"security_groups": [GROUP["name"]]}, "set_security_groups", "ModifyInstanceAttribute"),
        ({"termination_protection": True}, "set_termination_protection", "ModifyInstanceAttribute"),
        ({"state": "stopped"}, "stop", "StopInstances"),
    ],
)
def test_one_change_is_one_mutation(
    cloud: Cloud, machine: Options, change: Options, action: str, mutation: str
) -> None:
    cloud.run(SecurityGroup, GROUP)
    cloud.run(Instance, machine)
    before = len(cloud.mutations())
    changed = cloud.predicted(Instance, {**machine, **change})
    assert changed["actions"] == [action]
    assert cloud.mutations()[before:] == [mutation]
    assert cloud.run(Instance, {**machine, **change})["changed"] is False


def test_metadata_options_that_somebody_loosened_are_mended(cloud: Cloud, machine: Options) -> None:
    made = cloud.run(Instance, machine)["resource"]["id"]
    loose: Options = {"HttpTokens": "optional", "HttpPutResponseHopLimit": 1}
    cloud.session().call("modify_instance_metadata_options", "", InstanceId=made, **loose)
    assert cloud.predicted(Instance, machine)["actions"] == ["set_metadata_options"]
    assert cloud.run(Instance, machine)["changed"] is False


def test_a_type_needs_a_stop_that_has_to_be_allowed(cloud: Cloud, machine: Options) -> None:
    cloud.run(Instance, machine)
    smaller = {**machine, "instance_types": ["t2.large", "t2.medium"]}
    with pytest.raises(CloudError, match="allow_stop"):
        cloud.run(Instance, smaller)
    changed = cloud.predicted(Instance, {**smaller, "allow_stop": True})
    assert changed["actions"] == ["stop", "set_instance_type", "start"]
    assert (changed["resource"]["instance_type"], changed["resource"]["state"]) == ("t2.large", "running")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"instance_types": ["t2.lage"]}, "no instance type 't2.lage' in ca-central-1"),
        ({"instance_types": ["t2.large"], "security_groups": ["nobody"]}, "no security group 'nobody'"),
    ],
)
def test_an_instance_is_not_stopped_for_what_cannot_be_had(
    cloud: Cloud, machine: Options, change: Options, message: str
) -> None:
    cloud.run(Instance, machine)
    before = cloud.mutations()
    with pytest.raises(CloudError, match=message):
        cloud.run(Instance, {**machine, **change, "allow_stop": True})
    assert cloud.mutations() == before


def test_a_root_volume_does_not_shrink(cloud: Cloud, machine: Options) -> None:
    cloud.run(Instance, machine)
    before = cloud.mutations()
    with pytest.raises(CloudError, match=r"30 GiB and cannot shrink to 20.*at least 30"):
        cloud.run(Instance, {**machine, "root_volume_size": 20})
    assert cloud.mutations() == before


def test_a_root_volume_can_be_used_while_it_is_optimised_and_not_grown_again_until_then(
    cloud: Cloud, machine: Options
) -> None:
    cloud.aws.settings(modifying=20.0, optimizing=3600.0)
    cloud.run(Instance, machine)
    assert cloud.run(Instance, {**machine, "root_volume_size": 40})["resource"]["root_volume_size"] == 40
    assert 20 <= cloud.now < 60
    with pytest.raises(CloudError, match=r"not finished yet|few times a day"):
        cloud.run(Instance, {**machine, "root_volume_size": 50})


def test_protection_is_lifted_only_by_name(cloud: Cloud, machine: Options) -> None:
    protected = {**machine, "termination_protection": True}
    assert cloud.predicted(Instance, protected)["resource"]["termination_protection"] is True
    assert cloud.run(Instance, protected)["api_calls"] == 3
    with pytest.raises(CloudError, match="termination_protection=false"):
        cloud.run(Instance, {**machine, "state": "absent"})
    lifted = cloud.predicted(Instance, {**machine, "state": "absent", "termination_protection": False})
    assert lifted["actions"] == ["set_termination_protection", "delete"]


@pytest.mark.parametrize("operation", ["ModifyVolume", "StopInstances", "TerminateInstances", "CreateTags"])
def test_a_change_of_which_the_reply_is_lost_is_done_once(cloud: Cloud, machine: Options, operation: str) -> None:
    cloud.run(Instance, machine)
    changes_by_operation: dict[str, Options] = {
        "ModifyVolume": {"root_volume_size": 60},
        "StopInstances": {"state": "stopped"},
        "TerminateInstances": {"state": "absent"},
        "CreateTags": {"tags": {"team": "taxi"}},
    }
    change = changes_by_operation[operation]
    cloud.fault(operation, "drop_after")
    assert cloud.run(Instance, {**machine, **change})["changed"] is True
    assert cloud.run(Instance, {**machine, **change})["changed"] is False


def test_what_cannot_change_is_refused(cloud: Cloud, machine: Options) -> None:
    cloud.run(Instance, machine)
    for change in ({"key_name": "another"}, {"spot": True}):
        with pytest.raises(CloudError, match="cannot be changed after creation"):
            cloud.run(Instance, {**machine, **change})


@pytest.mark.parametrize(("drift", "calls"), [("ignore", 2), ("warn", 3), ("fail", 3)])
def test_a_newer_image_is_reported_as_asked_and_never_makes_a_twin(
    cloud: Cloud, machine: Options, drift: str, calls: int
) -> None:
    cloud.run(Instance, machine)
    asked = {**machine, "image_drift": drift}
    kept = cloud.run(Instance, asked)
    assert (kept["changed"], kept["warnings"], kept["api_calls"]) == (False, [], calls)
    newer = {**asked, "image_parameter": None, "image_name": "ubuntu/images/hvm-ssd/ubuntu-jammy-22.04-*"}
    if drift == "fail":
        with pytest.raises(CloudError, match="was made from the image"):
            cloud.run(Instance, newer)
    else:
        assert len(cloud.run(Instance, newer)["warnings"]) == (drift == "warn")
    assert len(alive(cloud)) == 1


def test_the_newest_image_of_a_name_is_taken(cloud: Cloud, machine: Options) -> None:
    asked = {**machine, "image_parameter": None, "image_name": "debian-12-*", "image_owner": "136693071363"}
    assert cloud.predicted(Instance, asked)["resource"]["image"] == cloud.aws.image


LIVE: Options = {
    "state": "running",
    "instance_type": "a",
    "root_volume_size": 10,
    "name": "n",
    "tags": {},
    "security_groups": [],
    "key_name": "k",
    "instance_profile": None,
    "spot": False,
    "metadata_options": {},
    "termination_protection": None,
}


@pytest.mark.parametrize(
    ("live", "wanted", "power", "expected"),
    [
        ({}, {}, None, []),
        ({}, {}, "stopped", ["stop"]),
        ({"state": "stopped"}, {}, None, []),
        ({"state": "stopped"}, {}, "running", ["start"]),
        ({"state": "stopped"}, {"instance_type": "b"}, None, ["set_instance_type"]),
        ({}, {"instance_type": "b"}, "stopped", ["stop", "set_instance_type"]),
        ({}, {"instance_type": "b"}, None, ["stop", "set_instance_type", "start"]),
        ({}, {"instance_type": "b", "tags": {"a": "b"}, "root_volume_size": 20}, "running",
         ["stop", "set_instance_type", "grow_root_volume", "set_tags", "start"]),
        ({}, {"name": "m", "tags": {"Name": "m"}, "instance_profile": "p"}, None, ["set_tags", "set_instance_profile"]),
    ],
)  # fmt: skip
def test_changes(live: Options, wanted: Options, power: str | None, expected: list[str]) -> None:
    steps = changes(wanted, {**LIVE, **live}, title="instance", power=power, allow_stop=True)
    assert [step.action for step in steps] == expected

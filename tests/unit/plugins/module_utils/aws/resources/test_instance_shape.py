# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An instance in the API's terms."""

from __future__ import annotations

from typing import Any

import pytest

from plugins.module_utils.aws.resources.catalog import Place
from plugins.module_utils.aws.resources.instance_shape import from_api, placed, to_api
from plugins.module_utils.aws.resources.instance_writer import Writer
from plugins.module_utils.aws.resources.launch import token
from plugins.module_utils.resource import Step

Options = dict[str, Any]

STATE: Options = {
    "image": "ami-1",
    "root_volume_type": "gp3",
    "root_volume_encrypted": True,
    "metadata_options": {"http_tokens": "required", "http_put_response_hop_limit": 2},
    "tags": {"workstation": "w"},
}
PLACE = Place("ca-central-1a", "subnet-1", "vpc-1")


def request(state: Options, public_ip: bool | None = None) -> Options:
    made = to_api({**STATE, **state}, root_device="/dev/sda1", group_ids=["sg-1"], public_ip=public_ip)
    return placed(made, "t2.xlarge", "subnet-1", "t")


def test_a_request_says_all_that_is_asked_for_and_nothing_else() -> None:
    tags = [{"Key": "workstation", "Value": "w"}]
    assert request({}) == {
        "ImageId": "ami-1",
        "InstanceType": "t2.xlarge",
        "MinCount": 1,
        "MaxCount": 1,
        "SubnetId": "subnet-1",
        "SecurityGroupIds": ["sg-1"],
        "ClientToken": "t",
        "BlockDeviceMappings": [
            {"DeviceName": "/dev/sda1", "Ebs": {"DeleteOnTermination": True, "VolumeType": "gp3", "Encrypted": True}}
        ],
        "MetadataOptions": {"HttpEndpoint": "enabled", "HttpTokens": "required", "HttpPutResponseHopLimit": 2},
        "TagSpecifications": [{"ResourceType": kind, "Tags": tags} for kind in ("instance", "volume")],
    }


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ({"key_name": "k"}, {"KeyName": "k"}),
        ({"instance_profile": "p"}, {"IamInstanceProfile": {"Name": "p"}}),
        ({"termination_protection": True}, {"DisableApiTermination": True}),
        (
            {"spot": True},
            {
                "InstanceMarketOptions": {
                    "MarketType": "spot",
                    "SpotOptions": {"SpotInstanceType": "persistent", "InstanceInterruptionBehavior": "stop"},
                }
            },
        ),
        ({"spot": False, "termination_protection": False}, {}),
    ],
)
def test_each_option_adds_its_own_part(state: Options, expected: Options) -> None:
    assert {key: value for key, value in request(state).items() if key not in request({})} == expected


@pytest.mark.parametrize("public_ip", [True, False])
def test_a_public_address_is_asked_for_on_the_interface_together_with_place_and_groups(public_ip: bool) -> None:
    made = request({}, public_ip)
    interface = {"DeviceIndex": 0, "AssociatePublicIpAddress": public_ip, "Groups": ["sg-1"], "SubnetId": "subnet-1"}
    assert made["NetworkInterfaces"] == [interface]
    assert not made.keys() & {"SubnetId", "SecurityGroupIds"}


def test_an_answer_with_the_least_is_understood() -> None:
    found = from_api({"InstanceId": "i-1", "State": {"Name": "terminated"}}, {})
    assert (found["id"], found["state"], found["tags"], found["security_groups"]) == ("i-1", "terminated", {}, [])
    assert {found[key] for key in ("name", "public_ip", "root_volume_size", "instance_profile")} == {None}


@pytest.mark.parametrize("lifecycle", ["spot", None])
def test_a_spot_instance_is_told_by_its_lifecycle(lifecycle: str | None) -> None:
    found = from_api({"InstanceId": "i-1", "State": {"Name": "running"}, "InstanceLifecycle": lifecycle}, {})
    assert found["spot"] is (lifecycle == "spot")


def test_a_token_is_the_same_for_the_same_attempt_and_another_for_any_other() -> None:
    attempts = [
        ("r", "w", ("t2.xlarge", PLACE), 0),
        ("s", "w", ("t2.xlarge", PLACE), 0),
        ("r", "v", ("t2.xlarge", PLACE), 0),
        ("r", "w", ("t2.large", PLACE), 0),
        ("r", "w", ("t2.xlarge", Place("ca-central-1b", "subnet-1", "vpc-1")), 0),
        ("r", "w", ("t2.xlarge", PLACE), 1),
    ]
    tokens = [token(*attempt) for attempt in attempts]
    assert len(set(tokens)) == len(attempts)
    assert tokens == [token(*attempt) for attempt in attempts]
    assert {len(one) for one in tokens} == {64}
    assert token("r", "w", ("t2.xlarge", Place("ca-central-1a", "subnet-2", "vpc-2")), 0) == tokens[0]


def test_a_spot_request_goes_before_its_instance_which_it_would_replace() -> None:
    class Recorder:
        """Takes calls, and has terminated whatever is asked of it."""

        def __init__(self) -> None:
            self.calls: list[tuple[str, Any]] = []

        def call(self, operation: str, _what: str, **parameters: Any) -> Options:
            self.calls.append((operation, parameters))
            return {}

        def until(self, read: Any, done: Any, _what: str) -> None:
            assert done(read())

    gone = {"InstanceId": "i-1", "State": {"Name": "terminated"}}
    session: Any = Recorder()
    writer = Writer(session, lambda: [gone], title="instance")
    writer.raw = {"InstanceId": "i-1", "SpotInstanceRequestId": "sir-1"}
    writer.apply(Step("delete", {}, {}))
    assert session.calls == [
        ("cancel_spot_instance_requests", {"SpotInstanceRequestIds": ["sir-1"]}),
        ("terminate_instances", {"InstanceIds": ["i-1"]}),
    ]

# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What can be seen, when, and how much of it at a time."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.sandbox.aws.support import Aws, Json, refused, tags


def found(aws: Aws, *filters: tuple[str, str]) -> list[str]:
    """The instances that filters let through."""
    asked = [{"Name": name, "Values": [value]} for name, value in filters]
    answer = aws.ec2.describe_instances(Filters=asked)
    return [one["InstanceId"] for home in answer["Reservations"] for one in home["Instances"]]


def test_a_new_instance_is_seen_late_and_its_tags_later(aws: Aws) -> None:
    aws.settings(visible_after=5, tags_after=8)
    launched = aws.ec2.run_instances(**aws.launching(), ClientToken="t", TagSpecifications=tags("instance", a="b"))
    made = launched["Instances"][0]["InstanceId"]
    assert launched["Instances"][0]["Tags"] == [{"Key": "a", "Value": "b"}]
    calls: list[Any] = [
        lambda: aws.instance(made),
        lambda: aws.ec2.describe_instance_status(InstanceIds=[made]),
        lambda: aws.ec2.terminate_instances(InstanceIds=[made]),
        lambda: aws.ec2.create_tags(Resources=[made], Tags=[{"Key": "c", "Value": "d"}]),
        lambda: aws.ec2.get_console_output(InstanceId=made),
    ]
    for call in calls:
        message = f"The instance ID '{made}' does not exist"
        assert refused(call) == ("InvalidInstanceID.NotFound", message)
    assert found(aws, ("client-token", "t")) == []
    aws.advance(5)
    assert "Tags" not in aws.instance(made)
    assert (found(aws, ("tag:a", "b")), found(aws, ("client-token", "t"))) == ([], [made])
    aws.advance(3)
    assert aws.instance(made)["Tags"] == [{"Key": "a", "Value": "b"}]
    assert found(aws, ("tag:a", "b")) == [made]


@pytest.mark.parametrize(
    ("filters", "hit"),
    [
        ([("instance-state-name", "running")], True),
        ([("instance-state-name", "stopped")], False),
        ([("tag:Name", "mlops-*")], True),
        ([("tag:Name", "mlops-z??m")], True),
        ([("tag:Name", "MLOPS-ZOOM")], False),
        ([("tag:Name", "mlops-zoom\\*")], False),
        ([("tag-key", "Name")], True),
        ([("client-token", "t")], True),
        ([("client-token", "u")], False),
        ([("instance-type", "t2.*"), ("instance-state-code", "16")], True),
        ([("instance-type", "t2.*"), ("instance-state-code", "80")], False),
        ([("availability-zone", "ca-central-1a")], True),
        ([("source-dest-check", "true")], True),
        ([("instance.group-name", "default")], True),
    ],
)
def test_filters(aws: Aws, filters: list[tuple[str, str]], hit: bool) -> None:
    made = aws.running(ClientToken="t", TagSpecifications=tags("instance", Name="mlops-zoom"))
    assert found(aws, *filters) == ([made] if hit else [])


@pytest.mark.parametrize(
    "action", ["describe_instances", "describe_key_pairs", "describe_addresses", "describe_volumes"]
)
def test_an_unknown_filter(aws: Aws, action: str) -> None:
    asked = [{"Name": "colour", "Values": ["red"]}]
    assert refused(lambda: getattr(aws.ec2, action)(Filters=asked)) == (
        "InvalidParameterValue",
        "The filter 'colour' is invalid",
    )


def test_filters_by_their_names_of_old(aws: Aws) -> None:
    asked = [{"Name": "isDefault", "Values": ["true"]}]
    assert [found["IsDefault"] for found in aws.ec2.describe_vpcs(Filters=asked)["Vpcs"]] == [True]
    asked = [{"Name": "defaultForAz", "Values": ["true"]}]
    assert len(aws.ec2.describe_subnets(Filters=asked)["Subnets"]) == 3


def test_a_documented_filter_that_the_sandbox_lacks_says_so(aws: Aws) -> None:
    code, message = refused(lambda: found(aws, ("affinity", "host")))
    assert (code, "The sandbox does not implement" in message) == ("NotImplemented", True)


def test_unknown_ids_are_named_plainly(aws: Aws) -> None:
    ids = ["vol-0123456789abcdef1", "vol-0123456789abcdef0"]
    assert refused(lambda: aws.ec2.describe_volumes(VolumeIds=ids)) == (
        "InvalidVolume.NotFound",
        f"The volume '{ids[1]}, {ids[0]}' does not exist.",
    )


def test_pages_are_of_instances(aws: Aws) -> None:
    made = [found["InstanceId"] for found in aws.ec2.run_instances(**launching(aws, 7))["Instances"]]
    aws.advance()
    first = aws.ec2.describe_instances(MaxResults=5)
    second = aws.ec2.describe_instances(MaxResults=5, NextToken=first["NextToken"])
    pages = [
        [one["InstanceId"] for home in page["Reservations"] for one in home["Instances"]] for page in (first, second)
    ]
    assert ([len(page) for page in pages], [*pages[0], *pages[1]]) == ([5, 2], made)
    assert first["Reservations"][0]["ReservationId"] == second["Reservations"][0]["ReservationId"]
    assert "NextToken" not in second
    by_id = {"MaxResults": 5, "InstanceIds": made}
    assert refused(lambda: aws.ec2.describe_instances(**by_id))[0] == "InvalidParameterCombination"


def launching(aws: Aws, count: int) -> Json:
    """A launch of several."""
    return aws.launching() | {"MinCount": count, "MaxCount": count, "InstanceType": "t2.micro"}


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"MaxResults": 4}, "InvalidParameterValue"),
        ({"MaxResults": 1001}, "InvalidParameterValue"),
        ({"MaxResults": 5, "NextToken": "nonsense"}, "InvalidParameterValue"),
        ({"InstanceIds": ["i-0123456789abcdef0"]}, "InvalidInstanceID.NotFound"),
        ({"InstanceIds": ["mlops-zoom"]}, "InvalidInstanceID.Malformed"),
    ],
)
def test_refused(aws: Aws, asked: Json, code: str) -> None:
    assert refused(lambda: aws.ec2.describe_instances(**asked))[0] == code


def test_status_checks_take_their_time(aws: Aws) -> None:
    aws.settings(pending=1, checks=60)
    made = aws.running()

    def status() -> list[str]:
        answer = aws.ec2.describe_instance_status(InstanceIds=[made])["InstanceStatuses"]
        return [one["InstanceStatus"]["Status"] for one in answer]

    assert status() == ["initializing"]
    aws.advance(60)
    assert status() == ["ok"]
    aws.ec2.stop_instances(InstanceIds=[made])
    assert status() == []
    every = aws.ec2.describe_instance_status(InstanceIds=[made], IncludeAllInstances=True)["InstanceStatuses"]
    assert every[0]["InstanceStatus"]["Status"] == "not-applicable"


def test_another_region_has_other_instances(aws: Aws) -> None:
    made = aws.running()
    elsewhere = aws.client("ec2", "eu-west-1")
    assert elsewhere.describe_instances()["Reservations"] == []
    assert refused(lambda: elsewhere.terminate_instances(InstanceIds=[made]))[0] == "InvalidInstanceID.NotFound"


def test_regions_that_are_enabled(aws: Aws) -> None:
    names = {one["RegionName"] for one in aws.ec2.describe_regions()["Regions"]}
    every = {one["RegionName"] for one in aws.ec2.describe_regions(AllRegions=True)["Regions"]}
    assert ({"ca-central-1", "us-east-1"} <= names, "ap-east-1" in names, "ap-east-1" in every) == (True, False, True)
    assert not any(name.startswith(("cn-", "us-gov-")) for name in every)
    assert refused(aws.client("ec2", "ap-east-1").describe_instances)[0] == "AuthFailure"

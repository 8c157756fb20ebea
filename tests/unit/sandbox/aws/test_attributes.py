# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Changing instances, their console, and images."""

from __future__ import annotations

import re

import pytest

from tests.unit.sandbox.aws.support import Aws, Json, refused
from tests.unit.sandbox.gcp.support import FakeHosts

BLOCK = re.compile("-----BEGIN SSH HOST KEY KEYS-----\r?\n(.*?)-----END SSH HOST KEY KEYS-----", re.DOTALL)


def console(aws: Aws, instance: str, **more: object) -> str:
    """What is on an instance's console."""
    return str(aws.ec2.get_console_output(InstanceId=instance, **more).get("Output", ""))


@pytest.mark.parametrize(
    "change",
    [
        {"InstanceType": {"Value": "t2.large"}},
        {"Attribute": "instanceType", "Value": "t2.large"},
        {"EbsOptimized": {"Value": True}},
    ],
)
def test_changes_that_need_a_stopped_instance(aws: Aws, change: Json) -> None:
    made = aws.running()
    expected = ("IncorrectInstanceState", f"The instance '{made}' is not in the 'stopped' state.")
    assert refused(lambda: aws.ec2.modify_instance_attribute(InstanceId=made, **change)) == expected
    aws.ec2.stop_instances(InstanceIds=[made])
    aws.advance()
    aws.ec2.modify_instance_attribute(InstanceId=made, **change)
    shown = aws.instance(made)
    assert shown["InstanceType"] == "t2.large" or shown["EbsOptimized"]


@pytest.mark.parametrize(("wanted", "code"), [("t9.huge", "InvalidParameterValue"), ("t3.xlarge", None)])
def test_types_that_are_there(aws: Aws, wanted: str, code: str | None) -> None:
    made = aws.running()
    aws.ec2.stop_instances(InstanceIds=[made])
    aws.advance()

    def change() -> None:
        aws.ec2.modify_instance_attribute(InstanceId=made, InstanceType={"Value": wanted})

    if code:
        assert refused(change)[0] == code
    else:
        change()
        assert aws.instance(made)["InstanceType"] == wanted


def test_termination_protection(aws: Aws, hosts: FakeHosts) -> None:
    made = aws.running(DisableApiTermination=True)
    assert refused(lambda: aws.ec2.terminate_instances(InstanceIds=[made]))[0] == "OperationNotPermitted"
    assert hosts.made[made].running
    aws.ec2.modify_instance_attribute(InstanceId=made, DisableApiTermination={"Value": False})
    aws.ec2.terminate_instances(InstanceIds=[made])
    assert aws.state(made) == "shutting-down"


def test_metadata_options_that_are_left_out_stay(aws: Aws) -> None:
    made = aws.running(MetadataOptions={"HttpTokens": "required", "HttpPutResponseHopLimit": 2})
    aws.ec2.modify_instance_metadata_options(InstanceId=made, HttpEndpoint="disabled")
    options = aws.instance(made)["MetadataOptions"]
    assert (options["HttpTokens"], options["HttpPutResponseHopLimit"]) == ("required", 2)
    assert options["HttpEndpoint"] == "disabled"


def test_groups_of_an_unknown_kind(aws: Aws) -> None:
    made = aws.running()
    code, _ = refused(lambda: aws.ec2.modify_instance_attribute(InstanceId=made, Groups=["sg-0123456789abcdef0"]))
    assert code == "InvalidGroup.NotFound"


def test_the_console_shows_the_host_keys_late(aws: Aws) -> None:
    aws.settings(console_after=5, console_after_t2=300)
    made = aws.running()
    aws.advance(280)
    assert console(aws, made) == ""
    aws.advance(20)
    text = console(aws, made)
    owner = aws.instance(made)["PrivateDnsName"].partition(".")[0]
    found = BLOCK.search(text)
    assert found is not None
    assert found[1].split() == ["ssh-ed25519", f"key-of-{made}", f"root@{owner}"]
    assert text.startswith(f"{made} booted 1 times\n")


def test_nitro_shows_the_latest_at_once(aws: Aws) -> None:
    aws.settings(console_after=300)
    made = aws.running(InstanceType="t3.xlarge")
    assert console(aws, made) == ""
    assert BLOCK.search(console(aws, made, Latest=True))


def test_types_before_nitro_have_no_latest(aws: Aws) -> None:
    made = aws.running()
    assert refused(lambda: console(aws, made, Latest=True))[0] == "UnsupportedOperation"


def test_only_the_first_boot_prints_the_host_keys(aws: Aws) -> None:
    made = aws.running()
    for move in (aws.ec2.stop_instances, aws.ec2.start_instances):
        move(InstanceIds=[made])
        aws.advance()
    text = console(aws, made)
    assert (text, BLOCK.search(text)) == (f"{made} booted 2 times\n", None)


def test_ubuntus_images_and_their_parameters(aws: Aws) -> None:
    images = {found["ImageId"]: found for found in aws.ec2.describe_images(Owners=["099720109477"])["Images"]}
    ssm = aws.client("ssm")
    for version, disk in (("22.04", "gp2"), ("24.04", "gp3")):
        name = f"/aws/service/canonical/ubuntu/server/{version}/stable/current/amd64/hvm/ebs-{disk}/ami-id"
        found = ssm.get_parameter(Name=name)["Parameter"]
        image = images[found["Value"]]
        assert (found["DataType"], image["RootDeviceName"]) == ("aws:ec2:image", "/dev/sda1")
        assert (image["OwnerId"], image["Architecture"], image["Public"]) == ("099720109477", "x86_64", True)
        assert f"-{version}-amd64-server-" in image["Name"]
        assert image["BlockDeviceMappings"][0]["Ebs"]["VolumeType"] == disk


def test_images_by_name(aws: Aws) -> None:
    asked = [{"Name": "name", "Values": ["ubuntu/images/hvm-ssd/ubuntu-jammy-22.04-amd64-server-*"]}]
    assert len(aws.ec2.describe_images(Filters=asked)["Images"]) == 1


def test_parameters_that_are_not_there(aws: Aws) -> None:
    ssm = aws.client("ssm")
    assert refused(lambda: ssm.get_parameter(Name="/no/such"))[0] == "ParameterNotFound"
    code, message = refused(lambda: ssm.put_parameter(Name="/mine", Value="secret", Type="SecureString"))
    assert (code, message) == ("NotImplemented", "The sandbox does not implement ssm.PutParameter; real AWS does.")

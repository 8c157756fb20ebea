# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""RunInstances: what is refused, what is filled in, and client tokens."""

from __future__ import annotations

import base64
import dataclasses
from collections.abc import Callable
from typing import Any

import pytest

from tests.unit.sandbox.aws.support import REGION, Aws, Json, refused, tags, tcp
from tests.unit.sandbox.gcp.support import FakeHosts

ZONE = f"{REGION}a"


def root(**ebs: Any) -> Json:
    """A launch's parameters that say something of the root disk."""
    return {"BlockDeviceMappings": [{"DeviceName": "/dev/xvda", "Ebs": ebs}]}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"ImageId": "ami-0123456789abcdef0"}, "InvalidAMIID.NotFound"),
        ({"ImageId": "jammy"}, "InvalidAMIID.Malformed"),
        ({"ImageId": "resolve:ssm:/no/such/parameter"}, "InvalidParameterValue"),
        ({"InstanceType": "t2.colossal"}, "InvalidParameterValue"),
        ({"InstanceType": "t2.xlarge", "Placement": {"AvailabilityZone": f"{REGION}d"}}, "Unsupported"),
        ({"Placement": {"AvailabilityZone": "us-east-1a"}}, "InvalidParameterValue"),
        ({"KeyName": "nobody"}, "InvalidKeyPair.NotFound"),
        ({"SubnetId": "subnet-0123456789abcdef0"}, "InvalidSubnetID.NotFound"),
        ({"SecurityGroupIds": ["sg-0123456789abcdef0"]}, "InvalidGroup.NotFound"),
        ({"SecurityGroups": ["nobody's"]}, "InvalidGroup.NotFound"),
        (root(VolumeSize=4), "InvalidBlockDeviceMapping"),
        ({"MinCount": 2, "MaxCount": 1}, "InvalidParameterValue"),
        ({"UserData": "#cloud-config\n{}"}, "NotImplemented"),
        ({"PrivateIpAddress": "10.0.0.9"}, "InvalidParameterValue"),
        ({"PrivateIpAddress": "172.31.0.2"}, "InvalidParameterValue"),
        ({"DryRun": True}, "DryRunOperation"),
        ({"NetworkInterfaces": [{"DeviceIndex": 0}], "SecurityGroups": ["default"]}, "InvalidParameterCombination"),
    ],
)
def test_refused(aws: Aws, hosts: FakeHosts, change: Json, code: str) -> None:
    assert refused(lambda: aws.launch(**change))[0] == code
    assert hosts.made == {}
    aws.advance()
    assert aws.ec2.describe_instances()["Reservations"] == []


def test_an_image_that_no_host_boots_names_those_that_do(aws: Aws) -> None:
    ubuntu = aws.ec2.describe_images(Owners=["099720109477"])["Images"][0]["ImageId"]
    code, message = refused(lambda: aws.launch(ImageId=ubuntu))
    assert code == "InvalidAMIID.Unavailable"
    assert message.endswith("It can boot: /aws/service/debian/release/12/latest/amd64.")


def test_a_parameter_names_the_image(aws: Aws) -> None:
    made = aws.running(ImageId="resolve:ssm:/aws/service/debian/release/12/latest/amd64")
    assert aws.instance(made)["ImageId"] == aws.image


def test_without_a_default_network(aws: Aws) -> None:
    network = aws.ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    for subnet in aws.ec2.describe_subnets()["Subnets"]:
        aws.ec2.delete_subnet(SubnetId=subnet["SubnetId"])
    assert refused(aws.launch)[0] == "MissingInput"
    aws.ec2.delete_vpc(VpcId=network)
    assert refused(aws.launch) == ("VPCIdNotSpecified", "No default VPC for this user")


def test_what_a_launch_leaves_open(aws: Aws) -> None:
    shown = aws.instance(aws.running())
    subnet = aws.ec2.describe_subnets(SubnetIds=[shown["SubnetId"]])["Subnets"][0]
    assert (subnet["DefaultForAz"], shown["Placement"]["AvailabilityZone"]) == (True, ZONE)
    assert shown["PrivateIpAddress"].rsplit(".", 2)[0] == subnet["CidrBlock"].rsplit(".", 2)[0]
    assert [group["GroupName"] for group in shown["SecurityGroups"]] == ["default"]
    disk = shown["BlockDeviceMappings"][0]
    volume = aws.ec2.describe_volumes(VolumeIds=[disk["Ebs"]["VolumeId"]])["Volumes"][0]
    assert (disk["DeviceName"], disk["Ebs"]["DeleteOnTermination"]) == ("/dev/xvda", True)
    assert (volume["Size"], volume["VolumeType"], volume["Encrypted"]) == (8, "gp3", False)


def test_a_private_address_of_ones_own(aws: Aws) -> None:
    made = aws.running(PrivateIpAddress="172.31.0.77")
    assert aws.instance(made)["PrivateIpAddress"] == "172.31.0.77"
    assert refused(lambda: aws.launch(PrivateIpAddress="172.31.0.77"))[0] == "InvalidIPAddress.InUse"


def test_private_addresses_after_a_restart(aws: Aws, start: Callable[[], Aws]) -> None:
    before = aws.instance(aws.running())["PrivateIpAddress"]
    again = start()
    after = again.instance(again.running())["PrivateIpAddress"]
    assert (before, after) == ("172.31.0.4", "172.31.0.5")


def test_the_root_disk_of_the_seeds(aws: Aws, hosts: FakeHosts) -> None:
    made = aws.running(**root(VolumeSize=30, Encrypted=True), TagSpecifications=tags("volume", workstation="zoom"))
    volume = aws.ec2.describe_volumes()["Volumes"][0]
    assert (volume["Size"], volume["Encrypted"], volume["Tags"][0]["Value"]) == (30, True, "zoom")
    assert hosts.made[made].spec.disk_gb == 30
    aws.ec2.terminate_instances(InstanceIds=[made])
    aws.advance(10)
    assert aws.ec2.describe_volumes()["Volumes"] == []


def test_groups_given_with_the_interface_are_the_instances(aws: Aws) -> None:
    group = aws.group("web", tcp(80))
    nic = {"DeviceIndex": 0, "AssociatePublicIpAddress": False, "Groups": [group]}
    shown = aws.instance(aws.running(NetworkInterfaces=[nic]))
    assert [found["GroupId"] for found in shown["SecurityGroups"]] == [group]
    assert "PublicIpAddress" not in shown


def test_a_group_of_another_network(aws: Aws) -> None:
    network = aws.ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    group = aws.group("elsewhere", VpcId=network)
    assert refused(lambda: aws.launch(SecurityGroupIds=[group]))[0] == "InvalidParameter"


def test_user_data_runs_once(aws: Aws, hosts: FakeHosts) -> None:
    script = "#!/bin/sh\ntouch /tmp/x\n"
    made = aws.running(UserData=script)
    metadata = hosts.made[made].metadata
    assert base64.b64encode(script.encode()).decode() in metadata["startup-script"]
    assert "exit 0" in metadata["startup-script"].splitlines()[1]


def test_several_at_once(aws: Aws, hosts: FakeHosts) -> None:
    launched = aws.ec2.run_instances(**(aws.launching() | {"MinCount": 1, "MaxCount": 3}))
    assert [found["AmiLaunchIndex"] for found in launched["Instances"]] == [0, 1, 2]
    aws.advance()
    assert len(hosts.made) == 3
    assert len({host.address for host in hosts.made.values()}) == 3


def test_a_token_stands_for_its_launch(aws: Aws, hosts: FakeHosts) -> None:
    made = aws.launch(ClientToken="t")
    assert aws.launch(ClientToken="t") == made
    aws.advance(10)
    assert aws.launch(ClientToken="t") == made
    assert list(hosts.made) == [made]
    assert aws.launch(ClientToken="T") != made


@pytest.mark.parametrize("change", [{"InstanceType": "t2.large"}, {"EbsOptimized": True}, root(VolumeSize=31)])
def test_a_token_with_other_parameters(aws: Aws, change: Json) -> None:
    aws.launch(ClientToken="t")
    assert refused(lambda: aws.launch(ClientToken="t", **change))[0] == "IdempotentParameterMismatch"


def test_a_token_of_a_terminated_instance(aws: Aws) -> None:
    made = aws.running(ClientToken="t")
    aws.ec2.terminate_instances(InstanceIds=[made])
    assert refused(lambda: aws.launch(ClientToken="t"))[0] == "IdempotentInstanceTerminated"
    aws.advance(7200)
    assert refused(lambda: aws.launch(ClientToken="t"))[0] == "IdempotentInstanceTerminated"


def test_tokens_count_by_zone_where_one_is_named(aws: Aws) -> None:
    zones = [{"Placement": {"AvailabilityZone": f"{REGION}{letter}"}} for letter in "ab"]
    first, second = (aws.launch(ClientToken="t", **zone) for zone in zones)
    assert first != second
    subnets = {found["AvailabilityZone"]: found["SubnetId"] for found in aws.ec2.describe_subnets()["Subnets"]}
    code, _ = refused(lambda: aws.launch(ClientToken="t", SubnetId=subnets[ZONE]))
    assert code == "IdempotentParameterMismatch"
    assert aws.launch(ClientToken="t") not in (first, second)


def test_tokens_count_by_region(aws: Aws) -> None:
    made = aws.launch(ClientToken="t")
    image = aws.client("ssm", "us-east-1").get_parameter(Name="/aws/service/debian/release/12/latest/amd64")
    launching = aws.launching() | {"ImageId": image["Parameter"]["Value"], "ClientToken": "t"}
    other = aws.client("ec2", "us-east-1").run_instances(**launching)
    assert other["Instances"][0]["InstanceId"] != made


@pytest.mark.parametrize("token", ["x" * 65, "né"])
def test_no_token(aws: Aws, token: str) -> None:
    assert refused(lambda: aws.launch(ClientToken=token))[0] == "InvalidClientToken"


def test_a_lost_answer_makes_no_twin(aws: Aws, hosts: FakeHosts) -> None:
    aws.fault("ec2.RunInstances", "drop_after")
    with pytest.raises(Exception, match="Connection was closed"):
        aws.launch(ClientToken="t")
    made = aws.launch(ClientToken="t")
    aws.advance()
    assert list(hosts.made) == [made]


def test_capacity_by_zone_and_type(aws: Aws) -> None:
    aws.settings(stockouts=[f"{ZONE}/t2.*"])
    code, message = refused(lambda: aws.launch(Placement={"AvailabilityZone": ZONE}))
    assert (code, f"sufficient t2.xlarge capacity in the Availability Zone you requested ({ZONE})" in message) == (
        "InsufficientInstanceCapacity",
        True,
    )
    assert aws.instance(aws.running())["Placement"]["AvailabilityZone"] == f"{REGION}b"
    aws.running(Placement={"AvailabilityZone": ZONE}, InstanceType="t3.xlarge")
    aws.settings(stockouts=["*"])
    assert refused(aws.launch)[0] == "InsufficientInstanceCapacity"


def test_a_stopped_instance_may_find_no_capacity(aws: Aws) -> None:
    made = aws.running()
    aws.ec2.stop_instances(InstanceIds=[made])
    aws.advance()
    aws.settings(stockouts=["*/t2.xlarge"])
    assert refused(lambda: aws.ec2.start_instances(InstanceIds=[made]))[0] == "InsufficientInstanceCapacity"
    assert aws.state(made) == "stopped"


def test_vcpus(aws: Aws) -> None:
    aws.settings(vcpus=8)
    first, _ = aws.running(), aws.running()
    code, message = refused(aws.launch)
    assert (code, "your current vCPU limit of 8" in message) == ("VcpuLimitExceeded", True)
    aws.ec2.terminate_instances(InstanceIds=[first])
    aws.launch()


@pytest.mark.parametrize(
    "payload", [None, [], {"pending": "1"}, {"vcpus": 1.5}, {"vcpus": True}, {"stockouts": "a"}, {"colour": 1}]
)
def test_no_settings(aws: Aws, payload: Any) -> None:
    response = aws.app.test_client().post("/_sandbox/settings", json=payload)
    assert response.status_code == 400
    assert dict(response.get_json())["error"].startswith("Not settings: ")


def test_settings_are_shown(aws: Aws) -> None:
    aws.settings(pending=2.5, stockouts=["*"])
    shown = aws.admin("GET", "settings")
    assert (shown["pending"], shown["stockouts"], shown["vcpus"]) == (2.5, ["*"], 64)
    assert dataclasses.asdict(aws.app.extensions["sandbox"].cloud.settings)["pending"] == 2.5

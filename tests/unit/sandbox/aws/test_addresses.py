# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Elastic IPs."""

from __future__ import annotations

from tests.unit.sandbox.aws.support import Aws, Json, refused, tags
from tests.unit.sandbox.gcp.support import FakeHosts


def allocate(aws: Aws, **more: object) -> Json:
    """A new address."""
    return dict(aws.ec2.allocate_address(**more))


def shown(aws: Aws) -> Json:
    """The only address."""
    return dict(aws.ec2.describe_addresses()["Addresses"][0])


def test_it_stays_over_stop_and_start(aws: Aws, hosts: FakeHosts) -> None:
    made, address = aws.running(), allocate(aws)
    dynamic = aws.instance(made)["PublicIpAddress"]
    association = aws.ec2.associate_address(InstanceId=made, AllocationId=address["AllocationId"])["AssociationId"]
    assert hosts.released == [dynamic]
    for move in (aws.ec2.stop_instances, aws.ec2.start_instances):
        move(InstanceIds=[made])
        aws.advance()
        assert aws.instance(made)["PublicIpAddress"] == address["PublicIp"] == hosts.made[made].address
        assert (shown(aws)["AssociationId"], shown(aws)["InstanceId"]) == (association, made)


def test_a_running_host_moves_at_once(aws: Aws, hosts: FakeHosts) -> None:
    made, address = aws.running(), allocate(aws)
    association = aws.ec2.associate_address(InstanceId=made, AllocationId=address["AllocationId"])["AssociationId"]
    assert (hosts.made[made].address, hosts.made[made].boots) == (address["PublicIp"], 1)
    aws.ec2.disassociate_address(AssociationId=association)
    after = aws.instance(made)["PublicIpAddress"]
    assert after == hosts.made[made].address != address["PublicIp"]
    assert not {"AssociationId", "InstanceId"} & shown(aws).keys()


def test_the_association_keeps_its_id(aws: Aws) -> None:
    made, address = aws.running(), allocate(aws)
    ids = {
        aws.ec2.associate_address(InstanceId=made, AllocationId=address["AllocationId"])["AssociationId"]
        for _ in range(2)
    }
    assert ids == {shown(aws)["AssociationId"]}


def test_it_moves_unless_told_not_to(aws: Aws, hosts: FakeHosts) -> None:
    first, second, address = aws.running(), aws.running(), allocate(aws)
    where = {"AllocationId": address["AllocationId"]}
    aws.ec2.associate_address(InstanceId=first, **where)
    code, _ = refused(lambda: aws.ec2.associate_address(InstanceId=second, AllowReassociation=False, **where))
    assert code == "Resource.AlreadyAssociated"
    aws.ec2.associate_address(InstanceId=second, **where)
    assert hosts.made[second].address == address["PublicIp"] != hosts.made[first].address
    assert aws.instance(first)["PublicIpAddress"] == hosts.made[first].address


def test_a_stopped_instance_takes_it_for_its_next_start(aws: Aws, hosts: FakeHosts) -> None:
    made, address = aws.running(), allocate(aws)
    aws.ec2.stop_instances(InstanceIds=[made])
    aws.advance()
    aws.ec2.associate_address(InstanceId=made, AllocationId=address["AllocationId"])
    aws.ec2.start_instances(InstanceIds=[made])
    aws.advance()
    assert hosts.made[made].address == address["PublicIp"]


def test_it_is_left_when_the_instance_goes(aws: Aws, hosts: FakeHosts) -> None:
    made, address = aws.running(), allocate(aws)
    aws.ec2.associate_address(InstanceId=made, AllocationId=address["AllocationId"])
    aws.ec2.terminate_instances(InstanceIds=[made])
    aws.advance(10)
    assert "InstanceId" not in shown(aws)
    assert address["PublicIp"] not in hosts.released


def test_it_is_not_released_while_in_use(aws: Aws, hosts: FakeHosts) -> None:
    made, address = aws.running(), allocate(aws)
    where = {"AllocationId": address["AllocationId"]}
    aws.ec2.associate_address(InstanceId=made, **where)
    assert refused(lambda: aws.ec2.release_address(**where))[0] == "InvalidIPAddress.InUse"
    aws.ec2.disassociate_address(AssociationId=shown(aws)["AssociationId"])
    aws.ec2.release_address(**where)
    assert address["PublicIp"] in hosts.released
    assert aws.ec2.describe_addresses()["Addresses"] == []


def test_not_on_a_pending_instance(aws: Aws) -> None:
    aws.settings(visible_after=0, pending=100)
    made, address = aws.launch(), allocate(aws)
    code, _ = refused(lambda: aws.ec2.associate_address(InstanceId=made, AllocationId=address["AllocationId"]))
    assert code == "IncorrectInstanceState"


def test_its_tags_are_seen_everywhere(aws: Aws) -> None:
    address = allocate(aws, TagSpecifications=tags("elastic-ip", workstation="zoom"))
    by_tag = aws.ec2.describe_addresses(Filters=[{"Name": "tag:workstation", "Values": ["zoom"]}])["Addresses"]
    assert [found["Tags"] for found in by_tag] == [[{"Key": "workstation", "Value": "zoom"}]]
    aws.ec2.create_tags(Resources=[address["AllocationId"]], Tags=[{"Key": "a", "Value": "b"}])
    listed = aws.ec2.describe_tags(Filters=[{"Name": "resource-id", "Values": [address["AllocationId"]]}])["Tags"]
    assert {(tag["Key"], tag["ResourceType"]) for tag in listed} == {("workstation", "elastic-ip"), ("a", "elastic-ip")}
    of_kind = aws.ec2.describe_tags(Filters=[{"Name": "resource-type", "Values": ["elastic-ip"]}])["Tags"]
    assert len(of_kind) == 2


def test_there_are_only_so_many(aws: Aws) -> None:
    for _ in range(5):
        allocate(aws)
    assert refused(lambda: allocate(aws))[0] == "AddressLimitExceeded"


def test_unknown_ones(aws: Aws) -> None:
    made, allocation = aws.running(), "eipalloc-0123456789abcdef0"
    assert refused(lambda: aws.ec2.associate_address(InstanceId=made, AllocationId=allocation)) == (
        "InvalidAllocationID.NotFound",
        f"The allocation ID '{allocation}' does not exist",
    )
    association = "eipassoc-0123456789abcdef0"
    code, _ = refused(lambda: aws.ec2.disassociate_address(AssociationId=association))
    assert code == "InvalidAssociationID.NotFound"
    code, _ = refused(lambda: aws.ec2.create_tags(Resources=[allocation], Tags=[{"Key": "a", "Value": "b"}]))
    assert code == "InvalidAllocationID.NotFound"

# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Security groups, and what they let in to the hosts."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.driver import PortRule
from tests.unit.sandbox.aws.support import Aws, Json, refused, tcp
from tests.unit.sandbox.gcp.support import FakeHosts

ANYWHERE = ("0.0.0.0/0",)


def permission(protocol: str, first: int | None = None, last: int | None = None, **more: Any) -> Json:
    """A permission from anywhere."""
    ports = {} if first is None else {"FromPort": first, "ToPort": last if last is not None else first}
    return {"IpProtocol": protocol, **ports, "IpRanges": [{"CidrIp": "0.0.0.0/0"}], **more}


@pytest.mark.parametrize(
    ("permission", "rules"),
    [
        (tcp(22), [PortRule("tcp", ("22",), ANYWHERE)]),
        (permission("tcp", 8000, 8010), [PortRule("tcp", ("8000-8010",), ANYWHERE)]),
        (permission("6", 80), [PortRule("tcp", ("80",), ANYWHERE)]),
        (permission("udp", 53), [PortRule("udp", ("53",), ANYWHERE)]),
        (permission("icmp", -1), [PortRule("icmp", (), ANYWHERE)]),
        (permission("-1"), [PortRule("all", (), ANYWHERE)]),
        (
            tcp(80, "10.0.0.0/8", "192.168.1.1/32"),
            [PortRule("tcp", ("80",), (net,)) for net in ("10.0.0.0/8", "192.168.1.1/32")],
        ),
        ({**tcp(22), "IpRanges": [], "Ipv6Ranges": [{"CidrIpv6": "::/0"}]}, []),
    ],
)
def test_a_rule_at_the_host(aws: Aws, hosts: FakeHosts, permission: Json, rules: list[PortRule]) -> None:
    made = aws.running(SecurityGroupIds=[aws.group("web", permission)])
    assert list(hosts.made[made].rules) == rules


def test_changes_reach_running_hosts_at_once(aws: Aws, hosts: FakeHosts) -> None:
    group, other = aws.group("web", tcp(22)), aws.group("more", tcp(80))
    made = aws.running(SecurityGroupIds=[group])

    def ports() -> set[str]:
        return {port for rule in hosts.made[made].rules for port in rule.ports}

    aws.ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[tcp(443)])
    assert ports() == {"22", "443"}
    aws.ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=[tcp(22)])
    assert ports() == {"443"}
    rule = aws.ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [group]}])[
        "SecurityGroupRules"
    ]
    ingress = next(found for found in rule if not found["IsEgress"])
    change = {"IpProtocol": "tcp", "FromPort": 8443, "ToPort": 8443, "CidrIpv4": "0.0.0.0/0"}
    update = {"SecurityGroupRuleId": ingress["SecurityGroupRuleId"], "SecurityGroupRule": change}
    aws.ec2.modify_security_group_rules(GroupId=group, SecurityGroupRules=[update])
    assert ports() == {"8443"}
    aws.ec2.modify_instance_attribute(InstanceId=made, Groups=[other])
    assert ports() == {"80"}
    assert [found["GroupId"] for found in aws.instance(made)["SecurityGroups"]] == [other]


def test_changes_while_a_host_boots_reach_it_too(aws: Aws, hosts: FakeHosts) -> None:
    group = aws.group("web", tcp(22))
    hosts.hold.clear()
    made = aws.launch(SecurityGroupIds=[group])
    aws.ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[tcp(443)])
    hosts.hold.set()
    aws.advance()
    assert {port for rule in hosts.made[made].rules for port in rule.ports} == {"22", "443"}


def test_sources_that_are_groups(aws: Aws, hosts: FakeHosts) -> None:
    clients = aws.group("clients")
    servers = aws.group("servers", {**tcp(80), "IpRanges": [], "UserIdGroupPairs": [{"GroupId": clients}]})
    server = aws.running(SecurityGroupIds=[servers])
    assert hosts.made[server].rules == []
    client = aws.instance(aws.running(SecurityGroupIds=[clients]))
    aws.ec2.create_tags(Resources=[server], Tags=[{"Key": "a", "Value": "b"}])
    expected = (f"{client['PrivateIpAddress']}/32", f"{client['PublicIpAddress']}/32")
    assert list(hosts.made[server].rules) == [PortRule("tcp", ("80",), expected)]


def test_a_call_adds_all_of_its_rules_or_none(aws: Aws) -> None:
    group = aws.group("web", tcp(22))
    code, _ = refused(lambda: aws.ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[tcp(80), tcp(22)]))
    assert code == "InvalidPermission.Duplicate"
    shown = aws.ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"][0]
    assert [found["FromPort"] for found in shown["IpPermissions"]] == [22]


def test_the_answer_has_every_new_rule(aws: Aws) -> None:
    group = aws.group()
    answer = aws.ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[tcp(80), tcp(443)])
    assert [rule["FromPort"] for rule in answer["SecurityGroupRules"]] == [80, 443]


def test_networks_become_canonical(aws: Aws) -> None:
    group = aws.group("web", tcp(22, "10.1.2.3/8"))
    shown = aws.ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"][0]
    assert shown["IpPermissions"][0]["IpRanges"] == [{"CidrIp": "10.0.0.0/8"}]
    aws.ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=[tcp(22, "10.9.9.9/8")])
    assert aws.ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"][0]["IpPermissions"] == []


@pytest.mark.parametrize("source", ["10.0.0.1", "10.0.0.0/33", "example.com", "::/0"])
def test_no_network(aws: Aws, source: str) -> None:
    group = aws.group()
    call = {"GroupId": group, "IpPermissions": [tcp(22, source)]}
    assert refused(lambda: aws.ec2.authorize_security_group_ingress(**call)) == (
        "InvalidParameterValue",
        f"CIDR block {source} is malformed",
    )


def test_networks_of_subnets_become_canonical_too(aws: Aws) -> None:
    network = aws.ec2.create_vpc(CidrBlock="10.1.2.3/16")["Vpc"]
    subnet = aws.ec2.create_subnet(VpcId=network["VpcId"], CidrBlock="10.1.9.9/24")["Subnet"]
    assert (network["CidrBlock"], subnet["CidrBlock"]) == ("10.1.0.0/16", "10.1.9.0/24")


def test_networks_in_use_stay(aws: Aws) -> None:
    shown = aws.instance(aws.running())
    for call in (
        lambda: aws.ec2.delete_subnet(SubnetId=shown["SubnetId"]),
        lambda: aws.ec2.delete_vpc(VpcId=shown["VpcId"]),
    ):
        assert refused(call)[0] == "DependencyViolation"


@pytest.mark.parametrize(
    ("name", "description"), [("sg-mine", "mine"), ("mlops", "fünf"), ("a" * 256, "long"), ("mlops", 'a "quote"')]
)
def test_characters_that_a_group_cannot_have(aws: Aws, name: str, description: str) -> None:
    code, _ = refused(lambda: aws.ec2.create_security_group(GroupName=name, Description=description))
    assert code == "InvalidParameterValue"


def test_ports_are_needed(aws: Aws) -> None:
    call = {"GroupId": aws.group(), "IpPermissions": [permission("tcp")]}
    code, message = refused(lambda: aws.ec2.authorize_security_group_ingress(**call))
    assert (code, "Must specify both from and to ports" in message) == ("InvalidParameterValue", True)


def test_a_group_in_use_stays(aws: Aws) -> None:
    group = aws.group("web", tcp(80))
    made = aws.running(SecurityGroupIds=[group])
    for _ in range(2):
        assert refused(lambda: aws.ec2.delete_security_group(GroupId=group)) == (
            "DependencyViolation",
            f"resource {group} has a dependent object",
        )
        aws.ec2.terminate_instances(InstanceIds=[made])
    aws.advance(10)
    aws.ec2.delete_security_group(GroupId=group)
    assert refused(lambda: aws.ec2.describe_security_groups(GroupIds=[group]))[0] == "InvalidGroup.NotFound"


def test_a_group_that_anothers_rule_names_stays(aws: Aws) -> None:
    clients = aws.group("clients")
    aws.group("servers", {**tcp(80), "IpRanges": [], "UserIdGroupPairs": [{"GroupId": clients}]})
    assert refused(lambda: aws.ec2.delete_security_group(GroupId=clients))[0] == "DependencyViolation"


def test_the_default_group_stays(aws: Aws) -> None:
    group = aws.ec2.describe_security_groups(GroupNames=["default"])["SecurityGroups"][0]["GroupId"]
    assert refused(lambda: aws.ec2.delete_security_group(GroupId=group))[0] == "CannotDelete"

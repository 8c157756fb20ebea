# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Who else reads the sandboxed AWS sees what our modules say, and what is secret stays so."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.readers.clients import ask
from tests.readers.person import Person


@pytest.fixture(scope="module")
def report(aws: Person) -> dict[str, Any]:
    return aws.report("tests/readers/aws.yml")


def ec2(aws: Person, operation: str) -> Any:
    """What the AWS command line says."""
    address = aws.settings["aws_endpoint_url"]
    argv = ("--endpoint-url", address, "--region", aws.settings["aws_region"], "--output", "json")
    return ask("aws", *argv, "ec2", operation, environment=aws.credentials)


def tags(item: dict[str, Any]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in item["Tags"]}


def test_a_second_look_finds_nothing_to_change(report: dict[str, Any]) -> None:
    assert [part["actions"] for part in report["plan"]] == [[]] * len(report["plan"])
    assert [instance["id"] for instance in report["ours"]] == [report["instance"]["id"]]


def test_the_command_line_sees_our_machine(aws: Person, report: dict[str, Any]) -> None:
    (reservation,) = ec2(aws, "describe-instances")["Reservations"]
    (found,) = reservation["Instances"]
    ours = report["instance"]
    assert (found["InstanceId"], found["InstanceType"]) == (ours["id"], ours["instance_type"])
    assert (found["State"]["Name"], found["PublicIpAddress"]) == (ours["state"], report["address"]["address"])
    assert (found["KeyName"], tags(found)) == (ours["key_name"], ours["tags"])
    assert [group["GroupName"] for group in found["SecurityGroups"]] == ours["security_groups"]


def test_the_command_line_sees_our_key_pair(aws: Person, report: dict[str, Any]) -> None:
    (found,) = ec2(aws, "describe-key-pairs")["KeyPairs"]
    ours = report["key_pair"]
    assert (found["KeyName"], found["KeyPairId"], found["KeyType"]) == (ours["name"], ours["key_pair_id"], ours["type"])
    assert (found["KeyFingerprint"], tags(found)) == (ours["fingerprint"], ours["tags"])


def test_amazon_aws_lists_our_machine(report: dict[str, Any]) -> None:
    (ours,), (theirs,) = report["ours"], report["theirs"]
    assert (theirs["instance_id"], theirs["instance_type"]) == (ours["id"], ours["instance_type"])
    assert (theirs["state"]["name"], theirs["public_ip_address"]) == (ours["state"], ours["public_ip"])
    assert (theirs["private_ip_address"], theirs["public_dns_name"]) == (ours["private_ip"], ours["public_dns_name"])
    assert (theirs["key_name"], theirs["tags"]) == (ours["key_name"], ours["tags"])


def test_the_inventory_of_amazon_aws_has_our_hosts(aws: Person, report: dict[str, Any], tmp_path: Path) -> None:
    source = tmp_path / "readers.aws_ec2.yml"
    chosen = {"regions": [aws.settings["aws_region"]], "endpoint_url": aws.settings["aws_endpoint_url"]}
    names = {"hostnames": ["tag:Name"], "groups": {"workstation": "'workstation' in tags"}}
    source.write_text(json.dumps({"plugin": "amazon.aws.aws_ec2", **chosen, **names}))
    theirs = aws.inventory(str(source))
    assert theirs["workstation"]["hosts"] == aws.listed["workstation"]["hosts"] == [report["instance"]["name"]]
    ours = aws.listed["_meta"]["hostvars"]
    for name, found in theirs["_meta"]["hostvars"].items():
        assert (found["instance_id"], found["tags"]) == (ours[name]["ec2_instance_id"], ours[name]["ec2_tags"])
        assert found["public_ip_address"] == ours[name]["ansible_host"]


def test_no_secret_is_found_anywhere_but_in_its_file(aws: Person) -> None:
    assert aws.leaked == []
    assert aws.modules() >= {"ec2_key_pair", "ec2_instance", "ec2_elastic_ip"}
    assert len(aws.private_pieces()) > 20
    assert aws.modes() == aws.key_files


def test_a_secret_would_be_found(request: pytest.FixtureRequest, aws: Person) -> None:
    planted = {**aws.secrets, **aws.private_pieces()}
    canary = aws.home / "tmp" / "canary"
    request.addfinalizer(canary.unlink)
    canary.write_text(json.dumps(planted))
    assert aws.leaks() == [f"{what} in {canary}" for what in planted]

# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""EC2 instances as hosts."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from ansible.errors import AnsibleParserError

from plugins.inventory.ec2 import FIELDS, InventoryModule, host
from plugins.module_utils.resource import CloudError
from sandbox.aws import access_key, create_app
from sandbox.config import Config
from sandbox.serving import bind
from tests.unit.sandbox.aws.support import REGION, Aws, tags
from tests.unit.sandbox.gcp.support import FakeHosts

ELSEWHERE = "us-east-1"
INSTANCE: dict[str, Any] = {
    **dict.fromkeys(FIELDS),
    "InstanceId": "i-1",
    "Region": REGION,
    "State": {"Code": 16, "Name": "running"},
    "Placement": {"AvailabilityZone": "ca-central-1a"},
    "InstanceType": "t2.xlarge",
    "ImageId": "ami-1",
    "KeyName": "mlops-zoom-aws",
    "VpcId": "vpc-1",
    "SubnetId": "subnet-1",
    "SecurityGroups": [{"GroupName": "web", "GroupId": "sg-2"}, {"GroupName": "ssh", "GroupId": "sg-1"}],
    "Tags": [
        {"Key": "Name", "Value": "mlops-zoom-aws"},
        {"Key": "workstation", "Value": "mlops-zoom-aws"},
        {"Key": "aws:cloudformation:stack-name", "Value": "s"},
    ],
    "PublicIpAddress": "198.51.100.7",
    "PrivateIpAddress": "172.31.0.2",
    "PublicDnsName": "ec2-198-51-100-7.example",
}
OPTIONS = {"host_key_checking": "published", "known_hosts_file": "~/.ssh/known_hosts"}


def test_host_has_the_instances_facts_and_never_a_variable_called_tags() -> None:
    assert host(INSTANCE, OPTIONS) == {
        "ansible_host": "198.51.100.7",
        "ansible_ssh_common_args": "-o IdentitiesOnly=yes -o StrictHostKeyChecking=yes -o HostKeyAlias=i-1 "
        """-o 'UserKnownHostsFile="~/.ssh/known_hosts"'""",
        "ec2_name": "mlops-zoom-aws",
        "ec2_workstation": "mlops-zoom-aws",
        "ec2_instance_id": "i-1",
        "ec2_region": "ca-central-1",
        "ec2_zone": "ca-central-1a",
        "ec2_state": "running",
        "ec2_instance_type": "t2.xlarge",
        "ec2_image_id": "ami-1",
        "ec2_key_name": "mlops-zoom-aws",
        "ec2_vpc_id": "vpc-1",
        "ec2_subnet_id": "subnet-1",
        "ec2_security_groups": ["ssh", "web"],
        "ec2_tags": {"Name": "mlops-zoom-aws", "workstation": "mlops-zoom-aws"},
        "ec2_public_ip": "198.51.100.7",
        "ec2_private_ip": "172.31.0.2",
        "ec2_public_dns_name": "ec2-198-51-100-7.example",
    }


def test_host_without_a_public_address_is_reached_inside() -> None:
    found = host({**INSTANCE, "PublicIpAddress": None, "PublicDnsName": ""}, OPTIONS)
    assert (found["ansible_host"], found["ec2_public_dns_name"]) == ("172.31.0.2", None)


def test_an_instance_in_a_local_zone_is_of_the_region_that_was_asked() -> None:
    placement = {"AvailabilityZone": "us-west-2-lax-1a"}
    assert host({**INSTANCE, "Region": "us-west-2", "Placement": placement}, OPTIONS)["ec2_region"] == "us-west-2"


@pytest.mark.parametrize(
    ("code", "missing"), [("NoRegion", True), ("OptInRequired", True), ("AuthFailure", False), ("Timeout", False)]
)
def test_what_counts_as_nothing_there_yet(code: str, missing: bool) -> None:
    assert InventoryModule.is_missing(InventoryModule(), CloudError("no", code=code)) is missing


@dataclasses.dataclass
class Account:
    """The sandboxed account over HTTP, and how Ansible parses a source of it."""

    aws: Aws
    parse: Callable[..., Any]

    def machine(self, name: str, region: str = REGION, **more: str) -> str:
        """An instance of a workstation, running."""
        launch = {**self.aws.launching(), "ImageId": self.image(region)}
        client = self.aws.client("ec2", region)
        named = {"workstation": name, "Name": name, **more}
        made = client.run_instances(**launch, TagSpecifications=tags("instance", **named))
        self.aws.advance(10)
        return str(made["Instances"][0]["InstanceId"])

    def image(self, region: str) -> str:
        found = self.aws.client("ec2", region).describe_images(Filters=[{"Name": "name", "Values": ["debian-12-*"]}])
        return str(found["Images"][0]["ImageId"])

    def calls(self) -> list[str]:
        return [f"{entry['method']} {entry['path']}" for entry in self.aws.log()]


@pytest.fixture
def account(tmp_path: Path, parse_source: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    config = Config.from_environment({"SANDBOX_HOME": str(tmp_path / "home"), "SANDBOX_CACHE": str(tmp_path / "cache")})
    config.home.mkdir()
    hosts = FakeHosts()
    app = create_app(hosts, config)
    app.extensions["sandbox"].cloud.clock = lambda: 1_800_000_000.0
    key = access_key.load(config)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", key.id)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", key.secret)
    server = bind(0, app)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield Account(Aws(app, hosts, key), partial(parse_source, "ec2", endpoint_url=f"http://127.0.0.1:{server.port}"))
    server.shutdown()
    thread.join()
    server.server_close()


def test_one_region_is_one_request_and_lists_only_what_is_marked_and_alive(account: Account) -> None:
    account.machine("b")
    account.machine("a")
    account.aws.running()
    gone = account.machine("gone")
    account.aws.ec2.terminate_instances(InstanceIds=[gone])
    account.aws.advance(10)
    before = len(account.calls())
    found = account.parse(region=REGION, user="u", private_key_file="k")
    assert (found.hosts, found.warnings) == (["a", "b"], [])
    assert account.calls()[before:] == [f"ec2.DescribeInstances {REGION}"]
    variables = found.variables("a")
    assert [name for name, value in variables.items() if name.startswith("ec2_") and not value] == ["ec2_key_name"]
    assert "tags" not in variables
    group = found.inventory.groups["workstation"].get_vars()
    assert (group["ansible_user"], group["ansible_ssh_private_key_file"]) == ("u", "k")


def test_several_regions_are_listed_together_and_names_made_unique(account: Account) -> None:
    account.machine("a")
    account.machine("a", ELSEWHERE)
    found = account.parse(regions=[REGION, ELSEWHERE], keyed_groups=[{"key": "ec2_region", "prefix": "in"}])
    zones = [found.variables(name)["ec2_zone"] for name in found.hosts]
    assert found.hosts == [f"a.{zone}" for zone in zones]
    assert sorted(found.groups()["workstation"]) == sorted(found.hosts)
    assert set(found.groups()) >= {"in_ca_central_1", "in_us_east_1"}


def test_two_of_one_name_and_zone_are_told_apart_by_their_ids(account: Account) -> None:
    ids = [account.machine("a"), account.machine("a")]
    assert sorted(account.parse(region=REGION).hosts) == sorted(f"a.{identifier}" for identifier in ids)


def test_other_instances_can_be_asked_for(account: Account) -> None:
    account.machine("a", team="taxi")
    account.machine("b", team="bus")
    assert account.parse(region=REGION, filters={"tag:team": ["taxi", "tram"]}).hosts == ["a"]


def test_a_warm_cache_asks_nothing_and_each_question_has_its_own(account: Account, tmp_path: Path) -> None:
    account.machine("a")
    account.machine("b", ELSEWHERE)
    kept = {"cache": True, "cache_plugin": "ansible.builtin.jsonfile", "cache_connection": str(tmp_path / "kept")}
    cold = account.parse(region=REGION, **kept)
    before = len(account.calls())
    warm = account.parse(region=REGION, **kept)
    assert (warm.hosts, warm.variables("a")) == (cold.hosts, cold.variables("a"))
    assert len(account.calls()) == before
    assert account.parse(region=ELSEWHERE, **kept).hosts == ["b"]
    assert account.parse(region=REGION, refresh=True, **kept).hosts == ["a"]
    assert len(account.calls()) == before + 2
    secret = account.aws.key.secret
    assert secret not in "".join(path.read_text() for path in (tmp_path / "kept").iterdir())


def test_a_region_that_cannot_be_read_leaves_a_gap(account: Account) -> None:
    account.machine("a")
    account.aws.fault("ec2.DescribeInstances", "error", path=ELSEWHERE, times=9, status=401, reason="AuthFailure")
    found = account.parse(regions=[REGION, ELSEWHERE])
    assert found.hosts == ["a"]
    assert f"instances in {ELSEWHERE}" in found.warnings[0]
    with pytest.raises(AnsibleParserError, match="incomplete"):
        account.parse(regions=[REGION, ELSEWHERE], strict_partial=True)


def test_without_a_region_one_is_asked_for_unless_that_is_allowed(account: Account) -> None:
    with pytest.raises(AnsibleParserError, match="No AWS region is given"):
        account.parse()
    found = account.parse(allow_missing=True)
    assert (found.hosts, found.warnings) == ([], [])


def test_credentials_that_are_not_accepted_are_a_warning_at_least(account: Account, monkeypatch: Any) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "another")
    with pytest.raises(AnsibleParserError, match=r"AuthFailure.*Check the access key"):
        account.parse(region=REGION)
    found = account.parse(region=REGION, allow_missing=True)
    assert "no machines could be listed" in found.warnings[0]


def test_the_region_may_be_a_template(account: Account, tmp_path: Path) -> None:
    account.machine("a")
    (tmp_path / "group_vars").mkdir()
    (tmp_path / "group_vars" / "all.yml").write_text(f"aws_machine_region: {REGION}\n")
    assert account.parse(region="{{ aws_machine_region }}").hosts == ["a"]


@pytest.mark.parametrize(
    ("name", "accepted"), [("workstation.ec2.yml", True), ("ec2.yaml", True), ("hosts.yml", False)]
)
def test_sources_are_told_by_their_names(tmp_path: Path, name: str, accepted: bool) -> None:
    path = tmp_path / name
    path.write_text("plugin: mlops.workstation.ec2\n")
    assert InventoryModule().verify_file(str(path)) is accepted

# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Security groups."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from plugins.module_utils.aws.resources.security_group import SecurityGroup, from_api, permission
from plugins.module_utils.resource import CloudError
from tests.unit.plugins.module_utils.aws.resources.conftest import Cloud

Options = dict[str, Any]

GROUP: Options = {
    "name": "mlops-zoom-aws",
    "vpc": None,
    "description": None,
    "ssh_from": ["world"],
    "my_ip_url": "https://checkip.amazonaws.com",
    "http": False,
    "https": False,
    "tags": None,
    "state": "present",
}


def opened(result: dict[str, Any]) -> list[tuple[int, str]]:
    return [(rule["from_port"], rule["source"]) for rule in result["resource"]["rules"]]


@pytest.fixture
def page() -> Iterator[Any]:
    """A page that says what it is told to."""

    class Handler(http.server.BaseHTTPRequestHandler):
        text = "192.0.2.1\n"

        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(self.text.encode())

        def log_message(self, *_arguments: Any) -> None:
            """Nothing is printed."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    Handler.url = f"http://127.0.0.1:{server.server_port}/"  # type: ignore[attr-defined]
    yield Handler
    server.shutdown()
    server.server_close()


def test_make_keep_remove(cloud: Cloud) -> None:
    made = cloud.predicted(SecurityGroup, GROUP)
    assert made["actions"] == ["create", "set_rules"]
    assert opened(made) == [(22, "0.0.0.0/0")]
    assert made["resource"]["tags"] == {"workstation": "mlops-zoom-aws"}
    assert "open to the whole Internet" in made["warnings"][0]
    kept = cloud.run(SecurityGroup, GROUP)
    assert (kept["changed"], kept["api_calls"]) == (False, 1)
    assert cloud.predicted(SecurityGroup, {**GROUP, "state": "absent"})["actions"] == ["delete"]
    gone = cloud.run(SecurityGroup, {**GROUP, "state": "absent"})
    assert (gone["changed"], gone["api_calls"], gone["warnings"]) == (False, 1, [])


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"ssh_from": ["198.51.100.7", "192.0.2.9/24"]}, [(22, "192.0.2.0/24"), (22, "198.51.100.7/32")]),
        ({"ssh_from": ["2001:db8::/32"]}, [(22, "2001:db8::/32")]),
        ({"ssh_from": []}, []),
        ({"http": True, "https": True}, [(22, "0.0.0.0/0"), (80, "0.0.0.0/0"), (443, "0.0.0.0/0")]),
    ],
)
def test_the_rules_become_exactly_those_asked_for(
    cloud: Cloud, change: Options, expected: list[tuple[int, str]]
) -> None:
    cloud.run(SecurityGroup, GROUP)
    changed = cloud.predicted(SecurityGroup, {**GROUP, **change})
    assert (changed["actions"], opened(changed)) == (["set_rules"], expected)
    assert cloud.run(SecurityGroup, {**GROUP, **change})["changed"] is False


def test_a_rule_of_somebody_else_is_taken_out_whatever_it_lets_in(cloud: Cloud) -> None:
    group = cloud.run(SecurityGroup, GROUP)["resource"]["id"]
    for rule in (
        {"protocol": "-1", "from_port": None, "to_port": None, "source": group},
        {"protocol": "udp", "from_port": 60000, "to_port": 61000, "source": "2001:db8::/64"},
    ):
        cloud.session().call("authorize_security_group_ingress", "", GroupId=group, IpPermissions=[permission(rule)])
    changed = cloud.predicted(SecurityGroup, GROUP)
    assert (changed["actions"], opened(changed)) == (["set_rules"], [(22, "0.0.0.0/0")])


def test_nobody_is_locked_out_while_rules_change(cloud: Cloud) -> None:
    cloud.run(SecurityGroup, GROUP)
    before = len(cloud.mutations())
    cloud.run(SecurityGroup, {**GROUP, "ssh_from": ["192.0.2.0/24"]})
    assert cloud.mutations()[before:] == ["AuthorizeSecurityGroupIngress", "RevokeSecurityGroupIngress"]


def test_my_ip_follows_this_machine(cloud: Cloud, page: Any) -> None:
    mine = {**GROUP, "ssh_from": ["my_ip"], "my_ip_url": page.url}
    made = cloud.run(SecurityGroup, mine)
    assert (opened(made), made["warnings"]) == ([(22, "192.0.2.1/32")], [])
    assert cloud.run(SecurityGroup, mine)["api_calls"] == 1
    page.text = "198.51.100.7"
    assert opened(cloud.predicted(SecurityGroup, mine)) == [(22, "198.51.100.7/32")]


@pytest.mark.parametrize("text", ["<html>Sign in to the hotel's network</html>", "", "192.0.2.1/0"])
def test_a_page_that_says_something_else_opens_nothing(cloud: Cloud, page: Any, text: str) -> None:
    page.text = text
    with pytest.raises(CloudError, match="does not answer with an address"):
        cloud.run(SecurityGroup, {**GROUP, "ssh_from": ["my_ip"], "my_ip_url": page.url})
    assert cloud.mutations() == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"ssh_from": ["home"]}, "'home' is not a network"),
        ({"ssh_from": ["my_ip"], "my_ip_url": "http://checkip.amazonaws.com"}, "only over https"),
        ({"ssh_from": ["my_ip"], "my_ip_url": "http://127.0.0.1:1/"}, "could not be read"),
    ],
)
def test_bad_input_is_refused_before_anything_is_asked(cloud: Cloud, change: Options, message: str) -> None:
    with pytest.raises(CloudError, match=message):
        cloud.run(SecurityGroup, {**GROUP, **change})
    assert cloud.calls() == []


def test_without_a_default_vpc_one_is_asked_for(cloud: Cloud) -> None:
    session = cloud.session()
    (vpc,) = session.find("describe_vpcs", "Vpcs", "", {"is-default": "true"})
    for subnet in session.find("describe_subnets", "Subnets", "", {}):
        cloud.aws.ec2.delete_subnet(SubnetId=subnet["SubnetId"])
    cloud.aws.ec2.delete_vpc(VpcId=vpc["VpcId"])
    with pytest.raises(CloudError, match=r"no default VPC.*create-default-vpc --region ca-central-1"):
        cloud.run(SecurityGroup, GROUP)
    own = cloud.aws.ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    assert cloud.predicted(SecurityGroup, {**GROUP, "vpc": own})["resource"]["vpc"] == own


def test_the_default_vpcs_group_comes_first_among_those_of_one_name(cloud: Cloud) -> None:
    session = cloud.session()
    (vpc,) = session.find("describe_vpcs", "Vpcs", "", {"is-default": "true"})
    other = cloud.aws.ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    for place in (other, vpc["VpcId"]):
        cloud.run(SecurityGroup, {**GROUP, "vpc": place})
    found = cloud.run(SecurityGroup, GROUP)
    assert (found["changed"], found["resource"]["vpc"]) == (False, vpc["VpcId"])


def test_what_is_not_ours_is_left_alone(cloud: Cloud) -> None:
    cloud.run(SecurityGroup, {**GROUP, "workstation": "other"})
    before = cloud.mutations()
    with pytest.raises(CloudError, match=r"create-tags --resources sg-\w+ "):
        cloud.run(SecurityGroup, GROUP)
    assert "left alone" in cloud.run(SecurityGroup, {**GROUP, "state": "absent"})["warnings"][0]
    assert cloud.mutations() == before


@pytest.mark.parametrize("method", ["CreateSecurityGroup", "AuthorizeSecurityGroupIngress"])
def test_a_lost_reply_does_no_harm(cloud: Cloud, method: str) -> None:
    cloud.fault(method, "drop_after")
    assert cloud.run(SecurityGroup, GROUP)["actions"] == ["create", "set_rules"]
    assert cloud.run(SecurityGroup, GROUP)["changed"] is False


def test_a_new_group_may_not_be_known_everywhere_at_once(cloud: Cloud) -> None:
    cloud.fault("AuthorizeSecurityGroupIngress", "error", reason="InvalidGroup.NotFound", status=400, times=3)
    assert cloud.run(SecurityGroup, GROUP)["actions"] == ["create", "set_rules"]


def test_a_group_in_use_is_waited_for_and_then_named(cloud: Cloud) -> None:
    cloud.run(SecurityGroup, GROUP)
    cloud.fault("DeleteSecurityGroup", "error", reason="DependencyViolation", status=400, times=2)
    assert cloud.run(SecurityGroup, {**GROUP, "state": "absent"})["actions"] == ["delete"]
    cloud.run(SecurityGroup, GROUP)
    cloud.fault("DeleteSecurityGroup", "error", reason="DependencyViolation", status=400, times=99)
    with pytest.raises(CloudError, match="Something still uses it"):
        cloud.run(SecurityGroup, {**GROUP, "state": "absent"})


@pytest.mark.parametrize(
    "rule",
    [
        {"protocol": "tcp", "from_port": 22, "to_port": 22, "source": "192.0.2.0/24"},
        {"protocol": "tcp", "from_port": 1, "to_port": 9, "source": "2001:db8::/32"},
        {"protocol": "-1", "from_port": None, "to_port": None, "source": "sg-1"},
        {"protocol": "icmp", "from_port": -1, "to_port": -1, "source": "pl-1"},
    ],
)
def test_a_rule_is_sent_as_it_is_read(rule: Options) -> None:
    group = {"GroupName": "n", "GroupId": "sg-0", "IpPermissions": [permission(rule)]}
    assert from_api(group)["rules"] == [rule]

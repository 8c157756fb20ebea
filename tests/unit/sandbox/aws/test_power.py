# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The states of an instance, and the host behind it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sandbox import driver
from tests.unit.sandbox.aws.support import Aws, refused, tags
from tests.unit.sandbox.gcp.support import FakeHosts


def test_states_take_their_time(aws: Aws) -> None:
    aws.settings(pending=30, visible_after=0)
    made = aws.launch()
    aws.advance(29)
    assert aws.state(made) == "pending"
    aws.advance(1)
    assert aws.state(made) == "running"
    assert aws.ec2.stop_instances(InstanceIds=[made])["StoppingInstances"] == [
        {
            "InstanceId": made,
            "CurrentState": {"Code": 64, "Name": "stopping"},
            "PreviousState": {"Code": 16, "Name": "running"},
        }
    ]
    assert aws.state(made) == "stopping"
    aws.advance(10)
    assert aws.state(made) == "stopped"
    aws.ec2.terminate_instances(InstanceIds=[made])
    assert aws.state(made) == "shutting-down"
    aws.advance(10)
    assert aws.state(made) == "terminated"


def test_an_instance_is_a_host(aws: Aws, hosts: FakeHosts) -> None:
    public = aws.ec2.create_key_pair(KeyName="me", KeyType="ed25519")["KeyName"]
    made = aws.running(KeyName=public)
    shown, host = aws.instance(made), hosts.made[made]
    assert (host.running, host.address) == (True, shown["PublicIpAddress"])
    assert host.metadata["ssh-keys"].startswith("ubuntu:ssh-ed25519 ")
    assert host.spec.hostname == shown["PrivateDnsName"].partition(".")[0]
    aws.ec2.stop_instances(InstanceIds=[made])
    aws.advance()
    assert not host.running
    aws.ec2.terminate_instances(InstanceIds=[made])
    aws.advance()
    assert hosts.made == {}


def test_each_start_brings_another_address(aws: Aws, hosts: FakeHosts) -> None:
    made = aws.running()
    before = aws.instance(made)["PublicIpAddress"]
    aws.ec2.stop_instances(InstanceIds=[made])
    aws.advance()
    assert "PublicIpAddress" not in aws.instance(made)
    assert hosts.released == [before]
    aws.ec2.start_instances(InstanceIds=[made])
    aws.advance()
    after = aws.instance(made)["PublicIpAddress"]
    assert before != after == hosts.made[made].address


def test_a_reboot_keeps_the_address(aws: Aws, hosts: FakeHosts) -> None:
    made = aws.running()
    before = aws.instance(made)["PublicIpAddress"]
    aws.ec2.reboot_instances(InstanceIds=[made])
    aws.advance()
    assert (aws.state(made), hosts.made[made].boots) == ("running", 2)
    assert aws.instance(made)["PublicIpAddress"] == before == hosts.made[made].address


@pytest.mark.parametrize(
    ("state", "action", "words"),
    [
        ("terminated", "start_instances", "started"),
        ("terminated", "stop_instances", "stopped"),
        ("terminated", "reboot_instances", "rebooted"),
        ("stopped", "reboot_instances", "rebooted"),
    ],
)
def test_what_a_state_does_not_allow(aws: Aws, state: str, action: str, words: str) -> None:
    made = aws.running()
    end = aws.ec2.stop_instances if state == "stopped" else aws.ec2.terminate_instances
    end(InstanceIds=[made])
    aws.advance(100)
    expected = f"The instance '{made}' is not in a state from which it can be {words}."
    assert refused(lambda: getattr(aws.ec2, action)(InstanceIds=[made])) == ("IncorrectInstanceState", expected)


def test_what_is_so_already_stays_so(aws: Aws, hosts: FakeHosts) -> None:
    made = aws.running()
    change = aws.ec2.start_instances(InstanceIds=[made])["StartingInstances"][0]
    assert change["CurrentState"] == change["PreviousState"] == {"Code": 16, "Name": "running"}
    assert hosts.made[made].boots == 1


def test_a_guest_that_powers_itself_off_shows_as_stopped(
    aws: Aws, hosts: FakeHosts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(driver, "REBOOT_SECONDS", 0)
    made = aws.running()
    hosts.made[made].running = False
    shown = aws.instance(made)
    assert shown["State"]["Name"] == "stopped"
    assert shown["StateReason"]["Code"] == "Client.InstanceInitiatedShutdown"
    assert "PublicIpAddress" not in shown


def test_a_host_that_cannot_be_made_ends_the_instance(aws: Aws, hosts: FakeHosts) -> None:
    hosts.failing.add("create")
    made = aws.launch()
    aws.advance(100)
    shown = aws.instance(made)
    assert shown["State"]["Name"] == "terminated"
    assert shown["StateReason"] == {
        "Code": "Server.InternalError",
        "Message": "Server.InternalError: the engine refused to create",
    }


def test_a_host_that_does_not_boot_again_is_stopped(aws: Aws, hosts: FakeHosts) -> None:
    made = aws.running()
    aws.ec2.stop_instances(InstanceIds=[made])
    aws.advance()
    hosts.failing.add("start")
    aws.ec2.start_instances(InstanceIds=[made])
    aws.advance()
    assert aws.state(made) == "stopped"
    assert aws.instance(made)["StateReason"]["Code"] == "Server.InternalError"


def test_a_host_that_cannot_be_stopped_runs_on(aws: Aws, hosts: FakeHosts) -> None:
    made = aws.running()
    hosts.failing.add("stop")
    aws.ec2.stop_instances(InstanceIds=[made])
    aws.advance()
    assert (aws.state(made), "PublicIpAddress" in aws.instance(made)) == ("running", True)


def test_an_instance_is_not_terminated_before_its_host_is_gone(aws: Aws, hosts: FakeHosts) -> None:
    made = aws.running()
    hosts.failing.add("delete")
    aws.ec2.terminate_instances(InstanceIds=[made])
    for _ in range(2):
        aws.advance(10)
        assert aws.state(made) == "shutting-down"
    hosts.failing.clear()
    aws.advance(10)
    aws.instance(made)
    aws.advance(10)
    assert (aws.state(made), hosts.made) == ("terminated", {})


def test_without_an_address_to_give_an_instance_does_not_start(aws: Aws, hosts: FakeHosts) -> None:
    hosts.failing.add("allocate")
    made = aws.launch()
    aws.advance(10)
    shown = aws.instance(made)
    assert (shown["State"]["Name"], hosts.made) == ("terminated", {})
    assert shown["StateReason"]["Message"] == "Server.InternalError: the engine refused to allocate"


def test_a_failure_on_demand(aws: Aws, hosts: FakeHosts) -> None:
    aws.fault("ec2.RunInstances", "operation_error", code="Client.VolumeLimitExceeded", message="too many volumes")
    made = aws.launch()
    aws.advance(100)
    reason = {"Code": "Client.VolumeLimitExceeded", "Message": "too many volumes"}
    assert (aws.state(made), aws.instance(made)["StateReason"]) == ("terminated", reason)
    assert hosts.made == {}


def test_a_terminated_instance_is_shown_for_a_while(aws: Aws) -> None:
    aws.settings(terminated=600)
    made = aws.running()
    aws.ec2.terminate_instances(InstanceIds=[made])
    aws.advance(10)
    shown = aws.instance(made)
    assert not {"PrivateIpAddress", "SubnetId", "VpcId", "PublicIpAddress"} & shown.keys()
    aws.advance(600)
    assert refused(lambda: aws.instance(made))[0] == "InvalidInstanceID.NotFound"


def test_the_state_outlives_the_process(aws: Aws, start: Callable[[], Aws], hosts: FakeHosts) -> None:
    group = aws.group("kept")
    made = aws.running(ClientToken="once", SecurityGroupIds=[group], TagSpecifications=tags("instance", a="b"))
    before = aws.instance(made)
    again = start()
    assert again.instance(made) == before
    assert again.launch(ClientToken="once", SecurityGroupIds=[group], TagSpecifications=tags("instance", a="b")) == made
    again.ec2.stop_instances(InstanceIds=[made])
    again.advance()
    assert not hosts.made[made].running


def test_what_was_under_way_is_taken_up_again(aws: Aws, start: Callable[[], Aws], hosts: FakeHosts) -> None:
    hosts.failing.add("start")
    hosts.hold.clear()
    made = aws.launch()
    hosts.failing.clear()
    again = start()
    hosts.hold.set()
    again.advance(100)
    assert (again.state(made), hosts.made[made].running) == ("running", True)


def test_hosts_that_went_off_with_the_machine_show_as_stopped(
    aws: Aws, start: Callable[[], Aws], hosts: FakeHosts
) -> None:
    made = aws.running()
    hosts.made[made].running = False
    assert start().state(made) == "stopped"


def test_a_reset_forgets_everything(aws: Aws, hosts: FakeHosts) -> None:
    made = aws.running()
    aws.ec2.allocate_address()
    assert aws.admin("POST", "reset") == {"deleted": [made]}
    assert hosts.made == {}
    assert len(hosts.released) == 2
    assert aws.ec2.describe_instances()["Reservations"] == []
    assert aws.ec2.describe_addresses()["Addresses"] == []

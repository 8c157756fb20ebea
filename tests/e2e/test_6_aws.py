# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The same workstation on AWS."""

from __future__ import annotations

import dataclasses

import pytest

from plugins.module_utils.aws.session import Session, connect
from tests.e2e.harness import Run, Workstation

MADE = {"Have a key pair", "Open the security group", "Make the machine"}
BUDGET = {"Have a key pair": 1, "Open the security group": 1, "Make the machine": 2}


@pytest.fixture(scope="module")
def person(workstation: Workstation) -> Workstation:
    """Somebody with an AWS account, on an empty cloud."""
    workstation.reset()
    return dataclasses.replace(workstation, inventory="inventories/sandbox-aws", settings=(), machine="mlops-zoom-aws")


@pytest.fixture(scope="module")
def predicted(person: Workstation) -> Run:
    """--check --diff on an empty account."""
    return person.play("aws", "--check", "--diff")


@pytest.fixture(scope="module")
def made(person: Workstation, predicted: Run) -> Run:
    """The run itself."""
    assert list_instances(person) == []
    return person.play("aws", "--diff")


def account(person: Workstation) -> Session:
    """The account's EC2."""
    aws = person.offer["aws"]
    return connect({key: aws[key] for key in ("endpoint_url", "region", "access_key", "secret_key")})


def list_instances(person: Workstation) -> list[str]:
    """The state of each instance that is not gone."""
    found = account(person).find("describe_instances", "Reservations", "the instances", {})
    states = [instance["State"]["Name"] for reservation in found for instance in reservation["Instances"]]
    return [state for state in states if state != "terminated"]


def test_each_change_in_the_cloud_was_predicted(predicted: Run, made: Run) -> None:
    assert (predicted.status, made.status) == (0, 0), made.messages()
    assert {task.name for task in made.cloud().values() if task.result["changed"]} == MADE
    for key, check in ((key, task.result) for key, task in predicted.cloud().items()):
        task = made.cloud()[key]
        assert (check["changed"], check["actions"]) == (task.result["changed"], task.result["actions"]), key
    assert "list price as of" in predicted.messages()


def test_plain_ssh_reaches_a_converged_machine(person: Workstation, made: Run) -> None:
    assert "Hello from Docker" in person.ssh("docker run --rm hello-world")
    assert person.login("true", "aws-mlops-zoom").returncode == 0
    key_file = person.home / "ssh" / "mlops-zoom-aws.pem"
    assert oct(key_file.stat().st_mode)[-3:] == "400"


def test_another_run_changes_nothing_and_keeps_to_its_budget(person: Workstation, made: Run) -> None:
    run = person.play("aws", "--diff")
    assert run.status == 0, run.messages()
    assert run.changed() == []
    calls = {task.name: task.result["api_calls"] for task in run.tasks if "api_calls" in task.result}
    assert calls == BUDGET


def test_a_stop_and_start_gives_another_address_that_the_next_run_finds(person: Workstation, made: Run) -> None:
    before = person.ssh_config.read_text()
    session = account(person)
    found = session.find("describe_instances", "Reservations", "the machine", {"tag:workstation": person.machine})
    instance = found[0]["Instances"][0]["InstanceId"]
    session.call("stop_instances", "the machine", InstanceIds=[instance])
    session.until(lambda: list_instances(person), lambda states: states == ["stopped"], "the machine")
    run = person.play("aws")
    assert run.status == 0, run.messages()
    assert run.cloud()["Make the machine", ""].result["actions"] == ["start"]
    assert person.ssh_config.read_text() != before
    assert person.login("true").returncode == 0


def test_an_elastic_ip_is_a_switch_of_the_role_alone_too(person: Workstation, made: Run) -> None:
    aws = person.offer["aws"]
    connection = {
        "AWS_REGION": aws["region"],
        "AWS_ENDPOINT_URL": aws["endpoint_url"],
        "AWS_ACCESS_KEY_ID": aws["access_key"],
        "AWS_SECRET_ACCESS_KEY": aws["secret_key"],
    }
    role = ["-m", "ansible.builtin.include_role", "-a", "name=mlops.workstation.aws_machine"]
    # Its host keys are pinned there, and the console has them no more since it was stopped.
    pinned = f"aws_machine_known_hosts_file={person.home / 'ssh' / 'known_hosts'}"
    command = ["ansible", "localhost", "-i", person.inventory, *role, "-e", "aws_machine_elastic_ip=true", "-e", pinned]
    finished = person.command(command, **connection)
    assert finished.returncode == 0, finished.stdout
    addresses = account(person).find(
        "describe_addresses", "Addresses", "the addresses", {"tag:workstation": person.machine}
    )
    assert [address["InstanceId"][:2] for address in addresses] == ["i-"]


def test_destroy_asks_first_and_then_removes_all_of_it(person: Workstation, made: Run) -> None:
    refused = person.play("destroy")
    assert refused.status != 0
    assert "Nothing was removed" in refused.messages()
    assert list_instances(person) == ["running"]
    run = person.play("destroy", "-e", "confirm=yes")
    assert run.status == 0, run.messages()
    assert list_instances(person) == []
    session = account(person)
    tagged = {"tag:workstation": person.machine}
    assert session.find("describe_addresses", "Addresses", "the addresses", tagged) == []
    assert session.find("describe_key_pairs", "KeyPairs", "the key pairs", tagged) == []
    assert session.find("describe_security_groups", "SecurityGroups", "the groups", tagged) == []
    again = person.play("destroy")
    assert (again.status, again.changed()) == (0, [])
    assert "Nothing of this workstation is there" in again.messages()

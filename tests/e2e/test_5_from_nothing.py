# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Google Cloud from nothing: a person who may make projects, and a billing account."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from plugins.module_utils.gcp.session import connect
from tests.e2e.harness import Run, Workstation
from tests.readers.person import found_in, private_pieces

ROLES = ["roles/bigquery.admin", "roles/storage.admin", "roles/storage.objectAdmin", "roles/viewer"]
PARTS = {
    "Have the project",
    "Enable the services",
    "Have the service account",
    "Have its key",
    "Give it its roles",
    "Open the firewall",
    "Reserve the address",
    "Let the key log in",
    "Make the machine",
}


@pytest.fixture(scope="module")
def person(workstation: Workstation) -> Workstation:
    """Somebody without a project, on an empty cloud."""
    workstation.reset()
    for path in (workstation.home / "keys").glob("*.json"):
        path.unlink()
    return dataclasses.replace(workstation, settings=())


@pytest.fixture(scope="module")
def foretold(person: Workstation) -> Run:
    """--check --diff before there is anything."""
    return person.play("gcp", "--check", "--diff")


@pytest.fixture(scope="module")
def whole(person: Workstation, foretold: Run) -> Run:
    """The run itself, on a cloud where a new project is not found by its label for longer than it takes."""
    assert person.mutations() == [], "check mode sent a mutating request"
    person.behave(delays={"project_searchable": 25})
    return person.play("gcp", "-vvv", "--diff", ANSIBLE_LOG_PATH=str(person.logs / "whole.log"))


@pytest.fixture(scope="module")
def project(person: Workstation, whole: Run) -> str:
    """The project that was made."""
    assert whole.status == 0, whole.messages()
    made = next(
        task.result["resource"]
        for task in reversed(whole.tasks)
        if task.name == "Have the project" and "resource" in task.result
    )
    return str(made["project_id"])


def key_of(person: Workstation, project: str) -> Path:
    """The file of the service account's key."""
    return person.home / "keys" / f"mlops-zoom-user@{project}.json"


def read_policy(person: Workstation, project: str) -> list[dict[str, Any]]:
    """The bindings of the project's IAM policy."""
    gcp = person.offer["gcp"]
    given = {"project": project, "endpoints": gcp["endpoints"], "credentials_file": gcp["user_credentials_file"]}
    session = connect({**given, "token_endpoint": gcp["token_uri"]}, {})
    policy = session.api("cloudresourcemanager").read(f"v3/projects/{project}:getIamPolicy", {})
    bindings: list[dict[str, Any]] = policy["bindings"]
    return bindings


def test_the_plan_names_all_there_will_be_and_what_it_costs(foretold: Run) -> None:
    assert foretold.status == 0, foretold.messages()
    said = foretold.messages()
    assert said.count("to be made") == 10
    assert "n2-standard-2, " in said
    assert "list price as of" in said
    assert "open to the whole internet" in said


def test_one_run_makes_all_of_it(whole: Run, project: str) -> None:
    assert {task.name for task in whole.tasks if task.result.get("changed") and task.host == "localhost"} >= PARTS
    assert project.startswith("mlops-zoom-")
    assert project in whole.messages()


def test_the_account_has_its_roles_and_a_key_of_its_owner_alone(person: Workstation, project: str) -> None:
    path = key_of(person, project)
    assert oct(path.stat().st_mode)[-3:] == "600"
    key = json.loads(path.read_text())
    assert key["project_id"] == project
    member = f"serviceAccount:{key['client_email']}"
    assert sorted(binding["role"] for binding in read_policy(person, project) if member in binding["members"]) == ROLES


def test_the_machine_works(person: Workstation, project: str) -> None:
    assert "Hello from Docker" in person.ssh("docker run --rm hello-world")


def test_the_whole_run_says_no_secret_however_talkative_it_is(person: Workstation, project: str) -> None:
    files = (key_of(person, project), person.home / "ssh" / "mlops-zoom")
    secrets = {f"line {number} of {path.name}": line for path in files for number, line in private_pieces(path)}
    assert len(secrets) > 40
    secrets["Jupyter's token"] = person.ssh("cat .jupyter/token").strip()
    credentials = json.loads(Path(person.offer["gcp"]["user_credentials_file"]).read_text())
    secrets |= {name: credentials[name] for name in ("refresh_token", "client_secret")}
    assert "module_args" in (person.logs / "whole.log").read_text()
    for path in (*person.logs.iterdir(), *person.home.glob("*requests.jsonl")):
        text = path.read_bytes()
        assert list(found_in(text, secrets)) == [], path
        assert b"ya29." not in text, path  # how access tokens begin


def test_another_run_finds_the_project_again_and_changes_nothing(person: Workstation, project: str) -> None:
    person.clear_log()
    run = person.play("gcp")
    assert run.status == 0, run.messages()
    assert run.changed() == []
    assert person.mutations() == []


def test_destroy_keeps_the_project_unless_told_otherwise(person: Workstation, project: str, tmp_path: Path) -> None:
    run = person.play("destroy", "-e", "confirm=yes")
    assert run.status == 0, run.messages()
    assert f"The project {project} stays as well" in run.messages()
    assert not key_of(person, project).exists()
    assert not [
        binding
        for binding in read_policy(person, project)
        if any("mlops-zoom-user" in one for one in binding["members"])
    ]
    run = person.play("destroy", "-e", "confirm=yes", "-e", "gcp_destroy_project=true")
    assert run.status == 0, run.messages()
    assert "Mark the project for deletion" in {task.name for task in run.tasks if task.result.get("changed")}
    run = person.play("gcp", "--check")
    assert run.status != 0
    assert "gcp_project_undelete=true" in run.messages()

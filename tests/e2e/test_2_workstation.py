# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The main job: predicted, done, done again, and used."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.harness import REPOSITORY, Run, Workstation, role_settings

# What the plays leave alone although it changes by itself, in any run of any program.
SNAPSHOT = (
    "sudo find /etc /home /root /opt /usr /var/lib/dpkg -xdev -type f "
    r"-not -path '*/.ansible/*' -not -path '*/.cache/*' -printf '%p %s %m %u:%g %T@\n' | sort"
)
MADE = {
    ("Open the firewall", "allow-http"),
    ("Open the firewall", "allow-https"),
    ("Open the firewall", "allow-ssh"),
    ("Reserve the address", ""),
    ("Let the key log in", ""),
    ("Make the machine", ""),
}
UNFORESEEABLE = {"entry", "external_ip"}
BUDGET = {
    "Enable the services": 1,
    "Open the firewall": 1,
    "Reserve the address": 1,
    "Let the key log in": 1,
    "Make the machine": 2,
    "Ask for the guest's own attributes": 1,
}


@dataclasses.dataclass(frozen=True)
class Again:
    """A second run, with what it was to leave as it was."""

    run: Run
    log: list[dict[str, Any]]
    before: list[str]
    after: list[str]


def foreseeable(diff: Any) -> Any:
    """A diff without the content of a key pair and the number of an address, which nobody knows before there is one."""
    if not diff:
        return diff
    return {**diff, "after": {field: value for field, value in diff["after"].items() if field not in UNFORESEEABLE}}


@pytest.fixture(scope="module")
def again(workstation: Workstation, made: Run) -> Again:
    """The same run once more."""
    before = workstation.ssh(SNAPSHOT).splitlines()
    workstation.clear_log()
    run = workstation.play("gcp", "--diff")
    log = workstation.log()
    return Again(run, log, before, workstation.ssh(SNAPSHOT).splitlines())


def test_the_prediction_succeeds_and_names_what_it_cannot_know(predicted: Run) -> None:
    assert predicted.status == 0, predicted.messages()
    assert "not predicted" in predicted.messages()


def test_the_run_succeeds(made: Run) -> None:
    assert made.status == 0, made.messages()
    assert "Log in:" in made.messages()
    assert "list price as of" in made.messages()
    assert "http://127.0.0.1:8888/" in made.messages()


def test_each_change_in_the_cloud_was_predicted(predicted: Run, made: Run) -> None:
    assert {key for key, task in made.cloud().items() if task.result["changed"]} == MADE
    for key, check in ((key, task.result) for key, task in predicted.cloud().items()):
        task = made.cloud()[key]
        assert (check["changed"], check["actions"]) == (task.result["changed"], task.result["actions"]), key
        assert foreseeable(check.get("diff")) == foreseeable(task.result.get("diff")), key


def test_the_private_key_is_its_owners_alone(key_file: Path, made: Run) -> None:
    assert oct(key_file.stat().st_mode)[-3:] == "400"


def test_the_machine_is_as_the_shared_assertions_have_it(workstation: Workstation, made: Run) -> None:
    finished = workstation.command(
        ["pytest", "tests/testinfra", "--hosts=ssh://mlops-zoom", f"--ssh-config={workstation.ssh_config}"],
        WORKSTATION_SETTINGS=json.dumps(role_settings(workstation)),
    )
    assert finished.returncode == 0, finished.stdout[-6000:]
    assert " passed" in finished.stdout


def test_what_the_notes_do_by_hand_works_over_ssh(workstation: Workstation, made: Run) -> None:
    assert "Hello from Docker" in workstation.ssh("docker run --rm hello-world")
    for command in ("docker-compose ls", "docker compose ls"):
        assert "CONFIG FILES" in workstation.ssh(f"bash -ilc '{command}' 2>/dev/null")
    assert workstation.ssh("bash -ilc 'conda --version' 2>/dev/null").startswith("conda ")
    assert "version" in json.loads(workstation.ssh("curl --silent --fail http://127.0.0.1:8888/api"))


def test_a_second_run_changes_nothing(again: Again) -> None:
    assert again.run.status == 0, again.run.messages()
    assert again.run.changed() == []
    assert {host: stats["changed"] for host, stats in again.run.stats.items()} == {"localhost": 0, "mlops-zoom": 0}
    assert [entry for entry in again.log if entry["mutating"]] == []


def test_a_second_run_leaves_files_and_packages_as_they_were(again: Again) -> None:
    assert again.before
    assert set(again.after) ^ set(again.before) == set()


def test_a_second_run_keeps_to_the_budget_of_api_calls(again: Again) -> None:
    tasks = [task for task in again.run.tasks if "api_calls" in task.result]
    for task in tasks:
        assert task.result["api_calls"] == BUDGET[task.name], task.name
    assert len({task.key for task in tasks}) == len(tasks), "what is there is looked at once"
    listings = [entry for entry in again.log if entry["method"] == "compute.instances.aggregatedList"]
    assert len(listings) == 2, "one when Ansible starts, one when the playbook reads the inventory again"
    assert len(again.log) == sum(task.result["api_calls"] for task in tasks) + len(listings)


def test_the_inventory_lists_the_machine_and_no_other(workstation: Workstation, address: str, key_file: Path) -> None:
    found = workstation.evaluate("[groups, ansible_host, ansible_user, ansible_ssh_private_key_file, gcp_labels]")
    groups = {"all": ["mlops-zoom"], "ungrouped": [], "workstation": ["mlops-zoom"]}
    assert found == [groups, address, "mlops-zoom-user", str(key_file), {"workstation": "mlops-zoom"}]


def test_the_inventory_groups_composes_and_caches(workstation: Workstation, made: Run, tmp_path: Path) -> None:
    gcp = workstation.offer["gcp"]
    source = {
        "plugin": "mlops.workstation.gcp",
        **{key: gcp[key] for key in ("project", "endpoints", "service_account_file")},
        "compose": {"shape": "gcp_machine_type ~ '/' ~ gcp_region"},
        "groups": {"running": "gcp_status == 'RUNNING'"},
        "keyed_groups": [{"key": "gcp_zone", "prefix": "zone"}],
        "filter": "",
        "group": "taxi",
        "cache": True,
        "cache_plugin": "ansible.builtin.jsonfile",
        "cache_connection": str(tmp_path / "cache"),
    }
    path = tmp_path / "taxi.gcp.yml"
    path.write_text(json.dumps(source))
    workstation.clear_log()
    for _ in range(2):
        found = workstation.evaluate("[group_names, shape]", str(path))
        groups = ["running", "taxi", "zone_northamerica_northeast2_a"]
        assert found == [groups, "n2-standard-2/northamerica-northeast2"]
    assert [entry["method"] for entry in workstation.log()] == ["compute.instances.aggregatedList"]


def test_a_project_that_does_not_exist_is_an_error_unless_allowed(workstation: Workstation, tmp_path: Path) -> None:
    project, message = "not-made-yet", "The resource 'projects/not-made-yet' was not found"
    gcp = {key: workstation.offer["gcp"][key] for key in ("endpoints", "service_account_file")}
    path = tmp_path / "none.gcp.yml"
    missing = {"kind": "error", "status": 404, "reason": "notFound", "message": f"{message}."}
    for allowed in (False, True):
        path.write_text(
            json.dumps({"plugin": "mlops.workstation.gcp", "project": project, "allow_missing": allowed, **gcp})
        )
        workstation.fault(method="compute.instances.aggregatedList", times=1, **missing)
        finished = workstation.command(["ansible-inventory", "-i", str(path), "--list"])
        workstation.clear_faults()
        assert (finished.returncode == 0) is allowed
        assert (message in finished.stderr) is not allowed


def test_the_roles_run_on_a_bare_address(
    workstation: Workstation, address: str, key_file: Path, tmp_path: Path
) -> None:
    settings = {
        "target": "all",
        **role_settings(workstation),
        "ansible_ssh_common_args": f"-o StrictHostKeyChecking=accept-new -o UserKnownHostsFile={tmp_path}/known_hosts",
    }
    login = ("-u", "mlops-zoom-user", "--private-key", str(key_file))
    run = workstation.play("converge", "-e", json.dumps(settings), *login, inventory=f"{address},")
    assert run.status == 0, run.messages()
    assert run.changed() == []


def test_verify_is_read_only_and_fails_on_any_failure(workstation: Workstation, made: Run) -> None:
    good = workstation.play("verify")
    assert (good.status, good.changed()) == (0, [])
    workstation.ssh("sudo systemctl stop jupyter")
    try:
        bad = workstation.play("verify")
        assert bad.status != 0
        assert "FAILED" in bad.messages()
    finally:
        workstation.ssh("sudo systemctl start jupyter")


def test_the_collection_says_what_it_is() -> None:
    """The playbooks run from a checkout with full names because of this link."""
    assert (REPOSITORY / "collections/ansible_collections/mlops/workstation").resolve() == REPOSITORY

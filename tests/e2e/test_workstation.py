# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The main job: predicted, done, done again, used, and removed, among things that are not ours."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.harness import REPOSITORY, Run, Workstation

ZONE = "zones/northamerica-northeast2-a"
FOREIGN = {
    "machine": f"{ZONE}/instances/somebody-elses",
    "address": "regions/northamerica-northeast2/addresses/somebody-elses",
    "firewall rule": "global/firewalls/mlops-zoom-allow-ssh",
    "project": "",
}
# What the plays leave alone although it changes by itself, in any run of any program.
SNAPSHOT = (
    "sudo find /etc /home /root /opt /usr /var/lib/dpkg -xdev -type f "
    r"-not -path '*/.ansible/*' -not -path '*/.cache/*' -printf '%p %s %m %u:%g %T@\n' | sort"
)
MADE = {
    ("Open the firewall", "allow-http"),
    ("Open the firewall", "allow-https"),
    ("Reserve the address", ""),
    ("Let the key log in", ""),
    ("Make the machine", ""),
}
BUDGET = {"Open the firewall": 1, "Reserve the address": 1, "Let the key log in": 1, "Make the machine": 2}


@dataclasses.dataclass(frozen=True)
class Again:
    """A second run, with what it was to leave as it was."""

    run: Run
    log: list[dict[str, Any]]
    before: list[str]
    after: list[str]


@pytest.fixture(scope="module")
def foreign(workstation: Workstation) -> dict[str, Any]:
    """A machine, an address, a firewall rule and an SSH key that this collection did not make."""
    cloud = workstation.cloud()
    image = f"projects/{workstation.offer['gcp']['image_project']}/global/images/family/"
    cloud.change(
        "POST",
        f"{ZONE}/instances",
        {
            "name": "somebody-elses",
            "machineType": f"{ZONE}/machineTypes/e2-small",
            "disks": [
                {
                    "boot": True,
                    "autoDelete": True,
                    "initializeParams": {"sourceImage": image + workstation.offer["gcp"]["image_family"]},
                }
            ],
            "networkInterfaces": [{"network": "global/networks/default"}],
        },
    )
    cloud.change("POST", "regions/northamerica-northeast2/addresses", {"name": "somebody-elses"})
    rule = {"name": "mlops-zoom-allow-ssh", "allowed": [{"IPProtocol": "tcp", "ports": ["22"]}]}
    cloud.change("POST", "global/firewalls", {**rule, "sourceRanges": ["0.0.0.0/0"]})
    metadata = cloud.get("")["commonInstanceMetadata"]
    items = [{"key": "ssh-keys", "value": "somebody:ssh-ed25519 AAAA somebody"}]
    cloud.change("POST", "setCommonInstanceMetadata", {"items": items, "fingerprint": metadata["fingerprint"]})
    workstation.clear_log()
    return read_foreign(workstation)


def read_foreign(workstation: Workstation) -> dict[str, Any]:
    cloud = workstation.cloud()
    found = {kind: cloud.get(path) for kind, path in FOREIGN.items()}
    items = found.pop("project")["commonInstanceMetadata"]["items"]
    keys = next(item["value"] for item in items if item["key"] == "ssh-keys").splitlines()
    return {**found, "keys": [key for key in keys if key.startswith("somebody:")]}


@pytest.fixture(scope="module")
def predicted(workstation: Workstation, foreign: dict[str, Any]) -> Run:
    """--check --diff on a project without a workstation."""
    return workstation.play("gcp", "--check", "--diff")


@pytest.fixture(scope="module")
def made(workstation: Workstation, predicted: Run) -> Run:
    """The run itself."""
    assert workstation.mutations() == [], "check mode sent a mutating request"
    return workstation.play("gcp", "--diff")


@pytest.fixture(scope="module")
def address(workstation: Workstation, made: Run) -> str:
    """The machine's public address."""
    found: str = workstation.cloud().get("regions/northamerica-northeast2/addresses/ml-zoom-ip")["address"]
    return found


@pytest.fixture(scope="module")
def again(workstation: Workstation, address: str) -> Again:
    """The same run once more."""
    before = workstation.ssh(address, SNAPSHOT).splitlines()
    workstation.clear_log()
    run = workstation.play("gcp", "--diff")
    log = workstation.log()
    return Again(run, log, before, workstation.ssh(address, SNAPSHOT).splitlines())


def test_the_prediction_succeeds_and_names_what_it_cannot_know(predicted: Run) -> None:
    assert predicted.status == 0, predicted.messages()
    assert "not predicted" in predicted.messages()


def test_the_run_succeeds(made: Run) -> None:
    assert made.status == 0, made.messages()
    assert "Log in:" in made.messages()
    assert "http://127.0.0.1:8888/" in made.messages()


def test_each_change_in_the_cloud_was_predicted(predicted: Run, made: Run) -> None:
    assert {key for key, task in made.cloud().items() if task.result["changed"]} == MADE
    assert predicted.cloud().keys() == made.cloud().keys()
    for key, task in made.cloud().items():
        check = predicted.cloud()[key].result
        assert (check["changed"], check["actions"]) == (task.result["changed"], task.result["actions"]), key
        # The content of a key pair that does not exist yet is the one thing that cannot be foretold.
        if key[0] != "Let the key log in":
            assert check.get("diff") == task.result.get("diff"), key


def test_the_private_key_is_its_owners_alone(key_file: Path, made: Run) -> None:
    assert oct(key_file.stat().st_mode)[-3:] == "400"


def test_the_machine_is_as_the_shared_assertions_have_it(workstation: Workstation, made: Run) -> None:
    finished = workstation.command(
        ["pytest", "tests/testinfra", "--hosts=ansible://workstation", "--ansible-inventory=inventories/sandbox"]
    )
    assert finished.returncode == 0, finished.stdout[-6000:]
    assert " passed" in finished.stdout


def test_what_the_notes_do_by_hand_works_over_ssh(workstation: Workstation, address: str) -> None:
    assert "Hello from Docker" in workstation.ssh(address, "docker run --rm hello-world")
    for command in ("docker-compose ls", "docker compose ls"):
        assert "CONFIG FILES" in workstation.ssh(address, f"bash -ilc '{command}' 2>/dev/null")
    assert workstation.ssh(address, "bash -ilc 'conda --version' 2>/dev/null").startswith("conda ")
    assert "version" in json.loads(workstation.ssh(address, "curl --silent --fail http://127.0.0.1:8888/api"))


def test_a_second_run_changes_nothing(again: Again) -> None:
    assert again.run.status == 0, again.run.messages()
    assert again.run.changed() == []
    assert {host: stats["changed"] for host, stats in again.run.stats.items()} == {"localhost": 0, "mlops-zoom": 0}
    assert [entry for entry in again.log if entry["mutating"]] == []


def test_a_second_run_leaves_files_and_packages_as_they_were(again: Again) -> None:
    assert again.before
    assert set(again.after) ^ set(again.before) == set()


def test_a_second_run_keeps_to_the_budget_of_api_calls(again: Again) -> None:
    tasks = again.run.cloud().values()
    for task in tasks:
        assert task.result["api_calls"] == BUDGET.get(task.name, 1), task.name
    listings = [entry for entry in again.log if entry["method"] == "compute.instances.aggregatedList"]
    assert len(listings) == 2, "one when Ansible starts, one when the playbook reads the inventory again"
    assert len(again.log) == sum(task.result["api_calls"] for task in tasks) + len(listings)


def test_the_inventory_lists_the_machine_and_no_other(workstation: Workstation, address: str) -> None:
    listed = json.loads(workstation.command(["ansible-inventory", "-i", "inventories/sandbox", "--list"]).stdout)
    assert listed["workstation"]["hosts"] == ["mlops-zoom"]
    variables = listed["_meta"]["hostvars"]["mlops-zoom"]
    assert variables["ansible_host"] == address
    assert variables["ansible_user"] == "mlops-zoom-user"
    assert variables["gcp_labels"] == {"workstation": "mlops-zoom"}


def test_the_inventory_groups_composes_and_caches(workstation: Workstation, made: Run, tmp_path: Path) -> None:
    gcp = workstation.offer["gcp"]
    source = {
        "plugin": "mlops.workstation.gcp",
        **{key: gcp[key] for key in ("project", "endpoint", "service_account_file")},
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
        listed = json.loads(workstation.command(["ansible-inventory", "-i", str(path), "--list"]).stdout)
        assert listed["taxi"]["hosts"] == ["mlops-zoom"]
        assert listed["running"]["hosts"] == listed["zone_northamerica_northeast2_a"]["hosts"] == ["mlops-zoom"]
        assert listed["_meta"]["hostvars"]["mlops-zoom"]["shape"] == "n2-standard-2/northamerica-northeast2"
    assert [entry["method"] for entry in workstation.log()] == ["compute.instances.aggregatedList"]


def test_a_project_that_does_not_exist_is_an_error_unless_allowed(workstation: Workstation, tmp_path: Path) -> None:
    gcp = workstation.offer["gcp"]
    source = {"plugin": "mlops.workstation.gcp", "endpoint": gcp["endpoint"], "access_token": "none", "project": ""}
    path = tmp_path / "none.gcp.yml"
    for allowed, status in ((False, 1), (True, 0)):
        path.write_text(json.dumps({**source, "allow_missing": allowed}))
        finished = workstation.command(["ansible-inventory", "-i", str(path), "--list"])
        assert (finished.returncode != 0) == bool(status)
        assert ("No Google Cloud project is given" in finished.stderr) == bool(status)


def test_the_roles_run_on_a_bare_address(workstation: Workstation, address: str, key_file: Path) -> None:
    mirror = workstation.offer["mirror"]
    settings = {
        "target": "all",
        "docker_registry_mirrors": [mirror["registry"]],
        **{f"{role}_{option}": mirror[role][option] for role in ("anaconda", "compose") for option in mirror[role]},
        "ansible_ssh_common_args": f"-o UserKnownHostsFile={workstation.home}/ssh/test_known_hosts",
    }
    login = ("-u", "mlops-zoom-user", "--private-key", str(key_file))
    run = workstation.play("converge", "-e", json.dumps(settings), *login, inventory=f"{address},")
    assert run.status == 0, run.messages()
    assert run.changed() == []


def test_verify_is_read_only_and_fails_on_any_failure(workstation: Workstation, address: str) -> None:
    good = workstation.play("verify")
    assert (good.status, good.changed()) == (0, [])
    workstation.ssh(address, "sudo systemctl stop jupyter")
    try:
        bad = workstation.play("verify")
        assert bad.status != 0
        assert "FAILED" in bad.messages()
    finally:
        workstation.ssh(address, "sudo systemctl start jupyter")


def test_a_foreign_machine_of_the_same_name_is_refused(workstation: Workstation, made: Run) -> None:
    workstation.clear_log()
    run = workstation.play("gcp", "-e", "gcp_machine_name=somebody-elses")
    assert run.status != 0
    assert "is not marked as belonging to the workstation 'somebody-elses'" in run.messages()
    assert workstation.mutations() == []


def test_destroy_asks_and_takes_silence_for_no(workstation: Workstation, made: Run) -> None:
    workstation.clear_log()
    run = workstation.play("destroy")
    assert run.status != 0
    assert "machine mlops-zoom in northamerica-northeast2-a" in run.messages()
    assert "Nothing was removed" in run.messages()
    assert workstation.mutations() == []


def test_destroy_removes_what_was_made_and_nothing_else(
    workstation: Workstation, made: Run, foreign: dict[str, Any], key_file: Path
) -> None:
    assert read_foreign(workstation) == foreign
    run = workstation.play("destroy", "-e", "confirm=yes")
    assert run.status == 0, run.messages()
    assert read_foreign(workstation) == foreign
    cloud = workstation.cloud()
    assert cloud.find(f"{ZONE}/instances/mlops-zoom") is None
    assert cloud.find(f"{ZONE}/disks/mlops-zoom") is None
    assert cloud.find("regions/northamerica-northeast2/addresses/ml-zoom-ip") is None
    rules = {rule["name"] for page in cloud.pages("global/firewalls", {}) for rule in page["items"]}
    assert {name for name in rules if name.startswith("mlops-zoom")} == {"mlops-zoom-allow-ssh"}
    items = cloud.get("")["commonInstanceMetadata"]["items"]
    assert [item for item in items if "mlops-zoom-user" in item["value"]] == []
    assert key_file.exists()


def test_destroy_of_nothing_is_nothing(workstation: Workstation, foreign: dict[str, Any]) -> None:
    run = workstation.play("destroy")
    if run.status != 0:
        pytest.fail(f"run this test after the one that destroys: {run.messages()}")
    assert "Nothing of this workstation is there" in run.messages()
    assert run.changed() == []


def test_the_collection_says_what_it_is() -> None:
    """The playbooks run from a checkout with full names because of this link."""
    assert (REPOSITORY / "collections/ansible_collections/mlops/workstation").resolve() == REPOSITORY

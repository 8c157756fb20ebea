# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The main job: predicted, done, done again, used, and removed, among things that are not ours."""

from __future__ import annotations

import base64
import dataclasses
import json
from collections.abc import Iterator
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
BUDGET = {
    "See that everything can be had before anything is made": 1,
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


def role_settings(workstation: Workstation) -> dict[str, Any]:
    """What the sandbox's inventory sets for the roles."""
    mirror = workstation.offer["mirror"]
    stand_ins = {
        f"{role}_{option}": mirror[role][option] for role in ("anaconda", "compose") for option in mirror[role]
    }
    return {"docker_registry_mirrors": [mirror["registry"]], **stand_ins}


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
    assert "http://127.0.0.1:8888/" in made.messages()


def test_each_change_in_the_cloud_was_predicted(predicted: Run, made: Run) -> None:
    assert {key for key, task in made.cloud().items() if task.result["changed"]} == MADE
    for key, check in ((key, task.result) for key, task in predicted.cloud().items()):
        task = made.cloud()[key]
        assert (check["changed"], check["actions"]) == (task.result["changed"], task.result["actions"]), key
        # The content of a key pair that does not exist yet is the one thing that cannot be foretold.
        if key[0] != "Let the key log in":
            assert check.get("diff") == task.result.get("diff"), key


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
    tasks = again.run.cloud().values()
    for task in tasks:
        assert task.result["api_calls"] == BUDGET[task.name], task.name
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
        found = workstation.evaluate("[group_names, shape]", str(path))
        groups = ["running", "taxi", "zone_northamerica_northeast2_a"]
        assert found == [groups, "n2-standard-2/northamerica-northeast2"]
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


KEYS = "/etc/ssh/ssh_host_*_key*"


@pytest.fixture
def other_host_keys(workstation: Workstation, made: Run) -> Iterator[None]:
    """The machine answers with host keys that it did not publish, as another in its place would."""
    changed = f"sudo mkdir /root/kept && sudo mv {KEYS} /root/kept/ && sudo ssh-keygen -A && sudo systemctl restart ssh"
    restored = (
        f"sudo rm {KEYS} && sudo mv /root/kept/* /etc/ssh/ && sudo rmdir /root/kept && sudo systemctl restart ssh"
    )
    workstation.ssh(f"bash -c '{changed}' > /dev/null")
    yield
    container = f"{workstation.environ['SANDBOX_NAME']}-mlops-zoom"
    finished = workstation.command(["docker", "exec", container, "bash", "-c", restored])
    assert finished.returncode == 0, finished.stderr


@pytest.mark.usefixtures("other_host_keys")
def test_a_host_with_other_keys_is_refused_by_ssh_and_by_the_play(workstation: Workstation, tmp_path: Path) -> None:
    by_hand = workstation.login("true")
    assert by_hand.returncode != 0
    assert "HOST IDENTIFICATION HAS CHANGED" in by_hand.stderr
    # A connection that is open from before would not be checked again.
    run = workstation.play(
        "gcp", "-e", "workstation_connect_timeout=3", ANSIBLE_SSH_CONTROL_PATH_DIR=str(tmp_path / "cp")
    )
    assert run.status != 0
    assert "HOST IDENTIFICATION HAS CHANGED" in run.messages()
    assert not [task for task in run.changed() if task.startswith("mlops-zoom")]


def test_a_published_key_that_differs_from_the_pinned_one_is_refused(workstation: Workstation, made: Run) -> None:
    pinned = workstation.home / "ssh" / "known_hosts"
    before = pinned.read_text()
    blob = base64.b64encode(b"\x00\x00\x00\x0bssh-ed25519\x00\x00\x00\x20" + bytes(32)).decode()
    name = next(line.split()[1] for line in workstation.ssh_config.read_text().splitlines() if "HostKeyAlias" in line)
    others = [line for line in before.splitlines() if not line.startswith(f"{name} ssh-ed25519 ")]
    pinned.write_text("\n".join([*others, f"{name} ssh-ed25519 {blob}", ""]))
    try:
        run = workstation.play("gcp")
        assert run.status != 0
        assert f"ssh-keygen -R {name}" in run.messages()
    finally:
        pinned.write_text(before)


def test_keys_that_are_not_published_are_not_trusted_unseen(workstation: Workstation, made: Run) -> None:
    workstation.fault(
        method="compute.instances.getGuestAttributes", kind="error", status=404, reason="notFound", times=99
    )
    try:
        run = workstation.play("gcp", "-e", "gcp_machine_host_keys_wait=2")
    finally:
        workstation.clear_faults()
    assert run.status != 0
    assert "gcp_machine_host_key_checking=accept-new" in run.messages()
    assert {task.host for task in run.tasks} == {"localhost"}


def test_a_new_ephemeral_address_needs_no_manual_step(workstation: Workstation, address: str) -> None:
    cloud, machine = workstation.cloud(), f"{ZONE}/instances/mlops-zoom"
    cloud.change(
        "POST", f"{machine}/deleteAccessConfig", query={"networkInterface": "nic0", "accessConfig": "External NAT"}
    )
    access = {"type": "ONE_TO_ONE_NAT", "name": "External NAT"}
    cloud.change("POST", f"{machine}/addAccessConfig", access, {"networkInterface": "nic0"})
    cloud.change("POST", f"{machine}/stop")
    run = workstation.play("gcp", "-e", "gcp_machine_address=")
    assert run.status == 0, run.messages()
    assert run.cloud()["Make the machine", ""].result["actions"] == ["start"]
    found = cloud.get(machine)["networkInterfaces"][0]["accessConfigs"][0]["natIP"]
    assert found != address
    assert found in workstation.ssh_config.read_text()
    for alias in ("mlops-zoom", "gcp-mlops-zoom"):
        assert workstation.login("true", alias).returncode == 0


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
    assert not workstation.ssh_config.exists()
    assert "compute." not in (key_file.parent / "known_hosts").read_text()


def test_destroy_of_nothing_is_nothing(workstation: Workstation, foreign: dict[str, Any]) -> None:
    run = workstation.play("destroy")
    if run.status != 0:
        pytest.fail(f"run this test after the one that destroys: {run.messages()}")
    assert "Nothing of this workstation is there" in run.messages()
    assert run.changed() == []


def test_the_collection_says_what_it_is() -> None:
    """The playbooks run from a checkout with full names because of this link."""
    assert (REPOSITORY / "collections/ansible_collections/mlops/workstation").resolve() == REPOSITORY

# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Bad input ends with one clear message, before anything is changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.harness import Workstation


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("gcp_project_id=somebody-elses", "Check that 'somebody-elses' is the project's id"),
        ("gcp_project_id= -e gcp_manage_project=false", "No Google Cloud project is given"),
        ("gcp_project_id= -e gcp_project_billing_account=", "gcloud billing accounts list"),
        ("gcp_service_account_file=", "gcloud auth application-default login"),
        ("gcp_service_account_file=/nonexistent.json", "Cannot read the credentials file /nonexistent.json"),
        ("gcp_machine_zone=northamerica-northeast2-z", "There is no zone 'northamerica-northeast2-z'. Did you mean"),
        ("gcp_machine_type=n2-standard-3", "There is no machine type 'n2-standard-3'"),
        ("gcp_machine_image_family=plan-9", "No image family 'plan-9'"),
        ("gcp_machine_boot_disk_size=1", "needs a boot disk of at least"),
        ('{"gcp_endpoints":{"serviceusage":"http://serviceusage.example"}}', "only over https"),
    ],
)
def test_gcp_says_what_to_do_and_makes_nothing(workstation: Workstation, setting: str, message: str) -> None:
    run = workstation.play("gcp", "-e", *setting.split())
    assert run.status != 0
    failures = [task for task in run.tasks if task.result.get("failed")]
    assert message in failures[0].result["msg"]
    assert [task.name for task in failures[1:]] == ["Say where it stopped"]
    assert workstation.mutations() == []


def test_what_may_not_be_done_can_be_left_out_and_the_switch_is_named(workstation: Workstation) -> None:
    run = workstation.play("gcp", "-e", "gcp_project_id=somebody-elses")
    assert "-e gcp_manage_services=false" in run.messages()


def test_a_family_that_the_sandbox_cannot_boot_is_an_error_and_never_a_look_alike(workstation: Workstation) -> None:
    cannot = "ubuntu-2204-lts" if workstation.offer["gcp"]["image_family"] == "debian-12" else "debian-12"
    project = "ubuntu-os-cloud" if cannot.startswith("ubuntu") else "debian-cloud"
    run = workstation.play(
        "gcp", "-e", f"gcp_machine_image_family={cannot}", "-e", f"gcp_machine_image_project={project}"
    )
    assert run.status != 0
    assert workstation.offer["gcp"]["image_family"] in run.messages()
    assert workstation.mutations() == []


def test_a_public_key_without_its_private_half_is_refused(workstation: Workstation, tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.with_suffix(".pub").write_text("ssh-ed25519 AAAA lost")
    run = workstation.play("gcp", "-e", f"gcp_machine_ssh_key_file={key}")
    assert run.status != 0
    assert "is there without its private half" in run.messages()
    assert workstation.mutations() == []


def test_a_host_that_does_not_answer(workstation: Workstation) -> None:
    nowhere = "198.19.255.254"
    run = workstation.play(
        "converge",
        "-e",
        "target=all",
        "-e",
        "workstation_connect_timeout=5",
        "-u",
        "nobody",
        inventory=f"{nowhere},",
    )
    assert run.status != 0
    assert "port 22" in run.messages()


def test_converge_never_takes_all_hosts_by_accident(workstation: Workstation) -> None:
    run = workstation.play("converge", inventory="198.19.255.254,")
    assert run.status != 0
    assert "target=all" in run.messages()
    assert {task.host for task in run.tasks} == {"localhost"}

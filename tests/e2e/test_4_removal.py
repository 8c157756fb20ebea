# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Removal, among things that are not ours."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.e2e.harness import ZONE, Run, Workstation, read_foreign


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
    assert {name for name in rules if name.startswith("mlops-zoom")} == {"mlops-zoom-allow-jupyter"}
    items = cloud.get("")["commonInstanceMetadata"]["items"]
    assert [item for item in items if "mlops-zoom-user" in item["value"]] == []
    assert key_file.exists()
    assert not workstation.ssh_config.exists()
    assert "compute." not in (key_file.parent / "known_hosts").read_text()


def test_destroy_of_nothing_asks_nothing_and_is_nothing(workstation: Workstation, made: Run) -> None:
    workstation.play("destroy", "-e", "confirm=yes")
    run = workstation.play("destroy")
    assert run.status == 0, run.messages()
    assert "Nothing of this workstation is there" in run.messages()
    assert run.changed() == []

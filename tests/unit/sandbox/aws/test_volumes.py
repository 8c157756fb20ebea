# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Volumes that grow."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.sandbox.aws.support import Aws, Json, refused


@pytest.fixture
def volume(aws: Aws) -> str:
    """The root disk of a running instance."""
    aws.settings(modifying=10, optimizing=20)
    return str(aws.instance(aws.running())["BlockDeviceMappings"][0]["Ebs"]["VolumeId"])


def size(aws: Aws, volume: str) -> int:
    """How large a volume is."""
    return int(aws.ec2.describe_volumes(VolumeIds=[volume])["Volumes"][0]["Size"])


def change(aws: Aws, volume: str) -> Json:
    """How its latest change is doing."""
    return dict(aws.ec2.describe_volumes_modifications(VolumeIds=[volume])["VolumesModifications"][0])


def test_growing_takes_its_time(aws: Aws, volume: str) -> None:
    begun = aws.ec2.modify_volume(VolumeId=volume, Size=60)["VolumeModification"]
    assert (begun["ModificationState"], begun["OriginalSize"], begun["TargetSize"]) == ("modifying", 8, 60)
    assert (size(aws, volume), change(aws, volume)["Progress"]) == (8, 0)
    aws.advance(10)
    assert (size(aws, volume), change(aws, volume)["ModificationState"]) == (60, "optimizing")
    assert "EndTime" not in change(aws, volume)
    aws.advance(20)
    done = change(aws, volume)
    assert (done["ModificationState"], done["Progress"]) == ("completed", 100)
    assert (done["EndTime"] - done["StartTime"]).total_seconds() == 30


def test_it_never_shrinks(aws: Aws, volume: str) -> None:
    expected = ("InvalidParameterValue", "New size cannot be smaller than existing size")
    assert refused(lambda: aws.ec2.modify_volume(VolumeId=volume, Size=7)) == expected


@pytest.mark.parametrize("passed", [0, 10, 29])
def test_one_change_at_a_time(aws: Aws, volume: str, passed: int) -> None:
    aws.ec2.modify_volume(VolumeId=volume, Size=9)
    aws.advance(passed)
    state = "MODIFYING" if passed < 10 else "OPTIMIZING"
    expected = f"Volume {volume} cannot be modified in modification state {state}"
    assert refused(lambda: aws.ec2.modify_volume(VolumeId=volume, Size=10)) == ("IncorrectModificationState", expected)


def test_only_so_many_changes_in_a_day(aws: Aws, volume: str) -> None:
    for wanted in (9, 10, 11, 12):
        aws.ec2.modify_volume(VolumeId=volume, Size=wanted)
        aws.advance(60)
    assert refused(lambda: aws.ec2.modify_volume(VolumeId=volume, Size=13))[0] == "VolumeModificationRateExceeded"
    aws.advance(86400)
    aws.ec2.modify_volume(VolumeId=volume, Size=13)


def test_the_six_hours_of_old(aws: Aws, volume: str) -> None:
    aws.settings(modifications=1, modification_window=21600)
    aws.ec2.modify_volume(VolumeId=volume, Size=9)
    aws.advance(21599)
    assert refused(lambda: aws.ec2.modify_volume(VolumeId=volume, Size=10))[0] == "VolumeModificationRateExceeded"
    aws.advance(1)
    aws.ec2.modify_volume(VolumeId=volume, Size=10)


def test_a_change_that_fails(aws: Aws, volume: str) -> None:
    aws.fault("ec2.ModifyVolume", "operation_error", message="no room")
    aws.ec2.modify_volume(VolumeId=volume, Size=9)
    aws.advance(60)
    assert (change(aws, volume)["ModificationState"], change(aws, volume)["StatusMessage"]) == ("failed", "no room")
    assert size(aws, volume) == 8


def test_another_type(aws: Aws, volume: str) -> None:
    aws.ec2.modify_volume(VolumeId=volume, VolumeType="gp2")
    aws.advance(60)
    shown = aws.ec2.describe_volumes(VolumeIds=[volume])["Volumes"][0]
    assert (shown["VolumeType"], shown["Size"]) == ("gp2", 8)


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({}, "InvalidParameterValue"),
        ({"Size": 16385}, "InvalidParameterValue"),
        ({"Size": 9, "VolumeId": "vol-0123456789abcdef0"}, "InvalidVolume.NotFound"),
    ],
)
def test_refused(aws: Aws, volume: str, asked: dict[str, Any], code: str) -> None:
    assert refused(lambda: aws.ec2.modify_volume(**({"VolumeId": volume} | asked)))[0] == code


def test_a_volume_that_never_changed(aws: Aws, volume: str) -> None:
    assert refused(lambda: change(aws, volume))[0] == "InvalidVolumeModification.NotFound"
    assert aws.ec2.describe_volumes_modifications()["VolumesModifications"] == []


def test_changes_by_state(aws: Aws, volume: str) -> None:
    aws.ec2.modify_volume(VolumeId=volume, Size=9)

    def count(state: str) -> int:
        asked = [{"Name": "modification-state", "Values": [state]}]
        return len(aws.ec2.describe_volumes_modifications(Filters=asked)["VolumesModifications"])

    assert (count("modifying"), count("completed")) == (1, 0)

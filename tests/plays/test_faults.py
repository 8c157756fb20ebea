# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whole plays that are cut short again and again: each run passes the point where the one before it ended."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import pytest

from plugins.module_utils import wait
from sandbox.faults import Fault
from tests.faults.clouds import read_tree
from tests.faults.likeness import canonical, difference, readable
from tests.faults.matrix import ALWAYS
from tests.readers.people import on_aws, on_gcp
from tests.readers.person import Person


class Point(NamedTuple):
    """A call, and what becomes of it: error fails it, a held one has its play killed before or after it is done."""

    method: str
    kind: str


POINTS = {
    "gcp": (
        Point("cloudresourcemanager.projects.create", "hold_after"),
        Point("serviceusage.services.batchEnable", "error"),
        Point("iam.projects.serviceAccounts.create", "hold_before"),
        Point("iam.projects.serviceAccounts.keys.upload", "hold_after"),
        Point("cloudresourcemanager.projects.setIamPolicy", "error"),
        Point("compute.addresses.insert", "hold_after"),
        Point("compute.projects.setCommonInstanceMetadata", "hold_before"),
        Point("compute.instances.insert", "hold_after"),
    ),
    "aws": (
        Point("ec2.ImportKeyPair", "hold_before"),
        Point("ec2.AuthorizeSecurityGroupIngress", "error"),
        Point("ec2.RunInstances", "hold_after"),
        Point("ec2.AllocateAddress", "hold_after"),
    ),
}
PEOPLE = {"gcp": on_gcp, "aws": on_aws}
SECONDS = 300.0
# What a run leaves in the user's home that is no log, no cache and nothing of Ansible's.
LASTING = (".ssh", ".config")


@pytest.mark.parametrize("name", POINTS)
def test_a_play_that_is_cut_short_again_and_again_ends_as_one_that_is_not(tmp_path: Path, name: str) -> None:
    with PEOPLE[name](tmp_path) as person:
        blank = person.cloud.keep()
        person.run(*person.provisioning)
        undisturbed = state(person)
        person.cloud.put_back(blank)
        person.move_in()
        for point in POINTS[name]:
            stop_at(person, point)
        person.run(*person.provisioning)
        different = difference(undisturbed, state(person))
        assert not different, different


def stop_at(person: Person, point: Point) -> None:
    """Runs the play up to the point; AssertionError where it does not come as far."""
    times = ALWAYS if point.kind == "error" else 1
    person.cloud.fault([Fault(point.method, point.kind, times=times, seconds=SECONDS)])
    if point.kind == "error":
        status, text, errors = person.tried(*person.provisioning)
        assert (status, person.cloud.pending() < ALWAYS) == (2, True), f"{point}: {text}{errors}"
    else:
        with person.running(*person.provisioning) as process:
            held = wait.poll(
                lambda: (person.cloud.held(), process.poll()),
                lambda found: found != (0, None),
                timeout=SECONDS,
                pause=0.05,
            )
        assert held == (1, None), f"{point}: the play ended before it"
    person.cloud.forgive()


def state(person: Person) -> str:
    """The cloud and the user's files, without what differs from run to run."""
    person.cloud.calm()
    files = {name: kept(person.home / name) for name in LASTING}
    return canonical({**person.cloud.state(), "files": files})


def kept(folder: Path) -> dict[str, Any]:
    """Modes and contents."""
    return {name: [oct(mode), content and readable(content)] for name, (mode, content) in read_tree(folder).items()}

# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whole plays that are cut short again and again: each run passes the point where the one before it ended."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import pytest

from sandbox.faults import Fault
from tests.faults.likeness import canonical, difference
from tests.faults.matrix import ALWAYS
from tests.plays.desk import SECONDS, Desk


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
ARGUMENTS = {"gcp": (), "aws": ("-e", "aws_machine_elastic_ip=true")}


@pytest.mark.parametrize("name", POINTS)
def test_a_play_that_is_cut_short_again_and_again_ends_as_one_that_is_not(
    desk: Callable[[str], Desk], name: str
) -> None:
    here = desk(name)
    blank = here.cloud.keep()
    undisturbed = here.play(*ARGUMENTS[name])
    assert undisturbed.returncode == 0, undisturbed.stdout
    wanted = state(here)
    here.cloud.put_back(blank)
    for point in POINTS[name]:
        stop_at(here, point, *ARGUMENTS[name])
    last = here.play(*ARGUMENTS[name])
    assert last.returncode == 0, last.stdout
    different = difference(wanted, state(here))
    assert not different, different


def stop_at(here: Desk, point: Point, *arguments: str) -> None:
    """Runs the play up to the point; AssertionError where it does not come as far."""
    times = ALWAYS if point.kind == "error" else 1
    here.cloud.fault([Fault(point.method, point.kind, times=times, seconds=SECONDS)])
    if point.kind == "error":
        ended = here.play(*arguments)
        assert (ended.returncode, here.cloud.pending() < ALWAYS) == (2, True), f"{point}: {ended.stdout}"
    else:
        here.cut_short(*arguments)
    here.cloud.forgive()


def state(here: Desk) -> str:
    """The cloud and the user's files, without what differs from run to run."""
    here.cloud.calm()
    here.cloud.writes()
    return canonical(here.cloud.state())

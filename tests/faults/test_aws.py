# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every mutating call of AWS's modules, disturbed in every way."""

from __future__ import annotations

import pytest

from tests.faults import coverage
from tests.faults.matrix import DISTURBANCES, Matrix
from tests.faults.story_aws import STORY, UNTOLD, WRITERS


@pytest.mark.parametrize("disturbance", DISTURBANCES)
@pytest.mark.parametrize("scene", [scene.name for scene in STORY])
def test_a_second_run_mends_it(aws: Matrix, scene: str, disturbance: str) -> None:
    aws.rerun_mends(scene, DISTURBANCES[disturbance])


def test_every_module_that_changes_something_is_in_the_story() -> None:
    assert coverage.changing_modules("ec2") == {scene.module for scene in STORY}


def test_every_line_that_sends_a_change_is_in_the_story(aws: Matrix) -> None:
    assert coverage.unmet("aws", WRITERS, aws.witness) == UNTOLD.keys()
    assert all(map(coverage.exists, UNTOLD.values()))


def test_every_step_is_in_the_story(aws: Matrix) -> None:
    assert coverage.actions("aws") - aws.actions() == set()

# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The clouds that the fault matrix disturbs: each with its story told once, undisturbed, in every test process."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from tests.faults import story_aws, story_gcp
from tests.faults.cloud_aws import Aws
from tests.faults.cloud_gcp import GoogleCloud
from tests.faults.clouds import Served
from tests.faults.matrix import Matrix, Scene
from tests.faults.modules import Nursery


@contextlib.contextmanager
def told(
    folder: Path, make: Callable[[Path], Served], story: Sequence[Scene], watched: Sequence[str]
) -> Iterator[Matrix]:
    """A cloud and its modules, and the story as far as it has been told; they end with the tests."""
    with contextlib.ExitStack() as stack:
        cloud = make(folder)
        stack.callback(cloud.close)
        nursery = Nursery(folder / "nursery", f"{cloud.url}/_sandbox/clock")
        stack.callback(nursery.close)
        yield Matrix(cloud, nursery, story, watched)


@pytest.fixture(scope="session")
def gcp(tmp_path_factory: pytest.TempPathFactory, _no_credentials_in_session: None) -> Iterator[Matrix]:
    with told(tmp_path_factory.mktemp("gcp"), GoogleCloud, story_gcp.STORY, story_gcp.WRITERS) as matrix:
        yield matrix


@pytest.fixture(scope="session")
def aws(tmp_path_factory: pytest.TempPathFactory, _no_credentials_in_session: None) -> Iterator[Matrix]:
    with told(tmp_path_factory.mktemp("aws"), Aws, story_aws.STORY, story_aws.WRITERS) as matrix:
        yield matrix

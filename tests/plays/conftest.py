# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A desk for each test."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.plays.desk import Desk, at_a_desk


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Callable[[str], Desk]]:
    """A desk at a cloud by its name."""
    with contextlib.ExitStack() as stack:
        yield lambda name: stack.enter_context(at_a_desk(name, tmp_path))

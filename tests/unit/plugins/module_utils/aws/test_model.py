# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The part of EC2's model that is kept for botocore."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import botocore
import pytest
from botocore.loaders import Loader

from plugins.module_utils.aws import model
from plugins.module_utils.aws.model import OPERATIONS, reduced, search_path
from plugins.module_utils.aws.session import connect

GIVEN = {"region": "ca-central-1", "access_key": "AKIAEXAMPLE", "secret_key": "example"}


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"


def operations() -> set[str]:
    """What botocore's own client of EC2 could do, or ours."""
    made: Any = connect(GIVEN)._clients["ec2"]
    return set(made.meta.service_model.operation_names)


def test_it_is_made_once_and_then_read(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = search_path()
    assert path is not None
    (kept,) = Path(path).glob("ec2/*/service-2.json")
    assert path.startswith(str(cache))
    assert f"botocore-{botocore.__version__}-" in path
    before = kept.stat()
    monkeypatch.setattr(model, "_make", lambda _folder: pytest.fail("made again"))
    assert (search_path(), kept.stat()) == (path, before)
    assert operations() == set(OPERATIONS)


def test_it_is_a_tenth_of_the_whole_and_names_nothing_that_it_lacks() -> None:
    full = Loader().load_service_model("ec2", "service-2")
    part = reduced(full)
    assert set(part["operations"]) == set(OPERATIONS)
    assert set(model._shapes(part)) <= part["shapes"].keys()
    assert len(json.dumps(part)) < len(json.dumps(full)) / 10


def test_nobody_else_can_read_or_write_it(cache: Path) -> None:
    before = os.umask(0o002)
    try:
        path = Path(str(search_path()))
    finally:
        os.umask(before)
    assert [oct(one.stat().st_mode)[-3:] for one in (path, *path.glob("ec2/*/*.json"))] == ["700", "600"]


@pytest.mark.parametrize("reason", ["no place", "open to others"])
def test_where_it_cannot_be_kept_botocores_own_does_as_well(cache: Path, reason: str) -> None:
    if reason == "no place":
        cache.write_text("a file")
    else:
        Path(str(search_path())).chmod(0o777)
    assert search_path() is None
    assert operations() > set(OPERATIONS)


def test_models_of_the_users_own_are_still_found(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DATA_PATH", str(tmp_path / "mine"))
    paths = connect(GIVEN)._core.get_component("data_loader").search_paths
    assert paths[:2] == [search_path(), str(tmp_path / "mine")]

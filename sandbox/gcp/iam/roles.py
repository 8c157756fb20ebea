# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The predefined roles that can be granted here, and what each permits."""

from __future__ import annotations

import fnmatch
import functools
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any


@functools.cache
def table() -> Mapping[str, Any]:
    """Each role's title and the permissions it includes and excludes, as patterns."""
    rows: Mapping[str, Any] = json.loads(Path(__file__).with_name("roles.json").read_text(encoding="utf-8"))
    return rows


@functools.cache
def permits(role: str, permission: str) -> bool:
    """Whether a role includes a permission (compute.instances.create)."""
    row = table().get(role, {"includes": []})
    return _matches(permission, row["includes"]) and not _matches(permission, row.get("excludes", []))


def _matches(permission: str, patterns: list[str]) -> bool:
    return any(fnmatch.fnmatchcase(permission, pattern) for pattern in patterns)

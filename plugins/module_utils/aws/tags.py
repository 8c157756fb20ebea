# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Tags, and the one that says whose an object is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

OWNER = "workstation"
# AWS keeps these for itself; nobody else can set or remove them.
RESERVED = "aws:"


def from_api(tags: Iterable[Mapping[str, str]] | None) -> dict[str, str]:
    """A list of keys and values as a mapping, without AWS's own."""
    return {tag["Key"]: tag.get("Value", "") for tag in tags or () if not tag["Key"].startswith(RESERVED)}


def to_api(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """A mapping as a list of keys and values."""
    return [{"Key": key, "Value": value} for key, value in sorted(tags.items())]


def specification(kind: str, tags: Mapping[str, str]) -> dict[str, object]:
    """What gives a new object of that kind its tags in the request that makes it."""
    return {"ResourceType": kind, "Tags": to_api(tags)}

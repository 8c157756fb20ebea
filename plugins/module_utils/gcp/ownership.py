# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whose an object is: a label where the API has labels, a marker in the description where it has none."""

from __future__ import annotations

from collections.abc import Mapping

LABEL = "workstation"


def marker(workstation: str) -> str:
    """What marks a description."""
    return f"[{LABEL}={workstation}]"


def marked(description: str | None, workstation: str) -> str:
    """The description with our marker at its end."""
    return f"{description} {marker(workstation)}" if description else marker(workstation)


def unmarked(description: str | None, workstation: str) -> str:
    """The description as its author wrote it."""
    return (description or "").removesuffix(marker(workstation)).rstrip()


def is_ours(workstation: str, *, labels: Mapping[str, str] | None = None, description: str | None = None) -> bool:
    """Whether a label or, on an object without that label, the description's marker says so."""
    if labels and LABEL in labels:
        return labels[LABEL] == workstation
    return (description or "").endswith(marker(workstation))

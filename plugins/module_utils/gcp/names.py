# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Names and URLs: Google Cloud answers in full URLs, people write names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from ..resource import CloudError

LABEL = re.compile(r"[\w-]{0,63}")


def short(url: str | None) -> str | None:
    """The last part of a URL or path: the object's name."""
    return url.rstrip("/").rsplit("/", 1)[-1] if url else None


def region_of(zone: str) -> str:
    """The region that a zone lies in, by their naming rule."""
    return zone.rsplit("-", 1)[0]


def service_account_email(account_id: str, project: str) -> str:
    """The email of a service account. A project that belongs to a domain, example.com:p, has the domain last."""
    return f"{account_id}@{'.'.join(reversed(project.split(':')))}.iam.gserviceaccount.com"


def project_of(url: str) -> str:
    """The project that a full URL or path leads through."""
    return f"/{url}".partition("/projects/")[2].partition("/")[0]


def pairs(items: Iterable[Mapping[str, Any]] | None) -> dict[str, str]:
    """Metadata items as a mapping."""
    return {str(item["key"]): str(item.get("value", "")) for item in items or ()}


def items(mapping: Mapping[str, str]) -> list[dict[str, str]]:
    """A mapping as metadata items."""
    return [{"key": key, "value": value} for key, value in mapping.items()]


def texts(metadata: Mapping[str, Any]) -> dict[str, str]:
    """Metadata as the API takes it, where YAML has made numbers and truth values of the texts."""
    return {key: str(value).upper() if isinstance(value, bool) else str(value) for key, value in metadata.items()}


def labels(given: Mapping[str, Any]) -> dict[str, str]:
    """Labels as the API takes them; CloudError for what it would refuse once the object is half made."""
    plain = {key: str(value).lower() if isinstance(value, bool) else str(value) for key, value in given.items()}
    for key, value in plain.items():
        text = f"{key}{value}"
        if not key[:1].isalpha() or text != text.lower() or not all(LABEL.fullmatch(part) for part in (key, value)):
            raise CloudError(
                f"{key}={value} is no label: keys and values are lower-case letters, digits, _ and -, at most 63, and "
                "a key begins with a letter."
            )
    return plain


def is_true(value: str | None) -> bool:
    """A metadata item's value as the guests read it."""
    return (value or "").strip().lower() in ("true", "y", "yes", "1")

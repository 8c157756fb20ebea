# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Metadata as instances and projects hold it."""

from __future__ import annotations

from sandbox.gcp import links
from sandbox.gcp.discovery import Json
from sandbox.gcp.errors import invalid

VALUE_LIMIT = 256 * 1024
TOTAL_LIMIT = 512 * 1024


def check(field: str, container: Json) -> None:
    """Refuses double keys and what is too long."""
    seen: set[str] = set()
    total = 0
    for index, item in enumerate(container.get("items", ())):
        where = f"{field}.items[{index}]"
        key, value = item.get("key", ""), item.get("value", "")
        if not key:
            raise invalid(f"{where}.key", "", "Must be a match of regex '[a-zA-Z0-9-_]{1,128}'")
        if key in seen:
            raise invalid(f"{field}.items", key, "Metadata has duplicate key.")
        if len(value.encode()) > VALUE_LIMIT:
            raise invalid(f"{where}.value", f"{value[:20]}…", f"The value is longer than {VALUE_LIMIT} bytes.")
        seen.add(key)
        total += len(key) + len(value.encode())
    if total > TOTAL_LIMIT:
        raise invalid(f"{field}.items", "", f"Metadata is larger than {TOTAL_LIMIT} bytes.")


def shape(container: Json) -> Json:
    """The metadata as the API shows it."""
    items = [{"key": item["key"], "value": item.get("value", "")} for item in container.get("items", ())]
    result: Json = {"kind": "compute#metadata", "fingerprint": links.fingerprint(items)}
    return result | {"items": items} if items else result

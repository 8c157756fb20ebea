# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The host keys that a machine's guest agent publishes in its guest attributes at every boot."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...resource import CloudError, NotFoundError
from ..session import Session

ATTRIBUTE = "enable-guest-attributes"


def read(session: Session, params: Mapping[str, Any]) -> dict[str, Any]:
    """The keys of params' instance as "type blob" lines, once they are there. CloudError where they do not come."""
    path = f"zones/{params['zone']}/instances/{params['name']}/getGuestAttributes"
    try:
        items = session.until(lambda: _items(session, path), bool, timeout=params["wait"])
    except TimeoutError as error:
        raise _unpublished(params, f"none came within {params['wait']} seconds") from error
    except CloudError as error:
        raise _unpublished(params, error.message) from error
    return {"host_keys": sorted(f"{item['key']} {item['value']}" for item in items)}


def _items(session: Session, path: str) -> list[Mapping[str, Any]]:
    try:
        found = session.get(path, {"queryPath": "hostkeys/"})
    except NotFoundError:
        return []  # the guest agent has not got that far
    items: list[Mapping[str, Any]] = (found.get("queryValue") or {}).get("items") or []
    return [item for item in items if item.get("namespace") == "hostkeys"]


def _unpublished(params: Mapping[str, Any], why: str) -> CloudError:
    return CloudError(
        f"The host keys of {params['name']} cannot be read from its guest attributes: {why}. They are published at "
        f"boot where the metadata has {ATTRIBUTE}=TRUE and no policy of the organization forbids it.",
        reason="hostKeysNotPublished",
    )

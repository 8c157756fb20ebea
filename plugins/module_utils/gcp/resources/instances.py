# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The instances of a project, found by name, owner or zone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .. import ownership
from ..session import Session

Json = dict[str, Any]

PAGE = "500"


def listed(
    session: Session, *, name: str | None = None, workstation: str | None = None, zone: str | None = None
) -> list[Json]:
    """Instances as the API answers them, of all zones where none is given; 1 call for each 500."""
    terms = {"name": name, f"labels.{ownership.LABEL}": workstation}
    filters = " ".join(f"({field} = {value})" for field, value in terms.items() if value)
    query = {"maxResults": PAGE, **({"filter": filters} if filters else {})}
    if zone:
        return [item for page in session.pages(f"zones/{zone}/instances", query) for item in page.get("items") or ()]
    pages = session.pages("aggregated/instances", query)
    return list(_of_scopes(scope for page in pages for scope in (page.get("items") or {}).values()))


def _of_scopes(scopes: Iterable[Mapping[str, Any]]) -> Iterable[Json]:
    for scope in scopes:
        yield from scope.get("instances") or ()

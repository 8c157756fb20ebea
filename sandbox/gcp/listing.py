# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""List and aggregatedList: filtering, order, pages and scopes, the same for every kind of resource."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Sequence

from sandbox.gcp import catalog, filters, links
from sandbox.gcp.cloud import Call
from sandbox.gcp.discovery import Json
from sandbox.gcp.errors import ApiError, invalid
from sandbox.gcp.store import Resource

Found = tuple[str, Resource]
# Of a scope without items.
MESSAGES = {
    "NO_RESULTS_ON_PAGE": "There are no results for scope '{}' on this page.",
    "UNREACHABLE": "The scope '{}' cannot be reached.",
}


def listed(call: Call, items: Iterable[Resource]) -> Json:
    """The answer of a list method."""
    page, token = _page(call, [(item["name"], item) for item in _selected(call, items)])
    answer = _envelope(call, call.collection)
    if page:
        answer["items"] = [item for _, item in page]
    return answer | token


def aggregated(call: Call, kind: str, items: Iterable[Resource]) -> Json:
    """The answer of an aggregatedList method: the page's items by scope, and a warning for each scope without."""
    gone = _unreachable(call, kind)
    scoped = [(f"{_scope(item)}/{item['name']}", item) for item in _selected(call, items) if _scope(item) not in gone]
    page, token = _page(call, scoped)
    scopes: dict[str, Json] = {}
    for key, item in page:
        scopes.setdefault(key.rsplit("/", 1)[0], {kind: []})[kind].append(item)
    for scope in _all_scopes(call, kind):
        scopes.setdefault(scope, {"warning": _warning("UNREACHABLE" if scope in gone else "NO_RESULTS_ON_PAGE", scope)})
    answer = _envelope(call, call.collection) | {"items": dict(sorted(scopes.items()))} | token
    return answer | ({"unreachables": gone} if gone else {})


def _selected(call: Call, items: Iterable[Resource]) -> list[Resource]:
    text = call.params.get("filter")
    if not text:
        return list(items)
    predicate = filters.parse(text)
    return [item for item in items if predicate(item)]


def _page(call: Call, items: Sequence[Found]) -> tuple[list[Found], Json]:
    ordered = _ordered(call, items)
    start = 0
    if call.params.get("pageToken"):
        after = _decode(call.params["pageToken"])
        # Where the last item has gone since, the page begins at the first that comes after its name.
        keys = [key for key, _ in ordered]
        start = keys.index(after) + 1 if after in keys else sum(key <= after for key in keys)
    size = call.params["maxResults"] or 500
    page = ordered[start : start + size]
    more = start + size < len(ordered)
    return page, {"nextPageToken": base64.urlsafe_b64encode(page[-1][0].encode()).decode()} if more else {}


def _ordered(call: Call, items: Sequence[Found]) -> list[Found]:
    order = call.params.get("orderBy") or "name"
    if order == "name":
        return sorted(items, key=lambda found: found[0])
    if order == "creationTimestamp desc":
        return sorted(items, key=lambda found: str(found[1].get("creationTimestamp", "")), reverse=True)
    raise invalid("orderBy", order, "Must be 'name' or 'creationTimestamp desc'.")


def _decode(token: str) -> str:
    try:
        return base64.b64decode(token.encode(), altchars=b"-_", validate=True).decode()
    except (binascii.Error, UnicodeError) as error:
        raise invalid("pageToken", token, "Invalid page token.") from error


def _envelope(call: Call, path: str) -> Json:
    schema = call.document.schemas[call.method.response or ""]
    return {"kind": schema["properties"]["kind"]["default"], "id": path, "selfLink": links.link(path)}


def _scope(item: Resource) -> str:
    return links.scope_of(str(item["selfLink"]).removeprefix(links.BASE))


def _all_scopes(call: Call, kind: str) -> list[str]:
    """The scopes in which such resources live, or with includeAllScopes all there are."""
    regions = [f"regions/{name}" for name in catalog.regions()]
    zones = [f"zones/{name}" for name in catalog.zones()]
    if call.params.get("includeAllScopes") or kind == "operations":
        return ["global", *regions, *zones]
    if kind == "addresses":
        return ["global", *regions]
    return regions if kind == "subnetworks" else zones


def _unreachable(call: Call, kind: str) -> list[str]:
    """The scopes that cannot be reached; 503 where the caller asked for everything or nothing."""
    down = {f"zones/{zone}" for zone in call.cloud.settings.all()["unreachable_zones"]}
    gone = sorted(down.intersection(_all_scopes(call, kind)))
    if gone and not call.params.get("returnPartialSuccess"):
        raise ApiError(503, "backendError", f"The following scopes cannot be reached: {', '.join(gone)}.")
    return gone


def _warning(code: str, scope: str) -> Json:
    return {"code": code, "message": MESSAGES[code].format(scope), "data": [{"key": "scope", "value": scope}]}

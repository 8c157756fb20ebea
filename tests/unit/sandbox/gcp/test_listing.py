# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Filters, pages and scopes of the list methods."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sandbox.gcp import filters
from sandbox.gcp.errors import ApiError
from tests.unit.sandbox.gcp.support import ZONE, Api, Json, P, R, Z, machine

ITEM: Json = {
    "name": "mlops-zoom",
    "status": "RUNNING",
    "labels": {"workstation": "mlops-zoom", "team": "red"},
    "tags": {"items": ["http-server", "https-server"]},
    "scheduling": {"automaticRestart": True},
    "sizeGb": "100",
    "zone": "https://www.googleapis.com/compute/v1/projects/p/zones/us-central1-a",
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("labels.workstation:*", True),
        ("labels.owner:*", False),
        ("labels.workstation=mlops-zoom", True),
        ('labels.workstation = "mlops-zoom"', True),
        ("labels.workstation=other", False),
        ("labels.workstation!=other", True),
        ("labels.owner!=other", True),
        ("status=RUNNING", True),
        ("status = RUNNING labels.team = red", True),
        ("status=RUNNING AND labels.team=blue", False),
        ("(status=RUNNING) (labels.team=red)", True),
        ("(status=RUNNING) OR (status=STAGING)", True),
        # OR binds tighter than AND: (blue or red) and TERMINATED.
        ("labels.team=red OR labels.team=blue AND status=TERMINATED", False),
        ("NOT status=TERMINATED", True),
        ("-status=RUNNING", False),
        ("NOT (status=RUNNING AND labels.team=red)", False),
        ("name:mlops-*", True),
        ("name=mlops-*", True),
        ("name=mlops", False),
        ("tags.items:http-server", True),
        ("tags.items=ssh", False),
        ("scheduling.automaticRestart = true", True),
        ("sizeGb > 20", True),
        ("sizeGb <= 20", False),
        ("zone=https://www.googleapis.com/compute/v1/projects/p/zones/us-central1-a", True),
        ("name eq mlops-.*", True),
        ("name eq mlops", False),
        ("name ne .*instance", True),
        ('(name eq "mlops-(zoom|teams)") (status eq RUNNING)', True),
        ("name eq mlops-(zoom|teams)", True),
        ("(status eq 'TERMINATED') (name eq .*)", False),
    ],
)
def test_filter(text: str, expected: bool) -> None:
    assert filters.parse(text)(ITEM) is expected


@pytest.mark.parametrize(
    "text", ["name", "=x", "name=", "(name=a", "name=a)", "name eq (", "a=1 b eq 2", "AND", "a=1 OR"]
)
def test_no_filter(text: str) -> None:
    with pytest.raises(ApiError, match="Invalid list filter expression"):
        filters.parse(text)


def test_aggregated_list_has_every_zone(api: Api, make: Callable[..., Json]) -> None:
    make("one", labels={"workstation": "one"})
    items = api.get(f"{P}/aggregated/instances")["items"]
    assert [item["name"] for item in items[f"zones/{ZONE}"]["instances"]] == ["one"]
    assert items["zones/us-central1-a"]["warning"]["code"] == "NO_RESULTS_ON_PAGE"
    assert items["zones/us-central1-a"]["warning"]["data"] == [{"key": "scope", "value": "zones/us-central1-a"}]
    assert not any(scope.startswith("regions/") for scope in items)
    assert "regions/us-central1" in api.get(f"{P}/aggregated/instances", includeAllScopes="true")["items"]


def test_aggregated_list_filters(api: Api, make: Callable[..., Json]) -> None:
    make("ours", labels={"workstation": "ours"})
    make("foreign")
    found = api.get(f"{P}/aggregated/instances", filter="labels.workstation:* AND status=RUNNING")["items"]
    assert [item["name"] for item in found[f"zones/{ZONE}"]["instances"]] == ["ours"]


def test_aggregated_list_pages_across_zones(api: Api) -> None:
    for number, zone in enumerate(["us-central1-a", "us-central1-b", "us-central1-b"]):
        body = machine(f"m{number}") | {"machineType": f"zones/{zone}/machineTypes/e2-micro"}
        api.did("POST", f"{P}/zones/{zone}/instances", body)
    names: list[str] = []
    pages, token = 0, ""
    while pages == 0 or token:
        page = api.get(f"{P}/aggregated/instances", maxResults=2, pageToken=token)
        names += [item["name"] for scope in page["items"].values() for item in scope.get("instances", [])]
        pages, token = pages + 1, page.get("nextPageToken", "")
    assert (names, pages) == (["m0", "m1", "m2"], 2)


def test_list_pages(api: Api, reserve: Callable[..., str]) -> None:
    for name in ("c", "a", "b"):
        reserve(name)
    first = api.get(f"{R}/addresses", maxResults=2)
    assert [item["name"] for item in first["items"]] == ["a", "b"]
    api.did("DELETE", f"{R}/addresses/b")
    second = api.get(f"{R}/addresses", maxResults=2, pageToken=first["nextPageToken"])
    assert [item["name"] for item in second["items"]] == ["c"]
    assert "nextPageToken" not in second


def test_an_empty_list_has_no_items(api: Api) -> None:
    assert api.get(f"{Z}/instances") == {
        "kind": "compute#instanceList",
        "id": f"{Z}/instances",
        "selfLink": f"https://www.googleapis.com/compute/v1/{Z}/instances",
    }


def test_newest_first(api: Api, reserve: Callable[..., str]) -> None:
    for name in ("b", "a", "c"):
        reserve(name)
    found = api.get(f"{R}/addresses", orderBy="creationTimestamp desc")["items"]
    stamps = [item["creationTimestamp"] for item in found]
    assert stamps == sorted(stamps, reverse=True)


def test_a_zone_out_of_reach_is_left_out_where_a_part_will_do_and_an_error_where_not(api: Api) -> None:
    api.did("POST", f"{Z}/instances", machine())
    api.settings(unreachable_zones=[ZONE])
    found = api.get(f"{P}/aggregated/instances", returnPartialSuccess="true")
    assert found["unreachables"] == [f"zones/{ZONE}"]
    assert found["items"][f"zones/{ZONE}"]["warning"]["code"] == "UNREACHABLE"
    assert not any("instances" in scope for scope in found["items"].values())
    assert api.error("GET", f"{P}/aggregated/instances")[:2] == (503, "backendError")

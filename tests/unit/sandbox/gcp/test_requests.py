# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every request is held against the discovery document, and every refusal has Google's form."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.sandbox.gcp.support import PROJECT, Api, Json, P, R, Z, body_of, machine

RULES = f"{P}/global/firewalls"
ALLOWED = [{"IPProtocol": "tcp", "ports": ["80"]}]


@pytest.mark.parametrize(
    ("http", "path", "status", "reason", "message"),
    [
        ("GET", f"{P}/nonsense", 404, "notFound", "no method"),
        ("DELETE", f"{P}/zones", 404, "notFound", "no method"),
        ("GET", f"{P}/global/routers", 404, "notFound", "no method"),
        ("GET", f"{P}/global/snapshots", 501, "notImplemented", "does not implement compute.snapshots.list"),
        ("GET", "projects/other/zones/us-central1-a/instances", 403, "forbidden", "compute.instances.list"),
        ("GET", "projects/debian-cloud", 403, "forbidden", "projects/debian-cloud"),
        ("GET", f"{Z}/instances/none", 404, "notFound", f"The resource '{Z}/instances/none' was not found"),
        ("GET", f"{P}/zones/mars-1-a/instances", 400, "invalid", "'zone': 'mars-1-a'. Unknown zone."),
        ("GET", f"{P}/regions/mars-1/addresses", 400, "invalid", "Unknown region."),
        ("GET", f"{P}/zones/mars-1-a", 404, "notFound", f"'{P}/zones/mars-1-a' was not found"),
        ("GET", f"{Z}/instances/Upper", 400, "invalidParameter", "must match the following regular expression"),
    ],
)
def test_paths(api: Api, http: str, path: str, status: int, reason: str, message: str) -> None:
    found = api.error(http, path)
    assert found[:2] == (status, reason)
    assert message in found[2]


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({"colour": "red"}, 'Unknown name "colour"'),
        ({"maxResults": "many"}, "Invalid value at 'maxResults'"),
        ({"maxResults": "501"}, "within the range: [0, 500]"),
        ({"pageToken": "%%"}, "Invalid page token"),
        ({"returnPartialSuccess": "perhaps"}, "Invalid value at 'returnPartialSuccess' (TYPE_BOOL)"),
        ({"orderBy": "size"}, "'name' or 'creationTimestamp desc'"),
        ({"filter": "name ="}, "Invalid list filter expression."),
        ({"fields": "items(colour)"}, "Invalid field selection colour"),
        ({"fields": "items("}, "Invalid field selection"),
        ({"filter": ["name=a", "name=b"]}, "was given 2 times"),
    ],
)
def test_bad_query(api: Api, query: dict[str, Any], message: str) -> None:
    status, _, text = api.error("GET", f"{Z}/instances", **query)
    assert status == 400
    assert message in text


@pytest.mark.parametrize("name", ["returnPartialSuccess", "prettyPrint", "$.xgafv", "alt", "quotaUser"])
def test_parameters_of_every_method(api: Api, name: str) -> None:
    value = {"alt": "json", "$.xgafv": "2", "quotaUser": "me"}.get(name, "true")
    assert api.get(f"{P}/aggregated/instances", **{name: value})["kind"] == "compute#instanceAggregatedList"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"colour": "red"}, "Unknown name \"colour\" at 'resource': Cannot find field."),
        ({"allowed": [{"IPProtocol": "tcp", "port": "80"}]}, "Unknown name \"port\" at 'resource.allowed[0]'"),
        ({"direction": "SIDEWAYS"}, "Invalid value at 'resource.direction' (TYPE_ENUM), \"SIDEWAYS\""),
        ({"priority": "high"}, "Invalid value at 'resource.priority': an integer is expected"),
        ({"priority": True}, "Invalid value at 'resource.priority': an integer is expected"),
        ({"priority": 2**31}, "Invalid value at 'resource.priority' (TYPE_INT32)"),
        ({"disabled": "no"}, "Invalid value at 'resource.disabled': a boolean is expected"),
        ({"sourceRanges": "0.0.0.0/0"}, "Invalid value at 'resource.sourceRanges': a list is expected"),
        ({"sourceRanges": [None]}, "Invalid value at 'resource.sourceRanges[0]': null is not allowed here."),
        ({"logConfig": []}, "Invalid value at 'resource.logConfig': an object is expected"),
        ({"name": None}, "Required field 'resource.name' not specified"),
        ({"name": "Web"}, "Must be a match of regex"),
    ],
)
def test_bad_body(api: Api, change: Json, message: str) -> None:
    status, _, text = api.error("POST", RULES, {"name": "web", "allowed": ALLOWED, **change})
    assert status == 400
    assert message in text
    assert api.call("GET", f"{RULES}/web").status_code == 404


def test_body_is_json_and_where_it_belongs(api: Api) -> None:
    assert api.error("POST", RULES)[1] == "required"
    response = api.client.post(f"/compute/v1/{RULES}", data="{", headers=api.headers)
    assert response.status_code == 400
    assert body_of(response)["error"]["errors"][0]["reason"] == "parseError"
    assert "takes no request body" in api.error("POST", f"{Z}/instances/x/start", {"now": True})[2]


def test_null_is_unset(api: Api) -> None:
    api.did("POST", RULES, {"name": "web", "allowed": ALLOWED, "description": None, "denied": None})
    assert api.get(f"{RULES}/web")["description"] == ""


def test_a_64_bit_number_may_be_either(api: Api) -> None:
    for size in (20, "20"):
        api.did("POST", f"{Z}/instances", machine(f"m{type(size).__name__}", disk={"diskSizeGb": size}))
    assert {disk["sizeGb"] for disk in api.get(f"{Z}/disks")["items"]} == {"20"}
    assert "TYPE_INT64" in api.error("POST", f"{Z}/instances", machine(disk={"diskSizeGb": "much"}))[2]


def test_missing_query_parameter(api: Api) -> None:
    status, reason, message = api.error("POST", f"{Z}/instances/x/deleteAccessConfig", networkInterface="nic0")
    assert (status, reason, message) == (400, "required", "Required parameter: accessConfig")


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ("items(name,status),nextPageToken", {"items": [{"name": "ml-zoom-ip", "status": "RESERVED"}]}),
        ("items/name", {"items": [{"name": "ml-zoom-ip"}]}),
        (
            "items/name,items/status,kind",
            {"items": [{"name": "ml-zoom-ip", "status": "RESERVED"}], "kind": "compute#addressList"},
        ),
        ("kind", {"kind": "compute#addressList"}),
    ],
)
def test_partial_response(api: Api, reserve: Any, fields: str, expected: Json) -> None:
    reserve()
    assert api.get(f"{R}/addresses", fields=fields) == expected


@pytest.mark.parametrize(
    "fields", ["items/*/warning/code,items/*/addresses(name)", "items/*(addresses/name,warning/code)"]
)
def test_partial_response_of_a_map(api: Api, reserve: Any, fields: str) -> None:
    reserve()
    found = api.get(f"{P}/aggregated/addresses", fields=fields)
    assert found["items"]["regions/northamerica-northeast2"] == {"addresses": [{"name": "ml-zoom-ip"}]}
    assert found["items"]["global"] == {"warning": {"code": "NO_RESULTS_ON_PAGE"}}


def test_project_by_number(api: Api) -> None:
    number = api.get(P)["id"]
    assert api.get(f"projects/{number}")["name"] == PROJECT

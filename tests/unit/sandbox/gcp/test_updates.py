# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Changes to an instance and to the project, under fingerprints."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.unit.sandbox.gcp.support import ZONE, Api, FakeHosts, Json, P, Z

VM = f"{Z}/instances/mlops-zoom"
SET_PROJECT = f"{P}/setCommonInstanceMetadata"


def items(**values: str) -> list[Json]:
    """Metadata items, underscores for hyphens."""
    return [{"key": key.replace("_", "-"), "value": value} for key, value in values.items()]


def set_metadata(api: Api, **values: str) -> None:
    """Replaces the instance's metadata."""
    fingerprint = api.get(VM)["metadata"]["fingerprint"]
    api.did("POST", f"{VM}/setMetadata", {"fingerprint": fingerprint, "items": items(**values)})


def set_project_metadata(api: Api, **values: str) -> None:
    """Replaces the project's metadata."""
    fingerprint = api.get(P)["commonInstanceMetadata"]["fingerprint"]
    api.did("POST", SET_PROJECT, {"fingerprint": fingerprint, "items": items(**values)})


@pytest.mark.parametrize(
    ("method", "field", "body", "fingerprint", "shown"),
    [
        ("setLabels", "labels", {"labels": {"b": "2"}}, "labelFingerprint", {"b": "2"}),
        ("setTags", "tags", {"items": ["b"]}, "fingerprint", ["b"]),
        ("setMetadata", "metadata", {"items": items(b="2")}, "fingerprint", items(b="2")),
    ],
)
def test_whole_sets_under_a_fingerprint(
    api: Api, make: Callable[..., Json], method: str, field: str, body: Json, fingerprint: str, shown: object
) -> None:
    before = make(labels={"a": "1"}, tags={"items": ["a"]}, metadata={"items": items(a="1")})
    current = before["labelFingerprint"] if method == "setLabels" else before[field]["fingerprint"]
    for wrong in ({}, {fingerprint: "AAAAAAAAAAA="}):
        status, reason, message = api.error("POST", f"{VM}/{method}", body | wrong)
        assert (status, reason) == (412, "conditionNotMet")
        assert "fingerprint" in message
    api.did("POST", f"{VM}/{method}", body | {fingerprint: current})
    after = api.get(VM)
    assert (after[field] if method == "setLabels" else after[field]["items"]) == shown
    assert after["fingerprint"] != before["fingerprint"] or method == "setLabels"
    assert api.error("POST", f"{VM}/{method}", body | {fingerprint: current})[0] == 412


def test_the_later_of_two_with_one_fingerprint_fails(api: Api, hosts: FakeHosts, make: Callable[..., Json]) -> None:
    fingerprint = make()["labelFingerprint"]
    hosts.hold.clear()
    reset = api.ok("POST", f"{VM}/reset")
    bodies = [{"labels": {"n": str(number)}, "labelFingerprint": fingerprint} for number in (1, 2)]
    pending = [api.ok("POST", f"{VM}/setLabels", body) for body in bodies]
    hosts.hold.set()
    api.wait(reset)
    first, second = (api.wait(operation) for operation in pending)
    assert "error" not in first
    assert (second["error"]["errors"][0]["code"], second["httpErrorStatusCode"]) == ("CONDITION_NOT_MET", 412)
    assert api.get(VM)["labels"] == {"n": "1"}


def test_nothing_left(api: Api, make: Callable[..., Json]) -> None:
    before = make(labels={"a": "1"}, tags={"items": ["a"]})
    api.did("POST", f"{VM}/setLabels", {"labelFingerprint": before["labelFingerprint"], "labels": None})
    api.did("POST", f"{VM}/setTags", {"fingerprint": before["tags"]["fingerprint"]})
    after = api.get(VM)
    assert "labels" not in after
    assert "items" not in after["tags"]


def test_machine_type(api: Api, make: Callable[..., Json]) -> None:
    make()
    body = {"machineType": f"zones/{ZONE}/machineTypes/e2-standard-4"}
    status, reason, message = api.error("POST", f"{VM}/setMachineType", body)
    assert (status, reason) == (400, "invalidResourceUsage")
    assert "it is RUNNING" in message
    api.did("POST", f"{VM}/stop")
    assert (
        "does not exist"
        in api.error("POST", f"{VM}/setMachineType", {"machineType": f"zones/{ZONE}/machineTypes/x"})[2]
    )
    api.did("POST", f"{VM}/setMachineType", body)
    after = api.get(VM)
    assert after["machineType"].endswith(f"{Z}/machineTypes/e2-standard-4")
    assert (after["status"], after["cpuPlatform"]) == ("TERMINATED", "Intel Broadwell")


def test_a_disk_can_outlive_its_machine(api: Api, make: Callable[..., Json]) -> None:
    device = make()["disks"][0]["deviceName"]
    wrong = {"deviceName": "other", "autoDelete": "false"}
    assert api.error("POST", f"{VM}/setDiskAutoDelete", None, **wrong)[0] == 400
    api.did("POST", f"{VM}/setDiskAutoDelete", None, deviceName=device, autoDelete="false")
    assert api.get(VM)["disks"][0]["autoDelete"] is False
    api.did("DELETE", VM)
    assert "users" not in api.get(f"{Z}/disks/mlops-zoom")


def test_metadata_reaches_the_host(api: Api, hosts: FakeHosts, make: Callable[..., Json]) -> None:
    set_project_metadata(api, ssh_keys="p:ssh-ed25519 PPPP p", shared="project", own="project")
    make(metadata={"items": items(own="instance")})
    host = hosts.made["mlops-zoom"]
    assert host.metadata == {"ssh-keys": "p:ssh-ed25519 PPPP p", "shared": "project", "own": "instance"}
    set_metadata(api, ssh_keys="i:ssh-ed25519 IIII i\n")
    assert host.metadata["ssh-keys"] == "i:ssh-ed25519 IIII i\np:ssh-ed25519 PPPP p"
    assert host.metadata["own"] == "project"
    set_metadata(api, ssh_keys="i:ssh-ed25519 IIII i", block_project_ssh_keys="true")
    assert host.metadata["ssh-keys"] == "i:ssh-ed25519 IIII i"
    set_metadata(api)
    set_project_metadata(api)
    assert host.metadata == {}


def test_project_metadata_is_under_a_fingerprint(api: Api) -> None:
    before = api.get(P)["commonInstanceMetadata"]["fingerprint"]
    operation = api.did("POST", SET_PROJECT, {"fingerprint": before, "items": items(a="1")})
    assert "zone" not in operation
    assert "region" not in operation
    assert operation["operationType"] == "compute.projects.setCommonInstanceMetadata"
    found = api.get(P)["commonInstanceMetadata"]
    assert found["items"] == items(a="1")
    assert found["fingerprint"] != before
    status, reason, message = api.error("POST", SET_PROJECT, {"fingerprint": before, "items": []})
    assert (status, reason) == (412, "conditionNotMet")
    assert message == "Supplied fingerprint does not match current metadata fingerprint."


def test_a_guest_that_cannot_be_told(api: Api, hosts: FakeHosts, make: Callable[..., Json]) -> None:
    fingerprint = make()["metadata"]["fingerprint"]
    hosts.failing = {"set_metadata"}
    error = api.failed("POST", f"{VM}/setMetadata", {"fingerprint": fingerprint, "items": items(a="1")})
    assert error["message"] == "the engine refused to set_metadata"


def test_host_keys(api: Api, hosts: FakeHosts, make: Callable[..., Json]) -> None:
    make()
    path = f"{VM}/getGuestAttributes"
    missing = (404, "notFound", "The resource 'hostkeys/' of type 'Guest Attribute' was not found.")
    assert api.error("GET", path, queryPath="hostkeys/") == missing
    set_metadata(api, enable_guest_attributes="TRUE")
    found = api.get(path, queryPath="hostkeys/")
    key = {"namespace": "hostkeys", "key": "ssh-ed25519", "value": "key-of-mlops-zoom"}
    assert (found["queryPath"], found["queryValue"]["items"]) == ("hostkeys/", [key])
    assert api.get(path, variableKey="hostkeys/ssh-ed25519")["variableValue"] == "key-of-mlops-zoom"
    assert api.error("GET", path, queryPath="other/")[0] == 404
    assert api.error("GET", path, variableKey="hostkeys/ssh-rsa")[0] == 404


def test_host_keys_enabled_by_the_project(api: Api, make: Callable[..., Json]) -> None:
    set_project_metadata(api, enable_guest_attributes="true")
    make()
    assert api.get(f"{VM}/getGuestAttributes")["queryValue"]["items"][0]["namespace"] == "hostkeys"
    set_metadata(api, enable_guest_attributes="FALSE")
    assert api.error("GET", f"{VM}/getGuestAttributes")[0] == 404


def test_serial_port(api: Api, make: Callable[..., Json]) -> None:
    make()
    whole = api.get(f"{VM}/serialPort")
    assert whole["contents"] == "mlops-zoom booted 1 times\n"
    assert api.get(f"{VM}/serialPort", start=whole["next"])["contents"] == ""
    assert api.get(f"{VM}/serialPort", start="11")["contents"] == "booted 1 times\n"
    assert api.get(f"{VM}/serialPort", start="-7")["contents"] == " times\n"
    assert api.get(f"{VM}/serialPort", port="2")["contents"] == ""

# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is there before anything is made."""

from __future__ import annotations

import pytest

from tests.unit.sandbox.gcp.support import PROJECT, Api, P, R, Z


def test_regions_and_zones(api: Api) -> None:
    regions = {item["name"]: item for item in api.get(f"{P}/regions")["items"]}
    assert {"northamerica-northeast1", "northamerica-northeast2", "us-central1", "europe-west1"} <= regions.keys()
    zones = {item["name"]: item for item in api.get(f"{P}/zones")["items"]}
    linked = {zone.rsplit("/", 1)[1] for region in regions.values() for zone in region["zones"]}
    assert zones.keys() == linked
    assert all(zone["status"] == "UP" and zone["region"].rsplit("/", 1)[1] in regions for zone in zones.values())
    assert api.get(Z) == zones["northamerica-northeast2-a"]


@pytest.mark.parametrize(
    ("zone", "name", "cpus", "memory"),
    [
        ("northamerica-northeast2-a", "n2-standard-2", 2, 8192),
        ("us-central1-a", "e2-medium", 2, 4096),
        ("us-central1-f", "c3-standard-4", 4, 16384),
        ("europe-west1-b", "t2d-standard-1", 1, 4096),
        ("asia-east1-a", "n1-standard-1", 1, 3840),
    ],
)
def test_machine_types(api: Api, zone: str, name: str, cpus: int, memory: int) -> None:
    found = api.get(f"{P}/zones/{zone}/machineTypes/{name}")
    assert (found["guestCpus"], found["memoryMb"], found["zone"]) == (cpus, memory, zone)
    assert found in api.get(f"{P}/zones/{zone}/machineTypes")["items"]


def test_not_every_series_is_everywhere(api: Api) -> None:
    assert api.error("GET", f"{Z}/machineTypes/c3-standard-4")[:2] == (404, "notFound")
    page = api.get(f"{P}/aggregated/machineTypes", filter="name=c3-standard-4")["items"]
    assert "warning" in page["zones/northamerica-northeast2-a"]
    assert page["zones/us-central1-a"]["machineTypes"][0]["name"] == "c3-standard-4"


def test_new_project(api: Api) -> None:
    project = api.get(P)
    assert project["name"] == PROJECT
    assert "items" not in project["commonInstanceMetadata"]
    rules = {item["name"] for item in api.get(f"{P}/global/firewalls")["items"]}
    assert rules == {"default-allow-icmp", "default-allow-internal", "default-allow-rdp", "default-allow-ssh"}
    network = api.get(f"{P}/global/networks/default")
    assert network["autoCreateSubnetworks"] is True
    assert api.get(f"{P}/global/networks")["items"] == [network]
    subnet = api.get(f"{R}/subnetworks/default")
    assert subnet["selfLink"] in network["subnetworks"]
    assert api.get(f"{R}/subnetworks")["items"] == [subnet]
    scopes = api.get(f"{P}/aggregated/subnetworks")["items"]
    assert scopes["regions/northamerica-northeast2"]["subnetworks"] == [subnet]


def test_image_that_can_be_served(api: Api) -> None:
    image = api.get("projects/debian-cloud/global/images/family/debian-12")
    assert image["family"] == "debian-12"
    assert image["status"] == "READY"
    assert api.get(f"projects/debian-cloud/global/images/{image['name']}") == image
    assert api.get("projects/debian-cloud/global/images")["items"] == [image]
    view = api.get("projects/debian-cloud/zones/us-central1-a/imageFamilyViews/debian-12")
    assert view["image"] == image


def test_image_that_google_has_and_the_sandbox_has_not(api: Api) -> None:
    status, reason, message = api.error("GET", "projects/ubuntu-os-cloud/global/images/family/ubuntu-2204-lts")
    assert (status, reason) == (404, "notFound")
    assert "cannot serve the image family 'ubuntu-2204-lts'" in message
    assert message.endswith("It can serve: debian-12.")
    assert "items" not in api.get("projects/ubuntu-os-cloud/global/images")


@pytest.mark.parametrize(
    "path",
    [
        "projects/debian-cloud/global/images/family/debian-99",
        "projects/ubuntu-os-cloud/global/images/family/debian-12",
        "projects/debian-cloud/global/images/debian-12-bookworm-v20200101",
        f"{P}/global/images/family/debian-12",
    ],
)
def test_unknown_image(api: Api, path: str) -> None:
    assert api.error("GET", path) == (404, "notFound", f"The resource '{path}' was not found")


def test_other_peoples_images_are_read_only(api: Api) -> None:
    found = api.error("DELETE", "projects/debian-cloud/global/images/debian-12-bookworm-v20261014")
    assert found[0] in (403, 501)

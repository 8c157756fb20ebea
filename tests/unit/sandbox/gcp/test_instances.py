# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Making, showing and deleting instances."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.unit.sandbox.gcp.support import PROJECT, REGION, ZONE, Api, FakeHosts, Json, P, R, Z, disk, machine

VM = f"{Z}/instances/mlops-zoom"
BASE = "https://www.googleapis.com/compute/v1/"
DISK = "resource.disks[0].initializeParams"
NIC = "resource.networkInterfaces[0]"


def test_what_an_instance_shows(make: Callable[..., Json], hosts: FakeHosts) -> None:
    found = make(labels={"workstation": "x"}, tags={"items": ["http-server"]}, disk={"diskSizeGb": "30"})
    assert found["id"].isdecimal()
    assert found["selfLink"] == BASE + VM
    assert found["zone"] == BASE + Z
    assert found["machineType"] == f"{BASE}{Z}/machineTypes/n2-standard-2"
    assert (found["status"], found["cpuPlatform"]) == ("RUNNING", "Intel Cascade Lake")
    assert found["labels"] == {"workstation": "x"}
    assert found["tags"]["items"] == ["http-server"]
    assert found["scheduling"]["onHostMaintenance"] == "MIGRATE"
    assert found["creationTimestamp"] < found["lastStartTimestamp"]
    boot = found["disks"][0]
    expected = {"index": 0, "boot": True, "autoDelete": True, "diskSizeGb": "30", "deviceName": "persistent-disk-0"}
    assert expected.items() <= boot.items()
    assert boot["licenses"]
    nic = found["networkInterfaces"][0]
    assert (nic["name"], nic["networkIP"]) == ("nic0", "10.188.0.2")
    assert nic["subnetwork"] == f"{BASE}{R}/subnetworks/default"
    assert nic["accessConfigs"][0]["networkTier"] == "PREMIUM"
    assert nic["accessConfigs"][0]["natIP"] == hosts.made["mlops-zoom"].address


def test_what_a_host_is_told(make: Callable[..., Json], hosts: FakeHosts) -> None:
    make(hostname="zoom.example.org", metadata={"items": [{"key": "ssh-keys", "value": "me:ssh-ed25519 AAAA me"}]})
    host = hosts.made["mlops-zoom"]
    assert (host.spec.hostname, host.spec.family, host.spec.disk_gb) == ("zoom.example.org", "debian-12", 10)
    assert host.metadata == {"ssh-keys": "me:ssh-ed25519 AAAA me"}
    assert (host.running, host.boots, host.spec.address) == (True, 1, host.address)


def test_boot_disk(api: Api, make: Callable[..., Json]) -> None:
    instance = make(disk={"labels": {"workstation": "x"}, "diskType": f"zones/{ZONE}/diskTypes/pd-balanced"})
    found = api.get(f"{Z}/disks/mlops-zoom")
    assert found["selfLink"] == instance["disks"][0]["source"]
    assert (found["labels"], found["users"], found["sizeGb"]) == ({"workstation": "x"}, [instance["selfLink"]], "10")
    assert found["type"] == f"{BASE}{Z}/diskTypes/pd-balanced"
    assert api.get(f"{P}/aggregated/disks")["items"][f"zones/{ZONE}"]["disks"] == [found]


def test_no_public_address(make: Callable[..., Json], hosts: FakeHosts) -> None:
    assert "accessConfigs" not in make(nat=None)["networkInterfaces"][0]
    assert hosts.made["mlops-zoom"].address is None


@pytest.mark.parametrize(
    "prefix",
    [
        "",
        "projects/sandbox-project/",
        BASE + "projects/sandbox-project/",
        "http://127.0.0.1:8481/compute/v1/projects/sandbox-project/",
    ],
)
def test_references_in_any_form(make: Callable[..., Json], prefix: str) -> None:
    found = make(machineType=f"{prefix}zones/{ZONE}/machineTypes/e2-micro")
    assert found["machineType"] == f"{BASE}{Z}/machineTypes/e2-micro"


def test_spot(make: Callable[..., Json]) -> None:
    scheduling = make(scheduling={"provisioningModel": "SPOT"})["scheduling"]
    assert (scheduling["preemptible"], scheduling["automaticRestart"]) == (True, False)
    assert scheduling["onHostMaintenance"] == "TERMINATE"


@pytest.mark.parametrize("email", ["default", "481516234200-compute@developer.gserviceaccount.com"])
def test_service_account(make: Callable[..., Json], email: str) -> None:
    scopes = ["https://www.googleapis.com/auth/cloud-platform"]
    accounts = make(serviceAccounts=[{"email": email, "scopes": scopes}])["serviceAccounts"]
    assert accounts == [{"email": "481516234200-compute@developer.gserviceaccount.com", "scopes": scopes}]


@pytest.mark.parametrize(
    ("change", "status", "message"),
    [
        ({"name": "Zoom"}, 400, "Must be a match of regex"),
        ({"machineType": ""}, 400, "Required field 'resource.machineType' not specified"),
        ({"machineType": "n2-standard-2/x"}, 400, "The URL is malformed."),
        ({"machineType": f"zones/{ZONE}/machineTypes/n9-huge-1"}, 400, "The referenced resource does not exist."),
        ({"machineType": f"zones/{ZONE}/machineTypes/c3-standard-4"}, 400, f"does not exist in zone '{ZONE}'"),
        ({"machineType": "zones/us-central1-a/machineTypes/e2-micro"}, 400, "must be in the zone"),
        ({"disks": []}, 400, "No disks are specified."),
        ({"disks": [{"boot": False, "initializeParams": disk()}]}, 400, "Boot disk must be the first"),
        ({"disks": [{"boot": True, "source": f"{Z}/disks/old"}]}, 501, "booting from a disk that exists"),
        ({"disks": [{"boot": True, "initializeParams": disk()}] * 2}, 501, "more than one disk"),
        ({"disks": [{"boot": True, "initializeParams": disk(provisionedIops="9")}]}, 501, "'provisionedIops'"),
        ({"networkInterfaces": [{"aliasIpRanges": [{"ipCidrRange": "/24"}]}]}, 501, "'aliasIpRanges'"),
        ({"networkInterfaces": [{"stackType": "IPV4_IPV6"}]}, 501, "IPv6"),
        ({"networkInterfaces": []}, 400, "At least one network interface is required."),
        ({"networkInterfaces": [{"accessConfigs": [{}, {}]}]}, 400, "At most one access config"),
        (
            {"networkInterfaces": [{"network": "global/networks/other"}]},
            400,
            "referenced network resource cannot be found",
        ),
        ({"networkInterfaces": [{"subnetwork": "regions/us-east1/subnetworks/default"}]}, 400, "subnetwork"),
        ({"networkInterfaces": [{"networkIP": "10.0.0.1"}]}, 400, "Requested internal IP address"),
        (
            {"networkInterfaces": [{"accessConfigs": [{"natIP": "8.8.8.8"}]}]},
            400,
            f"was not found in region '{REGION}'",
        ),
        ({"labels": {"Team": "x"}}, 400, "Label key 'Team' violates format constraints."),
        ({"labels": {"team": "Red"}}, 400, "Label value 'Red' violates format constraints."),
        ({"labels": {"team": None}}, 400, "null is not allowed here"),
        ({"tags": {"items": ["Web"]}}, 400, "resource.tags.items[0]"),
        ({"tags": {"items": ["web", "web"]}}, 400, "each only once"),
        ({"metadata": {"items": [{"key": "a", "value": "1"}, {"key": "a", "value": "2"}]}}, 400, "duplicate key"),
        ({"metadata": {"items": [{"key": "a b", "value": "1"}]}}, 400, "Must be a match of regex"),
        ({"metadata": {"items": [{"key": "a", "value": "x" * 262145}]}}, 400, "longer than 262144 bytes"),
        ({"serviceAccounts": [{"email": "x@y.example"}]}, 400, "does not have access to service account"),
        ({"scheduling": {"preemptible": True, "automaticRestart": True}}, 400, "automaticRestart be false"),
        ({"hostname": "zoom"}, 400, "fully qualified"),
        ({"guestAccelerators": [{"acceleratorCount": 1}]}, 501, "guestAccelerators"),
    ],
)
def test_refusals(api: Api, hosts: FakeHosts, change: Json, status: int, message: str) -> None:
    found = api.error("POST", f"{Z}/instances", machine() | change)
    assert found[0] == status
    assert message in found[2]
    assert "items" not in api.get(f"{Z}/instances")
    assert hosts.made == {}


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"diskSizeGb": "5"}, "Requested disk size cannot be smaller than the image size (10 GB)"),
        ({"diskSizeGb": "70000"}, "must be between 10 GB and 65536 GB"),
        ({"sourceImage": None}, "A source image is required"),
        ({"sourceImage": "projects/debian-cloud/global/images/family/debian-99"}, "image resource cannot be found."),
        ({"sourceImage": "projects/ubuntu-os-cloud/global/images/family/ubuntu-2204-lts"}, "It can serve: debian-12."),
        ({"diskType": "zones/us-central1-a/diskTypes/pd-ssd"}, "The URL is malformed."),
        ({"diskType": f"zones/{ZONE}/diskTypes/floppy"}, "The referenced resource does not exist."),
        ({"diskName": "Boot"}, "Must be a match of regex"),
    ],
)
def test_bad_boot_disk(api: Api, parameters: Json, message: str) -> None:
    status, reason, text = api.error("POST", f"{Z}/instances", machine(disk=parameters))
    assert (status, reason) == (400, "invalid")
    assert message in text


def test_disk_type_has_to_suit_the_machine(api: Api) -> None:
    body = machine() | {"machineType": "zones/us-central1-a/machineTypes/c3-standard-4"}
    found = api.error("POST", f"{P}/zones/us-central1-a/instances", body)
    assert "[pd-standard] features are not compatible" in found[2]


def test_templates_are_not_supported(api: Api) -> None:
    found = api.error("POST", f"{Z}/instances", machine(), sourceInstanceTemplate="global/instanceTemplates/x")
    assert found[:2] == (501, "notImplemented")


def test_taken_names(api: Api, make: Callable[..., Json]) -> None:
    make(disk={"diskName": "boot"})
    assert api.error("POST", f"{Z}/instances", machine()) == (
        409,
        "alreadyExists",
        f"The resource '{VM}' already exists",
    )
    found = api.error("POST", f"{Z}/instances", machine("other", disk={"diskName": "boot"}))
    assert found == (409, "alreadyExists", f"The resource '{Z}/disks/boot' already exists")


def test_address_in_use(api: Api, make: Callable[..., Json], reserve: Callable[..., str]) -> None:
    address = reserve()
    make("one", nat={"natIP": address})
    found = api.error("POST", f"{Z}/instances", machine("two", nat={"natIP": address}))
    assert "Specified IP address is in-use and would result in a conflict." in found[2]


def test_same_name_in_two_zones(api: Api, make: Callable[..., Json], hosts: FakeHosts) -> None:
    make()
    body = machine() | {"machineType": "zones/us-central1-a/machineTypes/e2-micro"}
    api.did("POST", f"{P}/zones/us-central1-a/instances", body)
    assert set(hosts.made) == {"mlops-zoom", "mlops-zoom-us-central1-a"}
    api.did("DELETE", VM)
    assert set(hosts.made) == {"mlops-zoom-us-central1-a"}


def test_cpu_quota(api: Api, hosts: FakeHosts, make: Callable[..., Json]) -> None:
    make("small")
    error = api.failed("POST", f"{Z}/instances", machine(size="n2-standard-32"))
    assert error["code"] == "QUOTA_EXCEEDED"
    assert error["message"] == f"Quota 'CPUS' exceeded.  Limit: 24.0 in region {REGION}."
    info = error["errorDetails"][0]["quotaInfo"]
    assert (info["limitName"], info["dimensions"]) == ("CPUS-per-project-region", {"region": REGION})
    assert set(hosts.made) == {"small"}
    assert [item["name"] for item in api.get(f"{Z}/disks")["items"]] == ["small"]
    usage = {row["metric"]: row["usage"] for row in api.get(R)["quotas"]}
    assert (usage["CPUS"], usage["INSTANCES"], usage["IN_USE_ADDRESSES"]) == (2, 1, 1)


@pytest.mark.parametrize("call", ["allocate", "create", "start"])
def test_nothing_stays_of_a_host_that_fails(api: Api, hosts: FakeHosts, reserve: Callable[..., str], call: str) -> None:
    hosts.failing = {call}
    error = api.failed("POST", f"{Z}/instances", machine())
    assert error == {"code": "INTERNAL_ERROR", "message": f"the engine refused to {call}"}
    assert hosts.made == {}
    for kind in ("instances", "disks"):
        assert "items" not in api.get(f"{Z}/{kind}")
    hosts.failing = set()
    api.did("POST", f"{Z}/instances", machine())


def test_a_failed_host_frees_its_address(api: Api, hosts: FakeHosts, reserve: Callable[..., str]) -> None:
    address = reserve()
    hosts.failing = {"start"}
    api.failed("POST", f"{Z}/instances", machine(nat={"natIP": address}))
    assert api.get(f"{R}/addresses/ml-zoom-ip")["status"] == "RESERVED"


def test_delete(api: Api, hosts: FakeHosts, make: Callable[..., Json]) -> None:
    ephemeral = make()["networkInterfaces"][0]["accessConfigs"][0]["natIP"]
    done = api.did("DELETE", VM)
    assert (done["operationType"], done["targetLink"]) == ("delete", BASE + VM)
    assert api.error("GET", VM)[0] == 404
    assert api.error("GET", f"{Z}/disks/mlops-zoom")[0] == 404
    assert (hosts.made, hosts.released) == ({}, [ephemeral])


def test_a_disk_may_outlive_its_machine(api: Api, make: Callable[..., Json]) -> None:
    make(disks=[{"boot": True, "initializeParams": disk()}])
    assert api.error("DELETE", f"{Z}/disks/mlops-zoom")[1] == "resourceInUseByAnotherResource"
    api.did("DELETE", VM)
    assert "users" not in api.get(f"{Z}/disks/mlops-zoom")
    api.did("DELETE", f"{Z}/disks/mlops-zoom")
    assert api.error("GET", f"{Z}/disks/mlops-zoom")[0] == 404


def test_deletion_protection(api: Api, make: Callable[..., Json]) -> None:
    make(deletionProtection=True)
    status, reason, message = api.error("DELETE", VM)
    assert (status, reason) == (400, "invalidResourceUsage")
    assert "protected against deletion" in message
    api.did("POST", f"{VM}/setDeletionProtection", deletionProtection="false")
    api.did("DELETE", VM)


def test_a_host_that_cannot_be_deleted_stays(api: Api, hosts: FakeHosts, make: Callable[..., Json]) -> None:
    make()
    hosts.failing = {"delete"}
    assert api.failed("DELETE", VM)["message"] == "the engine refused to delete"
    assert api.get(VM)["status"] == "RUNNING"


def test_resize_disk(api: Api, make: Callable[..., Json]) -> None:
    make()
    for size in ("10", "5"):
        assert (
            "must be larger than existing size '10' GB"
            in api.error("POST", f"{Z}/disks/mlops-zoom/resize", {"sizeGb": size})[2]
        )
    api.did("POST", f"{Z}/disks/mlops-zoom/resize", {"sizeGb": "20"})
    assert api.get(f"{Z}/disks/mlops-zoom")["sizeGb"] == "20"
    assert api.get(VM)["disks"][0]["diskSizeGb"] == "20"


def test_by_id(api: Api, make: Callable[..., Json]) -> None:
    found: Any = make()
    assert api.get(f"projects/{PROJECT}/zones/{ZONE}/instances/{found['id']}") == found

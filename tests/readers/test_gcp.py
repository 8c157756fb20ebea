# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Who else reads the sandboxed Google Cloud sees what our modules say, and what is secret stays so."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.config import ZONE
from tests.readers.clients import ask
from tests.readers.person import Person
from tests.readers.proxy import googleapis

Gcloud = Callable[..., Any]


@pytest.fixture(scope="module")
def google(gcp: Person, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The environment in which Google's fixed addresses lead to the sandbox."""
    with googleapis(tmp_path_factory.mktemp("google"), gcp.cloud.url) as environment:
        yield environment


@pytest.fixture(scope="module")
def report(gcp: Person, google: dict[str, str]) -> dict[str, Any]:
    return gcp.report("tests/readers/gcp.yml", **google)


@pytest.fixture
def gcloud(gcp: Person, report: dict[str, Any], tmp_path: Path) -> Gcloud:
    """gcloud with the person's token, in the workstation's project."""
    token = tmp_path / "token"
    token.touch(0o600)
    token.write_text(gcp.secrets["the access token"])
    environment = {
        **gcp.credentials,
        "CLOUDSDK_CONFIG": str(tmp_path / "gcloud"),
        "CLOUDSDK_AUTH_ACCESS_TOKEN_FILE": str(token),
        "CLOUDSDK_CORE_PROJECT": report["project"],
        "CLOUDSDK_CORE_DISABLE_PROMPTS": "true",
        "CLOUDSDK_CORE_DISABLE_USAGE_REPORTING": "true",
        "CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK": "true",
    }
    return lambda *argv: ask("gcloud", *argv, "--format=json", environment=environment)


def essence(instance: dict[str, Any]) -> dict[str, Any]:
    """What the API's form of an instance says, in the words of our modules."""
    interface = instance["networkInterfaces"][0]
    return {
        "name": instance["name"],
        "id": instance["id"],
        "zone": instance["zone"].rpartition("/")[2],
        "machine_type": instance["machineType"].rpartition("/")[2],
        "status": instance["status"],
        "labels": instance["labels"],
        "tags": instance["tags"]["items"],
        "internal_ip": interface["networkIP"],
        "external_ip": interface["accessConfigs"][0]["natIP"],
    }


def same(ours: dict[str, Any], theirs: dict[str, Any]) -> bool:
    return theirs == {key: ours[key] for key in theirs}


def test_a_second_look_finds_nothing_to_change(report: dict[str, Any]) -> None:
    assert [part["actions"] for part in report["plan"]] == [[]] * len(report["plan"])
    assert [instance["name"] for instance in report["ours"]] == [report["instance"]["name"]]


def test_gcloud_sees_our_machine(report: dict[str, Any], gcloud: Gcloud) -> None:
    assert [essence(found) for found in gcloud("compute", "instances", "list")] == [
        {key: report["instance"][key] for key in essence(report["theirs"][0])}
    ]


def test_gcloud_sees_our_address(report: dict[str, Any], gcloud: Gcloud) -> None:
    (found,) = gcloud("compute", "addresses", "list")
    ours = report["address"]
    assert found["region"].rpartition("/")[2] == ours["region"]
    assert [user.rpartition("/")[2] for user in found["users"]] == ours["users"]
    assert same(ours, {key: found[key] for key in ("name", "address", "labels", "status")})


def test_gcloud_sees_our_service_account(report: dict[str, Any], gcloud: Gcloud) -> None:
    found = {account["email"]: account for account in gcloud("iam", "service-accounts", "list")}
    ours = report["service_account"]
    assert found[ours["email"]]["uniqueId"] == ours["unique_id"]
    assert found[ours["email"]]["name"] == ours["name"]


def test_gcloud_sees_the_roles_of_our_service_account(report: dict[str, Any], gcloud: Gcloud) -> None:
    ours = report["iam"]
    bindings = gcloud("projects", "get-iam-policy", report["project"])["bindings"]
    assert sorted(item["role"] for item in bindings if ours["member"] in item["members"]) == ours["roles"]


def test_google_cloud_lists_our_machine(report: dict[str, Any]) -> None:
    assert len(report["theirs"]) == len(report["ours"]) == 1
    assert same(report["ours"][0], essence(report["theirs"][0]))


def test_the_inventory_of_google_cloud_has_our_hosts(
    gcp: Person, report: dict[str, Any], google: dict[str, str], tmp_path: Path
) -> None:
    source = tmp_path / "readers.gcp_compute.yml"
    chosen = {"projects": [report["project"]], "zones": [ZONE], "auth_kind": "accesstoken", "hostnames": ["name"]}
    groups = {"groups": {"workstation": "'workstation' in labels"}}
    source.write_text(json.dumps({"plugin": "google.cloud.gcp_compute", **chosen, **groups}))
    theirs = gcp.inventory(str(source), **google)
    assert theirs["workstation"]["hosts"] == gcp.listed["workstation"]["hosts"] == [report["instance"]["name"]]
    ours = gcp.listed["_meta"]["hostvars"]
    for name, found in theirs["_meta"]["hostvars"].items():
        assert found["networkInterfaces"][0]["accessConfigs"][0]["natIP"] == ours[name]["ansible_host"]
        assert (found["labels"], found["status"]) == (ours[name]["gcp_labels"], ours[name]["gcp_status"])


def test_no_secret_is_found_anywhere_but_in_its_file(gcp: Person) -> None:
    assert gcp.leaked == []
    assert gcp.modules() >= {"gcp_project", "gcp_service_account_key", "gcp_instance", "ssh_key_pair"}
    assert len(gcp.private_pieces()) > 40
    assert gcp.modes() == gcp.key_files


def test_a_secret_would_be_found(request: pytest.FixtureRequest, gcp: Person) -> None:
    planted = {**gcp.secrets, **gcp.private_pieces()}
    canary = gcp.home / "tmp" / "canary"
    request.addfinalizer(canary.unlink)
    canary.write_text(json.dumps(planted))
    assert gcp.leaks() == [f"{what} in {canary}" for what in planted]

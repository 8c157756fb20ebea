# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""SSH keys in the project's metadata."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest

from plugins.module_utils.gcp.resources.ssh_key import SshKey, entry, expires, expiry
from plugins.module_utils.resource import CloudError
from tests.unit.plugins.module_utils.gcp.resources.conftest import Cloud


def public_key(kind: str = "ssh-ed25519", seed: bytes = b"1") -> str:
    blob = len(kind).to_bytes(4, "big") + kind.encode() + b"\x00\x00\x00\x20" + seed * 32
    return f"{kind} {base64.b64encode(blob).decode()}"


KEY: dict[str, Any] = {
    "user": "mlops-zoom-user",
    "public_key": f"{public_key()} mlops-zoom-user\n",
    "public_key_file": None,
    "expire_on": None,
    "state": "present",
}
OTHER: dict[str, Any] = {**KEY, "user": "somebody", "public_key": public_key(seed=b"2")}


def entries(cloud: Cloud) -> str:
    items = cloud.session().get("")["commonInstanceMetadata"].get("items", ())
    return next((item["value"] for item in items if item["key"] == "ssh-keys"), "")


def test_one_line_comes_and_goes_among_others(cloud: Cloud) -> None:
    cloud.run(SshKey, OTHER)
    others = entries(cloud)
    assert cloud.predicted(SshKey, KEY)["actions"] == ["create"]
    assert entries(cloud).splitlines() == [*others.splitlines(), f"mlops-zoom-user:{public_key()} mlops-zoom-user"]
    kept = cloud.run(SshKey, KEY)
    assert (kept["changed"], kept["api_calls"]) == (False, 1)
    assert cloud.predicted(SshKey, {**KEY, "state": "absent"})["actions"] == ["delete"]
    assert entries(cloud) == others


def test_other_metadata_stays(cloud: Cloud) -> None:
    session = cloud.session()
    metadata = session.get("")["commonInstanceMetadata"]
    items = [*metadata.get("items", []), {"key": "serial-port-enable", "value": "TRUE"}]
    session.change("POST", "setCommonInstanceMetadata", {"fingerprint": metadata["fingerprint"], "items": items})
    cloud.run(SshKey, KEY)
    cloud.run(SshKey, {**KEY, "state": "absent"})
    assert {"key": "serial-port-enable", "value": "TRUE"} in session.get("")["commonInstanceMetadata"]["items"]


def test_a_writer_in_between_is_not_overwritten(cloud: Cloud) -> None:
    session = cloud.session()
    mine = SshKey(session, {**KEY, "project": session.project})
    steps = mine.plan(mine.read())
    cloud.run(SshKey, OTHER)
    with pytest.raises(CloudError, match="changed since it was read"):
        mine.apply(steps[0])
    assert "somebody:" in entries(cloud)


def test_a_key_that_is_yet_to_be_made_is_predicted_and_not_written(cloud: Cloud, tmp_path: Path) -> None:
    path = tmp_path / "key.pub"
    params = {**KEY, "public_key": None, "public_key_file": str(path)}
    predicted = cloud.run(SshKey, params, check_mode=True)
    assert predicted["actions"] == ["create"]
    with pytest.raises(CloudError, match="ssh-keygen"):
        cloud.run(SshKey, params)
    absent = cloud.run(SshKey, {**params, "state": "absent"})
    assert (absent["changed"], len(absent["warnings"])) == (False, 1)
    path.write_text(KEY["public_key"])
    assert cloud.run(SshKey, params)["resource"]["entry"] == f"mlops-zoom-user:{KEY['public_key'].strip()}"


YEAR = {"expire_on": "2098-12-04T21:12:00+01:00"}
EXPIRING = (
    f'mlops-zoom-user:{public_key()} google-ssh {{"userName":"mlops-zoom-user","expireOn":"2098-12-04T20:12:00+0000"}}'
)


def test_a_key_that_expires_says_so_as_the_guests_read_it(cloud: Cloud) -> None:
    made = cloud.predicted(SshKey, {**KEY, **YEAR})
    assert entries(cloud) == made["resource"]["entry"] == EXPIRING
    assert made["resource"]["expire_on"] == "2098-12-04T20:12:00+0000"
    kept = cloud.run(SshKey, {**KEY, "expire_on": "2098-12-04T20:12:00Z"})
    assert (kept["changed"], kept["api_calls"]) == (False, 1)


@pytest.mark.parametrize(
    ("there", "wanted"),
    [
        ("", {"expire_on": "2099-01-01T00:00:00Z"}),
        ('google-ssh {"userName":"a@example.com","expireOn":"2001-01-01T00:00:00+0000"}', YEAR),
        ('google-ssh {"userName":"mlops-zoom-user","expireOn":"2098-12-04T20:12:00+0000"}', {}),
        ('google-ssh {"userName":"mlops-zoom-user"', YEAR),
    ],
    ids=["never", "expired", "for-good", "broken"],
)
def test_an_entry_of_the_same_key_is_replaced(cloud: Cloud, there: str, wanted: dict[str, Any]) -> None:
    cloud.run(SshKey, OTHER)
    session = cloud.session()
    metadata = session.get("")["commonInstanceMetadata"]
    lines = f"mlops-zoom-user:{public_key()} {there}\n{entries(cloud)}\nmlops-zoom-user:{public_key()} {there}"
    body = {"fingerprint": metadata["fingerprint"], "items": [{"key": "ssh-keys", "value": lines}]}
    session.change("POST", "setCommonInstanceMetadata", body)
    assert cloud.predicted(SshKey, {**KEY, **wanted})["actions"] == ["update"]
    assert len(entries(cloud).splitlines()) == 2
    assert cloud.run(SshKey, {**KEY, **wanted})["changed"] is False
    cloud.predicted(SshKey, {**KEY, "state": "absent"})
    assert entries(cloud) == f"somebody:{public_key(seed=b'2')}"


def test_another_comment_is_not_another_key(cloud: Cloud) -> None:
    cloud.run(SshKey, KEY)
    assert cloud.run(SshKey, {**KEY, "public_key": f"{public_key()} laptop"})["changed"] is False


@pytest.mark.parametrize(
    ("text", "message"),
    [("2001-01-01T00:00:00Z", "in the past"), ("2098-01-01T00:00:00", "with its zone"), ("tomorrow", "with its zone")],
)
def test_an_expiry_that_cannot_be_meant_is_refused(cloud: Cloud, text: str, message: str) -> None:
    with pytest.raises(CloudError, match=message):
        cloud.run(SshKey, {**KEY, "expire_on": text})
    assert entries(cloud) == ""


def test_what_expires() -> None:
    assert expires(EXPIRING) == expiry("2098-12-04T20:12:00Z") == "2098-12-04T20:12:00+0000"
    assert expires(f"user:{public_key()} google-ssh") is None
    assert expires(f"user:{public_key()} google-ssh []") is None


@pytest.mark.parametrize(("value", "count"), [("TRUE", 1), ("true", 1), ("FALSE", 0)])
def test_os_login_is_said_to_shut_the_key_out(cloud: Cloud, value: str, count: int) -> None:
    session = cloud.session()
    metadata = session.get("")["commonInstanceMetadata"]
    body = {"fingerprint": metadata["fingerprint"], "items": [{"key": "enable-oslogin", "value": value}]}
    session.change("POST", "setCommonInstanceMetadata", body)
    made = cloud.run(SshKey, KEY)
    assert len(made["warnings"]) == count
    assert all("os-login ssh-keys add" in warning for warning in made["warnings"])
    assert cloud.run(SshKey, {**KEY, "state": "absent"})["warnings"] == []


def test_a_stale_fingerprint_is_read_again(cloud: Cloud) -> None:
    method = "compute.projects.setCommonInstanceMetadata"
    cloud.fault(method=method, kind="error", times=2, status=412, reason="conditionNotMet")
    assert cloud.run(SshKey, KEY)["actions"] == ["create"]
    assert entries(cloud).startswith("mlops-zoom-user:")


@pytest.mark.parametrize(
    ("user", "key", "message"),
    [
        ("Root!", public_key(), "not a login name"),
        ("a b", public_key(), "not a login name"),
        ("user", "", "not one line"),
        ("user", "ssh-rsa", "not one line"),
        ("user", "ssh-rsa AAAA", "not one line"),
        ("user", public_key().replace("ssh-ed25519 ", "ssh-rsa "), "not one line"),
        ("user", f"{public_key()}\n{public_key()}", "not one line"),
    ],
)
def test_what_no_guest_would_accept(user: str, key: str, message: str) -> None:
    with pytest.raises(CloudError, match=message):
        entry(user, key)


def test_a_private_key_is_refused_and_not_quoted() -> None:
    private = "-----BEGIN OPENSSH PRIVATE KEY-----\nSECRET\n-----END OPENSSH PRIVATE KEY-----"
    with pytest.raises(CloudError, match="private key") as caught:
        entry("user", private)
    assert "SECRET" not in caught.value.message

# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The keys of one name in a known_hosts file."""

from __future__ import annotations

import base64
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.module_utils.resource import CloudError, reconcile
from plugins.module_utils.ssh import known_hosts
from plugins.module_utils.ssh.resources.known_host import KnownHost

NAME = "compute.42"


def blob(seed: int, kind: str = "ssh-ed25519") -> str:
    raw = len(kind).to_bytes(4, "big") + kind.encode() + bytes([0, 0, 0, 32]) + bytes([seed]) * 32
    return base64.b64encode(raw).decode()


KEYS = [("ssh-ed25519", blob(1)), ("ssh-rsa", blob(2, "ssh-rsa"))]
LINES = st.sampled_from(
    [
        f"example.com ssh-ed25519 {blob(9)}\n", "# a comment\n", "\n", f"@revoked * ssh-rsa {blob(8)}\r\n", "broken",
        f"compute.421 ssh-ed25519 {blob(7)}\n", f"@cert-authority {NAME} ssh-rsa {blob(6)}\n", "\u2028",
        "|1|x|y ssh-rsa A\n",
    ]
)  # fmt: skip


@given(st.lists(LINES, max_size=8).map("".join))
def test_other_lines_stay_byte_for_byte(text: str) -> None:
    text = text if not text or text.endswith("\n") else text + "\n"
    made = known_hosts.replace(text, NAME, KEYS)
    assert made.startswith(text)
    assert known_hosts.keys_of(made, NAME) == dict(KEYS)
    assert known_hosts.replace(made, NAME, []) == text


def test_a_name_is_taken_out_of_a_line_that_others_share() -> None:
    text = f"example.com,{NAME},192.0.2.1 ssh-ed25519 {blob(1)} comment\n"
    assert known_hosts.replace(text, NAME, []) == f"example.com,192.0.2.1 ssh-ed25519 {blob(1)} comment\n"


def test_openssh_finds_what_was_written_and_we_find_what_it_hashed(tmp_path: Path) -> None:
    path = tmp_path / "known_hosts"
    path.write_text(known_hosts.replace("", NAME, KEYS[:1]))
    found = subprocess.run(["ssh-keygen", "-F", NAME, "-f", path], capture_output=True, text=True, check=True).stdout
    assert KEYS[0][1] in found
    shown = subprocess.run(["ssh-keygen", "-l", "-f", path], capture_output=True, text=True, check=True).stdout
    assert known_hosts.fingerprint(KEYS[0][1]) in shown
    subprocess.run(["ssh-keygen", "-H", "-f", path], capture_output=True, check=True)
    assert NAME not in path.read_text()
    assert known_hosts.keys_of(path.read_text(), NAME) == dict(KEYS[:1])
    assert known_hosts.replace(path.read_text(), NAME, []) == ""


def params(path: Path, **more: Any) -> dict[str, Any]:
    keys = [f"{kind} {key}" for kind, key in KEYS]
    return {"name": NAME, "keys": keys, "path": str(path), "replace": False, "state": "present", **more}


def test_pin_keep_forget(tmp_path: Path) -> None:
    path = tmp_path / "ssh" / "known_hosts"
    check = reconcile(KnownHost(params(path)), check_mode=True)
    assert not path.exists()
    made = reconcile(KnownHost(params(path)), check_mode=False)
    assert (check["actions"], check["diff"], check["resource"]) == (made["actions"], made["diff"], made["resource"])
    assert oct(path.stat().st_mode)[-3:] == "600"
    assert reconcile(KnownHost(params(path)), check_mode=False)["changed"] is False
    assert reconcile(KnownHost(params(path, state="absent")), check_mode=False)["actions"] == ["delete"]
    assert path.read_text() == ""


def test_a_changed_key_is_refused_and_explained(tmp_path: Path) -> None:
    path = tmp_path / "known_hosts"
    reconcile(KnownHost(params(path)), check_mode=False)
    before = path.read_bytes()
    changed = [f"ssh-ed25519 {blob(5)}"]
    with pytest.raises(CloudError, match=r"another machine answers.*ssh-keygen -R compute\.42") as caught:
        reconcile(KnownHost(params(path, keys=changed)), check_mode=False)
    assert known_hosts.fingerprint(blob(5)) in caught.value.message
    assert known_hosts.fingerprint(blob(1)) in caught.value.message
    assert path.read_bytes() == before
    replaced = reconcile(KnownHost(params(path, keys=changed, replace=True)), check_mode=False)
    assert replaced["resource"]["keys"] == changed


def test_a_new_type_of_key_is_added_without_a_refusal(tmp_path: Path) -> None:
    path = tmp_path / "known_hosts"
    reconcile(KnownHost(params(path, keys=[f"ssh-ed25519 {blob(1)}"])), check_mode=False)
    assert reconcile(KnownHost(params(path)), check_mode=False)["actions"] == ["update"]


@pytest.mark.parametrize(
    "more",
    [{"keys": []}, {"keys": ["ssh-rsa AAAA"]}, {"keys": ["junk"]}, {"name": "a b"}, {"name": "*"}, {"name": "a,b"}],
)
def test_what_cannot_be_pinned(tmp_path: Path, more: dict[str, Any]) -> None:
    with pytest.raises(CloudError):
        reconcile(KnownHost(params(tmp_path / "known_hosts", **more)), check_mode=False)
    assert not (tmp_path / "known_hosts").exists()

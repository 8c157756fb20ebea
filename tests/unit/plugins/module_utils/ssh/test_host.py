# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The Host block as a resource, in real files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from plugins.module_utils.resource import CloudError, reconcile
from plugins.module_utils.ssh.resources.host import SshHost

OPTIONS: dict[str, Any] = {
    "aliases": ["mlops-zoom", "gcp-mlops-zoom"],
    "block": None,
    "hostname": "192.0.2.7",
    "user": "mlops-zoom-user",
    "identity_file": "~/.ssh/mlops-zoom",
    "identities_only": True,
    "host_key_alias": "compute.42",
    "known_hosts_file": None,
    "server_alive_interval": 60,
    "local_forward": ["8888 127.0.0.1:8888"],
    "take_over": False,
    "state": "present",
}
HAND_WRITTEN = b"# mine\r\nInclude extra\r\nHost mlops-zoom\r\n\tHostName 192.0.2.99\r\nMatch all\n  User x"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of the test's own, with an empty ~/.ssh."""
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".ssh").mkdir(mode=0o700)
    return tmp_path


def run(check_mode: bool = False, **more: Any) -> dict[str, Any]:
    return reconcile(SshHost({**OPTIONS, "path": "~/.ssh/config", **more}), check_mode=check_mode)


def test_make_change_keep_remove(home: Path) -> None:
    path = home / ".ssh" / "config"
    check = run(check_mode=True)
    assert not path.exists()
    made = run()
    assert (check["actions"], check["diff"]) == (made["actions"], made["diff"])
    assert made["actions"] == ["create"]
    assert oct(path.stat().st_mode)[-3:] == "600"
    assert run()["changed"] is False
    moved = run(hostname="192.0.2.8")
    assert (moved["actions"], moved["diff"]["after"]) == (["update"], {"hostname": "192.0.2.8"})
    assert "HostName 192.0.2.8" in path.read_text()
    assert run(state="absent")["actions"] == ["delete"]
    assert not path.exists()
    assert run(state="absent")["changed"] is False


def test_an_option_that_is_not_asked_for_any_more_is_taken_out(home: Path) -> None:
    run()
    assert run(server_alive_interval=None, local_forward=None)["actions"] == ["update"]
    text = (home / ".ssh" / "config").read_text()
    assert "ServerAliveInterval" not in text
    assert "LocalForward" not in text
    assert run(server_alive_interval=None, local_forward=None)["changed"] is False


def test_a_host_written_by_hand_is_reported_and_left_alone(home: Path) -> None:
    path = home / ".ssh" / "config"
    path.write_bytes(HAND_WRITTEN)
    result = run()
    assert result["resource"]["aliases"] == ["gcp-mlops-zoom"]
    assert "Host mlops-zoom of your own" in result["warnings"][0]
    assert path.read_bytes().endswith(HAND_WRITTEN)
    taken = run(take_over=True)
    assert (taken["resource"]["aliases"], taken["warnings"]) == (["mlops-zoom", "gcp-mlops-zoom"], [])
    run(state="absent")
    assert path.read_bytes() == HAND_WRITTEN


def test_where_every_name_is_taken_nothing_is_written(home: Path) -> None:
    (home / ".ssh" / "extra").write_text("Host gcp-mlops-zoom\n")
    path = home / ".ssh" / "config"
    path.write_bytes(HAND_WRITTEN)
    result = run()
    assert (result["changed"], len(result["warnings"])) == (False, 2)
    assert path.read_bytes() == HAND_WRITTEN


def test_a_file_that_the_configuration_includes(home: Path) -> None:
    (home / ".ssh" / "config").write_bytes(HAND_WRITTEN)
    result = run(path="~/.ssh/extra")
    assert result["resource"]["aliases"] == ["gcp-mlops-zoom"]
    assert (home / ".ssh" / "config").read_bytes() == HAND_WRITTEN


def test_includes_that_lead_nowhere_are_passed_over(home: Path) -> None:
    text = "Include ~nobody-of-that-name/x\nInclude /\nInclude [\nInclude %d/x\nInclude .\n"
    (home / ".ssh" / "config").write_text(text)
    assert run()["actions"] == ["create"]


def test_a_file_that_stands_alone_is_not_bound_by_the_main_configuration(home: Path) -> None:
    (home / ".ssh" / "config").write_bytes(HAND_WRITTEN)
    result = run(path=str(home / "elsewhere"))
    assert (result["resource"]["aliases"], result["warnings"]) == (OPTIONS["aliases"], [])


def test_loose_permissions_are_mended_and_strict_ones_kept(home: Path) -> None:
    path = home / ".ssh" / "config"
    run()
    path.chmod(0o644)
    assert run()["diff"]["after"] == {"mode": "0600"}
    assert oct(path.stat().st_mode)[-3:] == "600"
    path.chmod(0o400)
    assert run()["changed"] is False


def test_a_symlink_stays_one(home: Path) -> None:
    real = home / "dotfiles"
    real.write_text("# mine\n")
    (home / ".ssh" / "config").symlink_to(real)
    run()
    assert (home / ".ssh" / "config").is_symlink()
    assert real.read_text().endswith("# mine\n")


def test_a_file_that_cannot_be_written_stays_whole(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = home / ".ssh" / "config"
    path.write_bytes(HAND_WRITTEN)

    def full(*_arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(CloudError, match="No space left"):
        run()
    assert path.read_bytes() == HAND_WRITTEN
    assert [entry.name for entry in path.parent.iterdir()] == ["config"]


def test_the_address_is_needed(home: Path) -> None:
    with pytest.raises(CloudError, match="hostname must be given"):
        run(hostname=None)

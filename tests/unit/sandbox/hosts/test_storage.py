# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the sandbox keeps on disk: files, background processes, the service account, the registry's storage."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from sandbox import files, identity
from sandbox.config import Config
from sandbox.errors import SandboxError
from sandbox.mirror import hello
from sandbox.processes import Background


@pytest.fixture(name="config")
def make_config(tmp_path: Path) -> Config:
    """A sandbox in a directory of its own."""
    return Config.from_environment({"SANDBOX_HOME": str(tmp_path / "home"), "SANDBOX_PORT": "8499"})


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    files.write(path, "old")
    with pytest.raises(FileNotFoundError), files.replacing(path):
        # The block wrote nothing, so there is nothing to put in place.
        pass
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_somebodys_directory_is_neither_claimed_nor_removed(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").touch()
    with pytest.raises(SandboxError, match="holds other files"):
        files.claim(tmp_path)
    files.discard(tmp_path)
    assert (tmp_path / "thesis.tex").exists()


def test_a_claimed_directory_is_removed(tmp_path: Path) -> None:
    home = tmp_path / "home"
    files.claim(home)
    (home / "state.json").touch()
    files.claim(home)
    files.discard(home)
    assert not home.exists()


def test_a_digest_changes_with_content_name_and_split(tmp_path: Path) -> None:
    (tmp_path / "one").write_text("x")
    before = files.digest(tmp_path)
    (tmp_path / "one").rename(tmp_path / "two")
    assert files.digest(tmp_path) != before
    assert files.digest("ab", "c") != files.digest("a", "bc")


def test_a_background_process_is_known_until_stopped(tmp_path: Path) -> None:
    process = Background(tmp_path / "pid.json", tmp_path / "log")
    process.start([sys.executable, "-c", "import time; print('ready', flush=True); time.sleep(60)"], "v1")
    assert process.pid is not None
    assert process.fingerprint == "v1"
    assert process.stop()
    assert process.pid is None
    assert not process.stop()


def test_a_recycled_pid_is_not_taken_for_ours(tmp_path: Path) -> None:
    process = Background(tmp_path / "pid.json", tmp_path / "log")
    files.write_json(process.pid_file, {"pid": 1, "started": "never", "fingerprint": ""})
    assert process.pid is None
    assert not process.stop()


@pytest.mark.parametrize("ensure", [identity.ensure_service_account, identity.ensure_user])
def test_credentials_are_private_and_stay(config: Config, ensure: Callable[[Config], str]) -> None:
    path = Path(ensure(config))
    assert path.stat().st_mode & 0o777 == 0o600
    before = path.read_bytes()
    assert ensure(config) == str(path)
    assert path.read_bytes() == before
    assert json.loads(before)["token_uri"] == "http://127.0.0.1:8499/token"


def test_another_port_keeps_the_key(config: Config, tmp_path: Path) -> None:
    path = Path(identity.ensure_service_account(config))
    before = json.loads(path.read_text())
    moved = Config.from_environment({"SANDBOX_HOME": str(tmp_path / "home"), "SANDBOX_PORT": "9000"})
    identity.ensure_service_account(moved)
    assert json.loads(path.read_text()) == {**before, "token_uri": "http://127.0.0.1:9000/token"}


def test_the_public_key_belongs_to_the_private_one(config: Config) -> None:
    path = Path(identity.ensure_service_account(config))
    private = load_pem_private_key(json.loads(path.read_text())["private_key"].encode(), None)
    assert load_pem_public_key(identity.load_public_key(config)) == private.public_key()


def test_the_registry_finds_hello_world_with_intact_blobs(tmp_path: Path) -> None:
    busybox = tmp_path / "busybox"
    busybox.write_bytes(b"\x7fELF...")
    hello.lay_out(tmp_path / "storage", busybox)
    root = tmp_path / "storage/docker/registry/v2"
    tag = (root / "repositories/library/hello-world/_manifests/tags/latest/current/link").read_text()
    manifest = json.loads(blob(root, tag))
    for part in (manifest["config"], *manifest["layers"]):
        assert len(blob(root, part["digest"])) == part["size"]
    assert json.loads(blob(root, manifest["config"]["digest"]))["config"]["Cmd"] == ["/busybox", "cat", "/greeting"]


def blob(root: Path, digest: str) -> bytes:
    """A blob's content, its digest checked."""
    hexadecimal = digest.removeprefix("sha256:")
    content = (root / "blobs/sha256" / hexadecimal[:2] / hexadecimal / "data").read_bytes()
    assert hashlib.sha256(content).hexdigest() == hexadecimal
    return content

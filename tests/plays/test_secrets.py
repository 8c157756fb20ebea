# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""No secret leaves the files that it belongs in: not for a log, a diff, a cache, a temporary file or an argument."""

from __future__ import annotations

import contextlib
import json
import re
import stat
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

from tests.plays.desk import Desk, family

# Programs that are given keys, or might be.
PROGRAMS = ("aws", "gcloud", "openssl", "ssh", "ssh-add", "ssh-keygen", "ssh-keyscan")
# Access tokens as the sandbox's Google Cloud makes them, and tokens that a client signs.
TOKENS = re.compile(r"ya29\.[\w.-]{20,}|eyJ[\w-]{10,}\.eyJ[\w-]{10,}")
# What the files of a user hold that nobody else is to see. The offer is the sandbox's own.
HIDDEN = {"private_key", "refresh_token", "client_secret", "secret_key", "secret"}
LINE, SHORTEST = 64, 16


class Watch:
    """Notes the arguments of every process of a playbook while it runs."""

    def __init__(self, root: int) -> None:
        self.seen: set[str] = set()
        self._root = root
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(0.03):
            for process in family(self._root):
                with contextlib.suppress(OSError):  # it has ended
                    self.seen.add(Path(f"/proc/{process}/cmdline").read_bytes().replace(b"\0", b" ").decode())


def test_google_clouds_secrets_stay_where_they_belong(desk: Callable[[str], Desk]) -> None:
    here = desk("gcp")
    record(here, "made")
    token = here.cloud.sandbox.authority.exchange(
        {
            "grant_type": "refresh_token",
            "refresh_token": json.loads(Path(here.offer["gcp"]["user_credentials_file"]).read_text())["refresh_token"],
        }
    )["access_token"]
    given = here.folder / "token.yml"
    given.write_text(yaml.safe_dump({"gcp_access_token": token, "gcp_auth_kind": "accesstoken"}))
    record(here, "given-a-token", "-e", f"@{given}")
    given.unlink()
    secrets = {token, *secrets_in(here)}
    assert len([secret for secret in secrets if len(secret) == LINE]) > 40, "two private keys have more lines"
    assert leaks(here, secrets) == []
    assert_seen(here, token, secrets)


def test_the_secrets_of_aws_stay_where_they_belong(desk: Callable[[str], Desk]) -> None:
    here = desk("aws")
    record(here, "made", "-e", "aws_machine_elastic_ip=true")
    record(here, "unchanged")
    secrets = secrets_in(here)
    assert leaks(here, secrets) == []
    assert_seen(here, here.offer["aws"]["secret_key"], secrets)


def record(here: Desk, name: str, *arguments: str) -> None:
    """Runs the playbook as talkative as it gets, with every log and cache on, and keeps all that it said."""
    place = here.folder / name
    settings = {
        "ANSIBLE_CACHE_PLUGIN": "ansible.builtin.jsonfile",
        "ANSIBLE_CACHE_PLUGIN_CONNECTION": str(place / "facts"),
        "ANSIBLE_INVENTORY_CACHE": "true",
        "ANSIBLE_INVENTORY_CACHE_PLUGIN": "ansible.builtin.jsonfile",
        "ANSIBLE_INVENTORY_CACHE_CONNECTION": str(place / "inventory"),
        "ANSIBLE_LOG_PATH": str(place / "log"),
        "PATH": f"{wrappers(here.folder / 'bin', place / 'programs', here)}:{here.environ()['PATH']}",
    }
    place.mkdir()
    with here.running("-vvv", "--diff", *arguments, **settings) as process, Watch(process.pid) as watch:
        output, _ = process.communicate()
    (place / "output").write_text(output)
    (place / "arguments").write_text("\n".join(sorted(watch.seen)))
    assert process.returncode == 0, output
    assert "module_args" in (place / "log").read_text(), "the log is not talkative"
    assert "AnsiballZ_" in (place / "arguments").read_text(), "no module was seen while it ran"


def wrappers(folder: Path, record: Path, here: Desk) -> Path:
    """Programs that note their arguments, and then become the ones that they are named for."""
    folder.mkdir(exist_ok=True)
    for name in PROGRAMS:
        real = subprocess.run(["sh", "-c", f"command -v {name}"], capture_output=True, text=True, check=False).stdout
        if real:
            script = folder / name
            script.write_text(f'#!/bin/sh\necho "$0 $*" >>{record}\nexec {real.strip()} "$@"\n')
            script.chmod(0o755)
    return folder


def secrets_in(here: Desk) -> set[str]:
    """What the user's files and credentials hold: each line of a private key, and each value that is to be hidden."""
    found: set[str] = set()
    for path in (*here.cloud.files.rglob("*"), *here.cloud.config.home.glob("*-*.json")):
        if path.is_file():
            text = path.read_text()
            found |= set(key_lines(text)) | set(hidden_values(text))
    return found


def key_lines(text: str) -> Iterator[str]:
    for key in re.findall(r"PRIVATE KEY-----(.+?)-----END", text.replace("\\n", "\n"), re.DOTALL):
        yield from (line for line in key.split() if len(line) >= SHORTEST)


def hidden_values(text: str) -> Iterator[str]:
    for name, value in re.findall(r'"(\w+)": *"([^"]+)"', text):
        if name in HIDDEN and "PRIVATE KEY" not in value:
            yield value


def leaks(here: Desk, secrets: set[str]) -> list[str]:
    """Where a secret or a token is, other than in the user's own files; those are their owner's alone."""
    logs = list(here.cloud.config.home.glob("*requests.jsonl"))
    written = [path for path in (*here.folder.rglob("*"), *logs) if path.is_file()]
    assert logs
    assert len(written) > 10
    for path in (here.cloud.files / "ssh").iterdir():
        if "PRIVATE KEY" in path.read_text():
            assert stat.S_IMODE(path.stat().st_mode) in (0o400, 0o600), path
    found = []
    for path in written:
        text = path.read_bytes().decode(errors="replace")
        held = [secret for secret in secrets if secret in text] + TOKENS.findall(text)
        found += [f"{path}: {secret[:6]}…" for secret in held]
    return found


def assert_seen(here: Desk, secret: str, secrets: set[str]) -> None:
    """A secret that did leak would have been found."""
    canary = here.folder / "tmp" / "canary"
    canary.write_text(f"before {secret} after")
    assert [leak for leak in leaks(here, secrets) if leak.startswith(f"{canary}: ")]


@pytest.mark.parametrize(
    "text",
    [
        '{"a": "-----BEGIN PRIVATE KEY-----\\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\\n-----END PRIVATE KEY-----\\n"}',
        "-----BEGIN OPENSSH PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n-----END OPENSSH PRIVATE KEY-----",
    ],
)
def test_a_private_key_is_known_by_its_lines(text: str) -> None:
    assert list(key_lines(text)) == ["MIIEvQIBADANBgkqhkiG9w0BAQEFAASC"]

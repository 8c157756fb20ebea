# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The guest agent's reading of metadata."""

from __future__ import annotations

import datetime
import json
from pathlib import Path

import pytest

from sandbox.guest import agent

NOW = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
KEY = "ssh-ed25519 AAAAC3Nza"


def google(expiry: str) -> str:
    """A key as Google's console and OS tools add it."""
    return f'{KEY} google-ssh {{"userName":"ada@example.org","expireOn":"{expiry}"}}'


def test_keys_are_grouped_by_user_in_order() -> None:
    text = f"ada:{KEY} one\ngrace:{KEY} two\nada:{KEY} three\n"
    assert agent.parse_ssh_keys(text, NOW) == {"ada": [f"{KEY} one", f"{KEY} three"], "grace": [f"{KEY} two"]}


@pytest.mark.parametrize(
    "line",
    ["", "no colon", f":{KEY}", "ada:", "ada:ssh-ed25519", f"Ada:{KEY}", f"a b:{KEY}", f"../ada:{KEY}", f"-rf:{KEY}"],
)
def test_lines_that_name_no_user_or_key_are_left_out(line: str) -> None:
    assert agent.parse_ssh_keys(f"{line}\nada:{KEY}\n", NOW) == {"ada": [KEY]}


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        (KEY, False),
        (google("2026-01-01T00:00:01+0000"), False),
        (google("2026-01-01T00:00:00+0000"), True),
        (google("2025-12-31T23:59:59+0000"), True),
        (google("2026-01-01T01:00:00+0200"), True),
        (google("next week"), True),
        (f"{KEY} google-ssh not json", True),
        (f'{KEY} google-ssh {{"userName":"ada"}}', True),
        (f"{KEY} google-ssh []", True),
    ],
)
def test_expiry(key: str, expected: bool) -> None:
    assert agent.expired(key, NOW) is expected


def test_a_user_whose_only_key_expired_is_not_made() -> None:
    assert agent.parse_ssh_keys(f"ada:{google('2025-01-01T00:00:00+0000')}", NOW) == {}


def test_keys_added_by_hand_stay() -> None:
    before = agent.authorized_keys(f"{KEY} mine\n", [f"{KEY} old"])
    after = agent.authorized_keys(before, [f"{KEY} new"])
    assert after == f"{KEY} mine\n{agent.MARK}\n{KEY} new\n"


def test_withdrawn_keys_go() -> None:
    before = agent.authorized_keys("", [f"{KEY} one", f"{KEY} two"])
    assert agent.authorized_keys(before, []) == ""


def test_the_same_keys_change_nothing() -> None:
    before = agent.authorized_keys(f"{KEY} mine\n", [f"{KEY} ours"])
    assert agent.authorized_keys(before, [f"{KEY} ours"]) == before


def test_written_files_have_their_mode(tmp_path: Path) -> None:
    path = tmp_path / "folder/secret"
    agent.write(path, "first", 0o644)
    agent.write(path, "second", 0o600)
    assert path.read_text() == "second"
    assert path.stat().st_mode & 0o777 == 0o600
    assert [child.name for child in path.parent.iterdir()] == ["secret"]


def test_host_keys_are_published_only_where_allowed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agent, "METADATA", tmp_path / "metadata.json")
    monkeypatch.setattr(agent, "ATTRIBUTES", tmp_path / "attributes.json")
    agent.METADATA.write_text('{"enable-guest-attributes": "true"}')
    agent.publish()
    assert set(json.loads(agent.ATTRIBUTES.read_text())) == {"hostkeys"}
    agent.METADATA.write_text("{}")
    agent.publish()
    assert not agent.ATTRIBUTES.exists()

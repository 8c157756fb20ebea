# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Our block in an SSH configuration: whatever else is in the file, and whatever the names and values are."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.module_utils.resource import CloudError
from plugins.module_utils.ssh import config

VALUES: dict[str, Any] = {
    "hostname": "192.0.2.7",
    "user": "mlops-zoom-user",
    "identity_file": "~/.ssh/mlops-zoom",
    "identities_only": True,
    "host_key_alias": "compute.42",
    "known_hosts_file": "/home/a b/100%/known_hosts",
    "server_alive_interval": 60,
    "local_forward": ["8888 127.0.0.1:8888"],
}
ALIASES = ["mlops-zoom", "gcp-mlops-zoom"]

# Pieces of configurations as people write them, and any text besides.
FRAGMENTS = st.sampled_from(
    [
        "Include config.d/*\n", "Match host foo exec \"true\"\n", "# a comment\n", "\t  Host   odd\n",
        "host=mlops-zoom\r\n",
        "Host mlops-zoom\n    HostName example\n", "Host *\n", "ServerAliveInterval 5", "\n", "\r\n", " ",
        "# BEGIN mlops.workstation other\n", "# END mlops.workstation other\n", "\u2028", "\x0c", "\udcff",
    ]
)  # fmt: skip
TEXTS = st.lists(FRAGMENTS | st.text(max_size=8), max_size=12).map("".join)


def without_our_marks(text: str) -> bool:
    return "mlops.workstation ours" not in text


@given(TEXTS.filter(without_our_marks))
def test_nothing_else_ever_changes(text: str) -> None:
    block = config.render("ours", ALIASES, VALUES, config.newline_of(text))
    made = config.replace(text, "ours", block)
    assert made == block + text
    changed = config.render("ours", ALIASES, {**VALUES, "hostname": "192.0.2.8"}, config.newline_of(text))
    assert config.replace(made, "ours", changed) == changed + text
    assert config.replace(made, "ours", "") == text


@given(TEXTS.filter(without_our_marks), TEXTS.filter(without_our_marks))
def test_a_block_that_was_moved_stays_where_it_is(above: str, below: str) -> None:
    above = f"{above}\n"
    block = config.render("ours", ALIASES, VALUES)
    assert config.replace(above + block + below, "ours", "new\n") == f"{above}new\n{below}"


@given(st.text(max_size=20) | st.from_regex(r"[\x20-\x7e]{1,20}", fullmatch=True))
def test_no_name_or_value_breaks_out(text: str) -> None:
    """What is accepted comes back as exactly one value; everything else is refused."""
    for option in ("hostname", "user", "identity_file", "host_key_alias", "known_hosts_file"):
        try:
            config.check("ours", ALIASES, {option: text})
        except CloudError:
            continue
        block = config.render("ours", ALIASES, {**VALUES, option: text})
        assert block.count("\n") == config.render("ours", ALIASES, VALUES).count("\n")
        assert config.values_in(block) == {**VALUES, option: text}
        assert config.hosts_in(block) == set(ALIASES)


@given(st.text(max_size=20) | st.from_regex(r"[\x20-\x7e]{1,20}", fullmatch=True))
def test_no_alias_breaks_out(text: str) -> None:
    try:
        config.check("ours", [text], {})
    except CloudError:
        return
    block = config.render("ours", [text], VALUES)
    assert config.aliases_in(block) == [text]
    assert config.hosts_in(block) == {text}


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("hostname", "a b"), ("hostname", "-oProxyCommand=true"), ("hostname", ""),
        ("hostname", "a\nProxyCommand true"),
        ("user", "root;true"), ("user", "$(true)"), ("identity_file", 'a"b'), ("identity_file", "a\nb"),
        ("identity_file", "${HOME}/key"), ("identity_file", "a\\b"), ("host_key_alias", "*"),
        ("local_forward", ["8888"]), ("local_forward", ["8888 127.0.0.1:8888\nProxyCommand true"]),
    ],
)  # fmt: skip
def test_what_could_be_read_as_more_is_refused(option: str, value: Any) -> None:
    with pytest.raises(CloudError, match=option):
        config.check("ours", ALIASES, {option: value})


@pytest.mark.parametrize("aliases", [[], ["*"], ["!a"], ["a?"], ["a b"], ["-a"], ["a\nb"]])
def test_an_alias_is_one_plain_name(aliases: list[str]) -> None:
    with pytest.raises(CloudError, match="alias"):
        config.check("ours", aliases, {})


@pytest.mark.parametrize(
    "text",
    [
        f"{config.begin('ours')}\nHost a\n",
        f"Host a\n{config.end('ours')}\n",
        f"{config.end('ours')}\n{config.begin('ours')}\n",
        f"{config.begin('ours')}\n{config.begin('ours')}\n{config.end('ours')}\n",
    ],
)
def test_torn_marks_are_an_error(text: str) -> None:
    with pytest.raises(CloudError, match="not one pair"):
        config.find(text, "ours")


def test_marks_of_another_block_are_not_ours() -> None:
    text = config.render("ours-too", ["b"], VALUES)
    assert config.find(text, "ours") is None


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Host a b\n", {"a", "b"}),
        ("  hOsT = a\r\n", {"a"}),
        ('Host "a" *.example !b\n', {"a"}),
        ("# Host a\nHostName b\nMatch host c\n", set()),
        ("Host a", {"a"}),
    ],
)
def test_hosts_in(text: str, names: set[str]) -> None:
    assert config.hosts_in(text) == names


def test_includes_in() -> None:
    assert config.includes_in('Include a "b c"\ninclude=~/d\n#Include e\n') == ["a", "b c", "~/d"]


def ssh_reads(path: Path, host: str) -> dict[str, str]:
    """What OpenSSH itself makes of a file."""
    finished = subprocess.run(["ssh", "-G", "-F", str(path), host], capture_output=True, text=True, check=True)
    return dict(line.split(" ", 1) for line in finished.stdout.splitlines() if " " in line)


REAL = """ServerAliveInterval 5
User everybody

Host other
\tHostName other.example
  Port 2222
Match host third
    User third
Host *
    Compression yes"""


def test_openssh_reads_our_block_first_and_the_rest_as_before(tmp_path: Path) -> None:
    before, after = tmp_path / "before", tmp_path / "after"
    before.write_text(REAL)
    after.write_text(config.replace(REAL, "ours", config.render("ours", ALIASES, VALUES)))
    for host in ("other", "third", "unknown"):
        assert ssh_reads(after, host) == ssh_reads(before, host)
    for alias in ALIASES:
        read = ssh_reads(after, alias)
        assert read["hostname"] == "192.0.2.7"
        assert read["user"] == "mlops-zoom-user"
        assert read["hostkeyalias"] == "compute.42"
        assert read["identitiesonly"] == "yes"
        assert read["serveraliveinterval"] == "60"
        assert read["localforward"] == "8888 [127.0.0.1]:8888"
        assert read["compression"] == "yes"


def test_openssh_takes_a_path_with_blanks_and_signs_as_one(tmp_path: Path) -> None:
    path = tmp_path / "config"
    key = "/tmp/a key #1 100%/id"
    path.write_text(config.render("ours", ALIASES, {**VALUES, "identity_file": key}))
    assert ssh_reads(path, "mlops-zoom")["identityfile"] in (key, key.replace("%", "%%"))

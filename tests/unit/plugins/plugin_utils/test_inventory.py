# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the inventories of all clouds have in common."""

from __future__ import annotations

import shlex

import pytest

from plugins.plugin_utils.inventory import ssh_args


@pytest.mark.parametrize(
    ("checking", "file", "expected"),
    [
        ("published", "~/.ssh/known_hosts", ["StrictHostKeyChecking=yes", 'UserKnownHostsFile="~/.ssh/known_hosts"']),
        ("accept-new", "/hosts", ["StrictHostKeyChecking=accept-new", 'UserKnownHostsFile="/hosts"']),
        ("published", "/home/a b/50%", ["StrictHostKeyChecking=yes", 'UserKnownHostsFile="/home/a b/50%%"']),
    ],
    ids=["pinned keys only", "whatever answers first", "a path that ssh would take for two files and a token"],
)
def test_host_keys_are_checked_under_the_alias(checking: str, file: str, expected: list[str]) -> None:
    words = shlex.split(ssh_args({"host_key_checking": checking, "known_hosts_file": file}, "i-1"))
    assert words[::2] == ["-o"] * 4
    assert words[1::2] == ["IdentitiesOnly=yes", expected[0], "HostKeyAlias=i-1", expected[1]]

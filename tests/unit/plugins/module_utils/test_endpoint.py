# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where credentials may be sent."""

from __future__ import annotations

import pytest

from plugins.module_utils.endpoint import check, is_local
from plugins.module_utils.resource import CloudError


@pytest.mark.parametrize(
    ("url", "local"),
    [("http://127.0.0.1:8481/x", True), ("http://localhost/", True), ("http://[::1]:1/", True),
     ("http://127.0.0.1.example/", False), ("https://compute.googleapis.com", False)],
)  # fmt: skip
def test_is_local(url: str, local: bool) -> None:
    assert is_local(url) is local


@pytest.mark.parametrize(
    "url", ["http://ec2.ca-central-1.amazonaws.com", "http://127.0.0.1.example/", "ftp://127.0.0.1/", "127.0.0.1:80"]
)
def test_nothing_is_said_where_others_could_listen_in(url: str) -> None:
    with pytest.raises(CloudError, match="only over https"):
        check(url)

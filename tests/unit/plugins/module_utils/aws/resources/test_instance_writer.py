# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What of an instance's changes the sandbox does not know: Spot requests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from plugins.module_utils.aws.resources.instance_writer import Writer
from plugins.module_utils.aws.session import Session
from plugins.module_utils.resource import Step


class Account:
    """Notes what it is asked for, and has one instance, which ends at once."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, Any]] = []

    def call(self, operation: str, _what: str, **parameters: Any) -> dict[str, Any]:
        self.calls.append((operation, parameters))
        return {}

    def until(self, read: Callable[[], Any], done: Callable[[Any], bool], _what: str) -> None:
        assert done(read())


def test_a_spot_request_goes_before_its_instance_or_it_would_launch_another() -> None:
    account = Account()
    gone = [{"InstanceId": "i-1", "State": {"Name": "terminated"}}]
    writer = Writer(cast(Session, account), lambda: gone, title="instance mlops-zoom-aws")
    writer.raw = {"InstanceId": "i-1", "SpotInstanceRequestId": "sir-1"}
    writer.apply(Step("delete", {}, {}))
    assert account.calls == [
        ("cancel_spot_instance_requests", {"SpotInstanceRequestIds": ["sir-1"]}),
        ("terminate_instances", {"InstanceIds": ["i-1"]}),
    ]

# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Credentials, regions, requests, retries and waits, against a scripted transport."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ConnectionClosedError, EndpointConnectionError, ReadTimeoutError

from plugins.module_utils.aws import session as module
from plugins.module_utils.aws.session import ATTEMPTS, DEADLINE, Session, connect, connect_to, open_core, region_of
from plugins.module_utils.resource import CloudError, NotFoundError, UncertainError

KEY = {"access_key": "AKIAEXAMPLE", "secret_key": "example"}
LOCAL = {**KEY, "region": "ca-central-1", "endpoint_url": "http://127.0.0.1:1"}
EMPTY = (200, "<DescribeInstancesResponse><reservationSet/></DescribeInstancesResponse>")
URL = "http://127.0.0.1:1/"


class Raw(io.BytesIO):
    """A body as urllib3 hands it over."""

    def stream(self, **_options: Any) -> Any:
        yield self.read()


class Script:
    """Answers each request with the next reply: (status, body), or an exception to raise."""

    def __init__(self, *replies: Any, seconds: float = 0.0) -> None:
        self.replies = list(replies)
        self.sent: list[Any] = []
        self.now = 0.0
        self._seconds = seconds

    def __call__(self, request: Any, **_event: Any) -> AWSResponse:
        self.sent.append(request)
        self.now += self._seconds
        reply = self.replies.pop(0)
        if isinstance(reply, Exception):
            raise reply
        return AWSResponse(URL, reply[0], {}, Raw(reply[1].encode()))


def error(code: str, status: int = 400, message: str = "no") -> tuple[int, str]:
    body = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"
    return status, f"<Response><Errors>{body}</Errors><RequestID>r</RequestID></Response>"


def session(*replies: Any, seconds: float = 0.0) -> tuple[Session, Script]:
    core, script = open_core(LOCAL), Script(*replies, seconds=seconds)
    core.register("before-send", script)
    made = connect_to("ca-central-1", LOCAL, core)
    made.clock = lambda: script.now

    def sleep(pause: float) -> None:
        script.now += pause

    made.sleep = sleep
    return made, script


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """botocore's pauses between attempts, which are not waited."""
    slept: list[float] = []
    monkeypatch.setattr("botocore.endpoint.time.sleep", slept.append)
    return slept


@pytest.mark.parametrize(
    "failure",
    [
        error("RequestLimitExceeded", 503),
        error("InternalError", 500),
        (503, ""),
        ConnectionClosedError(endpoint_url=URL),
        ReadTimeoutError(endpoint_url=URL),
        EndpointConnectionError(endpoint_url=URL),
    ],
    ids=["throttled", "internal error", "unavailable", "connection lost", "no answer", "not reached"],
)
def test_what_may_pass_is_tried_again_and_counted(failure: Any, pauses: list[float]) -> None:
    made, script = session(failure, failure, EMPTY)
    assert made.call("describe_instances", "x")["Reservations"] == []
    assert (made.calls, len(script.sent), len(pauses)) == (3, 3, 2)


def test_there_is_an_end_to_it() -> None:
    made, _script = session(*[error("RequestLimitExceeded", 503)] * 99)
    with pytest.raises(CloudError, match=r"x: no \(RequestLimitExceeded\).*run again in a minute"):
        made.call("describe_instances", "x")
    assert made.calls == ATTEMPTS


def test_no_attempt_begins_after_the_deadline() -> None:
    made, script = session(*[ReadTimeoutError(endpoint_url=URL)] * 99, seconds=DEADLINE / 2)
    with pytest.raises(CloudError, match="Read timeout"):
        made.call("describe_instances", "x")
    assert made.calls == 3
    script.replies = [EMPTY]
    made.call("describe_instances", "x")
    assert made.calls == 4


def test_a_lack_of_capacity_is_told_at_once_although_its_status_says_to_repeat() -> None:
    made, _script = session(error("InsufficientInstanceCapacity", 500), EMPTY)
    with pytest.raises(CloudError, match="InsufficientInstanceCapacity"):
        made.call("run_instances", "x", MinCount=1, MaxCount=1)
    assert made.calls == 1


@pytest.mark.parametrize(
    ("failure", "certain"),
    [
        (ConnectionClosedError(endpoint_url=URL), False),
        (ReadTimeoutError(endpoint_url=URL), False),
        (error("InternalError", 500), False),
        (EndpointConnectionError(endpoint_url=URL), True),
        (error("RequestLimitExceeded", 503), True),
    ],
    ids=["connection lost", "no answer", "internal error", "not reached", "throttled"],
)
def test_what_would_be_done_twice_is_repeated_only_if_it_was_not_done(failure: Any, certain: bool) -> None:
    body = "<AllocateAddressResponse><allocationId>eipalloc-1</allocationId></AllocateAddressResponse>"
    made, _script = session(failure, (200, body))
    if certain:
        assert made.call("allocate_address", "x")["AllocationId"] == "eipalloc-1"
    else:
        with pytest.raises(UncertainError, match="whether it was carried out is not known"):
            made.call("allocate_address", "x")
    assert made.calls == (2 if certain else 1)


def test_every_page_is_read_and_filters_are_lists() -> None:
    page = "<DescribeVpcsResponse><vpcSet><item><vpcId>vpc-{}</vpcId></item></vpcSet>{}</DescribeVpcsResponse>"
    made, script = session((200, page.format(1, "<nextToken>more</nextToken>")), (200, page.format(2, "")))
    found = made.find("describe_vpcs", "Vpcs", "x", {"is-default": "true", "vpc-id": ["vpc-1", "vpc-2"]})
    assert [vpc["VpcId"] for vpc in found] == ["vpc-1", "vpc-2"]
    first, second = (dict(pair.split("=") for pair in request.body.split("&")) for request in script.sent)
    assert (first["Filter.1.Value.1"], first["Filter.2.Value.2"], second["NextToken"]) == ("true", "vpc-2", "more")


def test_a_wait_that_takes_too_long_is_an_error() -> None:
    made, script = session()
    with pytest.raises(CloudError, match=r"x: not done after 30 seconds.*timeout"):
        made.until(lambda: False, bool, "x", timeout=30)
    assert 30 <= script.now <= 32


def test_what_is_not_known_everywhere_yet_is_asked_again_for_a_while() -> None:
    made, _script = session(error("InvalidGroup.NotFound"), error("InvalidGroup.NotFound"), EMPTY)
    made.patiently(lambda: made.call("describe_instances", "x"), "InvalidGroup.NotFound")
    assert made.calls == 3
    made, script = session(*[error("InvalidGroup.NotFound")] * 99)
    with pytest.raises(NotFoundError):
        made.patiently(lambda: made.call("describe_instances", "x"), "InvalidGroup.NotFound")
    assert script.now >= module.CONSISTENCY


def test_a_company_proxy_is_not_asked_for_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.example:3128")
    with pytest.raises(CloudError, match=r"Could not connect.*127.0.0.1"):
        connect(LOCAL).call("describe_instances", "x")


@pytest.mark.parametrize("where", ["option", "environment"])
def test_nothing_is_sent_where_others_could_listen_in(monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    url = "http://ec2.example"
    if where == "environment":
        monkeypatch.setenv("AWS_ENDPOINT_URL_EC2", url)
    with pytest.raises(CloudError, match="only over https"):
        connect({**LOCAL, "endpoint_url": url if where == "option" else None})


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    def write(text: str) -> None:
        (tmp_path / "config").write_text(text)
        monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))

    return write


@pytest.mark.parametrize(
    ("params", "environ", "expected"),
    [
        ({"region": "a-a-1"}, {"AWS_REGION": "b-b-1"}, "a-a-1"),
        ({}, {"AWS_REGION": "b-b-1", "AWS_DEFAULT_REGION": "c-c-1"}, "b-b-1"),
        ({}, {"AWS_DEFAULT_REGION": "c-c-1"}, "c-c-1"),
        ({}, {}, "d-d-1"),
        ({"profile": "p"}, {}, "e-e-1"),
    ],
)
def test_the_region_is_looked_for_in_the_usual_places(
    monkeypatch: pytest.MonkeyPatch, config: Any, params: Any, environ: dict[str, str], expected: str
) -> None:
    config("[default]\nregion = d-d-1\n[profile p]\nregion = e-e-1\n")
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    given = {**KEY, **params}
    assert region_of(given, open_core(given)) == expected


def test_without_a_region_one_is_asked_for() -> None:
    with pytest.raises(CloudError, match=r"option region or AWS_DEFAULT_REGION.*aws configure set region"):
        connect(KEY)


def test_a_region_that_is_none_is_named() -> None:
    with pytest.raises(CloudError, match="describe-regions"):
        connect({**KEY, "region": "ca central"})


@pytest.mark.parametrize(
    "given", [{"access_key": "a"}, {"secret_key": "b"}, {"session_token": "c"}, {"profile": "p", "secret_key": "b"}]
)
def test_keys_have_to_be_given_together(given: dict[str, str]) -> None:
    with pytest.raises(CloudError, match="have to be given together"):
        open_core(given)


def test_without_credentials_the_ways_to_give_them_are_told() -> None:
    with pytest.raises(CloudError, match=r"aws configure.*AWS_PROFILE.*aws sso login.*AWS_ACCESS_KEY_ID.*role"):
        connect({"region": "ca-central-1"})


def test_a_profile_that_is_not_there_is_named(config: Any) -> None:
    config("[profile p]\nregion = a-a-1\n")
    with pytest.raises(CloudError, match=r"\(q\).*aws configure list-profiles"):
        connect({"profile": "q", "region": "ca-central-1"})


def test_a_profile_wins_over_keys_of_the_environment_and_options_over_both(
    monkeypatch: pytest.MonkeyPatch, config: Any
) -> None:
    config("[profile p]\naws_access_key_id = FROMPROFILE\naws_secret_access_key = s\naws_session_token = t\n")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "FROMENVIRONMENT")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s")
    assert open_core({}).get_credentials().access_key == "FROMENVIRONMENT"
    chosen = open_core({"profile": "p"}).get_credentials()
    assert (chosen.access_key, chosen.token) == ("FROMPROFILE", "t")
    given = open_core({"profile": "p", **KEY, "session_token": "u"}).get_credentials()
    assert (given.access_key, given.token) == ("AKIAEXAMPLE", "u")


def test_a_login_of_identity_center_that_ran_out_says_how_to_renew_it(config: Any) -> None:
    config(
        "[profile p]\nsso_session = s\nsso_account_id = 123456789012\nsso_role_name = r\n"
        "[sso-session s]\nsso_region = ca-central-1\nsso_start_url = https://example.awsapps.com/start\n"
    )
    with pytest.raises(CloudError, match="aws sso login"):
        connect({"profile": "p", "region": "ca-central-1"}).call("describe_instances", "x")

# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Requests, retries, pages and operations, against a scripted transport."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from plugins.module_utils.gcp.api import Api
from plugins.module_utils.gcp.credentials import Source, load
from plugins.module_utils.gcp.http import Http, Reply, UnansweredError
from plugins.module_utils.gcp.session import Session, connect
from plugins.module_utils.gcp.transport import ATTEMPTS, ENDPOINTS, Transport, endpoints
from plugins.module_utils.resource import CloudError, NotFoundError, StaleError, UncertainError

URL = "https://www.googleapis.com/compute/v1/projects/p/global/operations/op-1"


class Script(Http):
    """Answers each request with the next reply: (status, body[, headers]), or an exception to raise."""

    def __init__(self, *replies: Any) -> None:
        super().__init__()
        self.replies = list(replies)
        self.sent: list[tuple[str, str, dict[str, str], Any]] = []

    def request(self, method: str, url: str, body: bytes | None, headers: Mapping[str, str]) -> Reply:
        parts = urlsplit(url)
        sent = parts._replace(query="").geturl()
        self.sent.append((method, sent, dict(parse_qsl(parts.query)), json.loads(body) if body else None))
        reply = self.replies.pop(0)
        if isinstance(reply, Exception):
            raise reply
        data = reply[1] if isinstance(reply[1], bytes) else json.dumps(reply[1]).encode()
        return Reply(reply[0], reply[2] if len(reply) > 2 else {}, data)


def session(*replies: Any, **options: Any) -> tuple[Session, Script, list[float]]:
    slept: list[float] = []
    script = Script(*replies)
    places = {**dict.fromkeys(ENDPOINTS, "http://127.0.0.1:1/"), "compute": "http://127.0.0.1:1/compute/v1/"}
    made = Session(
        "p", Transport(script, load(Source("accesstoken", "t")), endpoints=places, sleep=slept.append), **options
    )
    return made, script, slept


def iam(*replies: Any, **options: Any) -> tuple[Api, Script, list[float]]:
    made, script, slept = session(*replies, **options)
    return made.api("iam"), script, slept


def error(code: int, message: str, reason: str = "") -> tuple[int, dict[str, Any]]:
    return code, {"error": {"code": code, "message": message, "errors": [{"message": message, "reason": reason}]}}


def operation(status: str, **more: Any) -> tuple[int, dict[str, Any]]:
    return 200, {"name": "op-1", "status": status, "selfLink": URL, **more}


def test_a_change_carries_one_request_id_over_its_retries_and_waits() -> None:
    made, script, slept = session(
        (503, {}), operation("RUNNING"), operation("RUNNING"), operation("DONE", targetId="9")
    )
    finished = made.change("POST", "global/firewalls", {"name": "a"})
    assert finished["targetId"] == "9"
    (first, second, wait, _again) = script.sent
    assert first == second
    assert first[0] == "POST"
    assert first[3] == {"name": "a"}
    assert first[2]["requestId"].count("-") == 4
    assert wait[:2] == ("POST", "http://127.0.0.1:1/compute/v1/projects/p/global/operations/op-1/wait")
    assert made.calls == 4
    assert len(slept) == 2


def test_an_operation_that_is_done_at_once_is_not_waited_for() -> None:
    made, _script, _slept = session(operation("DONE"))
    made.change("DELETE", "global/firewalls/a")
    assert made.calls == 1


@pytest.mark.parametrize(
    ("code", "remedy"),
    [("QUOTA_EXCEEDED", "more quota"), ("ZONE_RESOURCE_POOL_EXHAUSTED_WITH_DETAILS", "another zone"), ("OTHER", "")],
)
def test_an_operation_can_end_in_an_error(code: str, remedy: str) -> None:
    failure = {"errors": [{"code": code, "message": "It went wrong."}]}
    made, _script, _slept = session(operation("DONE", error=failure))
    with pytest.raises(CloudError, match=f"projects/p/zones/z/instances: It went wrong.*{remedy}") as caught:
        made.change("POST", "zones/z/instances", {})
    assert caught.value.details["code"] == code


def test_an_operation_that_finds_a_stale_fingerprint_is_stale() -> None:
    failure = {"errors": [{"code": "CONDITION_NOT_MET", "message": "Fingerprint."}]}
    made, _script, _slept = session(operation("DONE", error=failure))
    with pytest.raises(StaleError):
        made.change("POST", "zones/z/instances/i/setTags", {})


def test_an_operation_that_takes_too_long_names_itself() -> None:
    made, _script, _slept = session(*[operation("RUNNING")] * 3, timeout=0)
    with pytest.raises(CloudError, match=r"still in progress.*run again") as caught:
        made.change("POST", "zones/z/instances", {})
    assert caught.value.details["operation"] == "op-1"


def test_the_servers_own_pause_is_kept() -> None:
    made, _script, slept = session((429, {}, {"retry-after": "17"}), (200, {"name": "a"}))
    assert made.get("global/firewalls/a") == {"name": "a"}
    assert slept == [17]


@pytest.mark.parametrize("last", [(503, {}), UnansweredError("refused")])
def test_retries_come_to_an_end(last: Any) -> None:
    made, _script, _slept = session(*[last] * ATTEMPTS)
    with pytest.raises(CloudError):
        made.get("zones/z")
    assert made.calls == ATTEMPTS


def test_a_lost_connection_names_the_endpoint_in_the_end() -> None:
    made, _script, _slept = session(*[UnansweredError("refused")] * ATTEMPTS)
    with pytest.raises(CloudError, match=r"no answer from http://127.0.0.1:1/compute/v1 in 5 attempts"):
        made.get("zones/z")


def test_rate_limits_under_403_are_retried_and_others_are_not() -> None:
    made, _script, _slept = session(error(403, "slow down", "rateLimitExceeded"), error(403, "no", "forbidden"))
    with pytest.raises(CloudError, match=r"roles/compute\.admin"):
        made.get("zones/z")
    assert made.calls == 2


@pytest.mark.parametrize(
    ("reply", "kind", "message"),
    [
        (error(404, "The resource 'projects/p/zones/z' was not found", "notFound"), NotFoundError, "not found"),
        (error(404, "The resource 'projects/p' was not found", "notFound"), CloudError, "gcloud projects list"),
        (error(412, "Labels fingerprint", "conditionNotMet"), StaleError, "changed since it was read"),
        (error(401, "Invalid credentials", "authError"), CloudError, "renew them"),
        (
            error(400, "Invalid value for field 'zone': 'x'. Unknown zone.", "invalid"),
            NotFoundError,
            "compute zones list",
        ),
        (error(400, "in use", "resourceInUseByAnotherResource"), CloudError, "Detach it"),
        ((400, b"<html>"), CloudError, "not JSON"),
    ],
)
def test_errors_say_what_to_do(reply: Any, kind: type[CloudError], message: str) -> None:
    made, _script, _slept = session(reply)
    with pytest.raises(kind, match=message) as caught:
        made.get("zones/z")
    assert type(caught.value) is kind


def test_find_is_none_for_a_missing_object_and_an_error_for_a_missing_project() -> None:
    made, _script, _slept = session(
        error(404, "The resource 'projects/p/global/firewalls/a' was not found"),
        error(404, "The resource 'projects/p' was not found"),
    )
    assert made.find("global/firewalls/a") is None
    with pytest.raises(CloudError):
        made.find("global/firewalls/a")


def test_pages_follow_the_token() -> None:
    made, script, _slept = session((200, {"items": [1], "nextPageToken": "t"}), (200, {"items": [2]}))
    assert [page["items"] for page in made.pages("zones", {"maxResults": "500"})] == [[1], [2]]
    assert [query for _method, _url, query, _body in script.sent] == [
        {"maxResults": "500"},
        {"maxResults": "500", "pageToken": "t"},
    ]


def test_settled_reads_until_the_object_is_at_rest() -> None:
    made, _script, slept = session((200, {"status": "STAGING"}), (200, {"status": "RUNNING"}))
    assert made.settled("zones/z/instances/i", lambda found: found["status"] == "RUNNING")["status"] == "RUNNING"
    assert len(slept) == 1


@pytest.mark.parametrize("url", ["http://compute.example/compute/v1", "ftp://127.0.0.1/"])
def test_credentials_are_not_sent_in_the_clear(url: str) -> None:
    with pytest.raises(CloudError, match="only over https"):
        connect({"project": "p", "endpoints": {"compute": url}, "access_token": "t"}, {})


def test_a_project_is_needed_and_can_come_from_the_environment() -> None:
    with pytest.raises(CloudError, match="GOOGLE_CLOUD_PROJECT"):
        _ = connect({"access_token": "t"}, {}).project
    assert connect({"access_token": "t"}, {"GOOGLE_CLOUD_PROJECT": "q"}).project == "q"
    assert connect({"access_token": "t"}, {"GCP_PROJECT": "r", "GOOGLE_CLOUD_PROJECT": "q"}).project == "r"


@pytest.mark.parametrize("lost", [UnansweredError("reset"), (503, {}), (500, {})])
def test_a_write_without_a_request_id_is_not_sent_twice_when_its_reply_is_lost(lost: Any) -> None:
    made, script, _slept = iam(lost, (200, {"name": "a"}))
    with pytest.raises(UncertainError, match="whether it was carried out is not known"):
        made.write("POST", "v1/projects/p/serviceAccounts", {})
    assert len(script.sent) == 1


@pytest.mark.parametrize(
    "reply", [(429, {}), error(403, "slow down", "rateLimitExceeded"), error(429, "slow", "RATE_LIMIT_EXCEEDED")]
)
def test_a_write_that_was_turned_away_is_sent_again(reply: Any) -> None:
    made, script, _slept = iam(reply, (200, {"name": "a"}))
    assert made.write("POST", "v1/projects/p/serviceAccounts", {}) == {"name": "a"}
    assert len(script.sent) == 2


def test_a_repeatable_write_is_sent_again() -> None:
    made, script, _slept = iam(UnansweredError("reset"), (200, {}))
    made.write("DELETE", "v1/projects/p/serviceAccounts/a", repeatable=True)
    assert len(script.sent) == 2


def test_a_long_running_operation_is_waited_for() -> None:
    running, done = {"name": "operations/7"}, {"name": "operations/7", "done": True, "response": {"projectId": "p"}}
    made, script, slept = iam((200, running), (200, done))
    assert made.finish(running, version="v3", what="project p") == {"projectId": "p"}
    assert script.sent[0][1] == "http://127.0.0.1:1/v3/operations/7"
    assert len(slept) == 1


def test_a_long_running_operation_can_fail_or_take_too_long() -> None:
    failure = {"code": 9, "message": "Billing must be enabled.", "details": []}
    made, _script, _slept = iam(timeout=0)
    with pytest.raises(CloudError, match=r"services: Billing must be enabled"):
        made.finish({"name": "operations/7", "done": True, "error": failure}, version="v1", what="services")
    made, _script, _slept = iam((200, {"name": "operations/7"}), timeout=0)
    with pytest.raises(CloudError, match=r"services: still in progress.*run again"):
        made.finish({"name": "operations/7"}, version="v1", what="services")


DISABLED = {"reason": "SERVICE_DISABLED", "metadata": {"service": "iam.googleapis.com", "consumer": "projects/7"}}
IAM_OFF = (403, {"error": {"code": 403, "message": "API off", "details": [DISABLED]}})


def test_an_api_that_was_enabled_a_moment_ago_is_waited_for_and_the_call_sent_again() -> None:
    made, script, slept = iam(
        IAM_OFF, (200, {"state": "ENABLED"}), IAM_OFF, (200, {"state": "ENABLED"}), (200, {"a": 1})
    )
    assert made.write("POST", "v1/projects/p/serviceAccounts", {}) == {"a": 1}
    assert script.sent[1][:2] == ("GET", "http://127.0.0.1:1/v1/projects/7/services/iam.googleapis.com")
    assert len(slept) == 2


@pytest.mark.parametrize("state", [(200, {"state": "DISABLED"}), error(403, "no", "forbidden"), IAM_OFF])
@pytest.mark.parametrize(
    ("off", "service", "consumer"),
    [
        (IAM_OFF, "iam.googleapis.com", "7"),
        (error(403, "API disabled", "accessNotConfigured"), "compute.googleapis.com", "p"),
    ],
)
def test_an_api_that_is_disabled_is_named_with_the_project_that_lacks_it(
    off: Any, service: str, consumer: str, state: Any
) -> None:
    made, _script, slept = session(off, state)
    with pytest.raises(CloudError, match=f"gcloud services enable {service} --project={consumer}") as caught:
        made.get("zones/z")
    assert caught.value.details["consumer"] == f"projects/{consumer}"
    assert slept == []


def test_an_api_that_stays_unusable_although_it_is_enabled_is_said_to_be_so() -> None:
    made, _script, slept = iam(*[IAM_OFF, (200, {"state": "ENABLED"})] * 12)
    with pytest.raises(CloudError, match=r"iam\.googleapis\.com is enabled in projects/7 and cannot be used yet"):
        made.get("v1/projects/p/serviceAccounts")
    assert 60 < sum(slept) < 240


def test_an_etag_that_was_overtaken_is_stale() -> None:
    made, _script, _slept = iam((409, {"error": {"code": 409, "message": "Concurrent change", "status": "ABORTED"}}))
    with pytest.raises(StaleError, match="changed since it was read"):
        made.write("POST", "v1/projects/p:setIamPolicy", {})


def test_endpoints_come_from_the_option_then_the_environment() -> None:
    environ = {
        "CLOUDSDK_API_ENDPOINT_OVERRIDES_IAM": "http://127.0.0.1:2/",
        "CLOUDSDK_API_ENDPOINT_OVERRIDES_COMPUTE": "http://127.0.0.1:3/",
    }
    found = endpoints({"iam": "http://127.0.0.1:4/"}, environ)
    assert (found["iam"], found["compute"]) == ("http://127.0.0.1:4/", "http://127.0.0.1:3/")
    assert found["serviceusage"] == ENDPOINTS["serviceusage"]
    with pytest.raises(CloudError, match="storage is none of"):
        endpoints({"storage": "http://127.0.0.1:4/"}, {})


def test_the_quota_project_is_named_in_each_request() -> None:
    found = connect({"access_token": "t", "quota_project": "q"}, {}).transport
    assert found._headers == {"X-Goog-User-Project": "q"}

# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Who may call, what a call may say, faults, and the log."""

from __future__ import annotations

import datetime
import json
import threading
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import flask
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from moto.ec2.responses import EC2Response
from werkzeug.test import Client

from sandbox.aws.ec2 import Ec2
from sandbox.aws.ec2.base import Ec2Base
from sandbox.aws.later import Later
from sandbox.config import Config
from sandbox.errors import SandboxError
from tests.unit.sandbox.aws.support import REGION, Aws, Json, refused, tags

ROOT = "http://127.0.0.1:8482/"


def send(aws: Aws, params: Json, **headers: str) -> tuple[int, str]:
    """Status and body of a signed query that no client would write."""
    request = AWSRequest("POST", ROOT, {"Content-Type": "application/x-www-form-urlencoded"}, urlencode(params))
    SigV4Auth(Credentials(aws.key.id, aws.key.secret), "ec2", REGION).add_auth(request)
    given = {**dict(request.headers.items()), **headers}
    reply = aws.app.test_client().post("/", data=request.data, headers=given, base_url=ROOT)
    return reply.status_code, reply.text


@pytest.mark.parametrize(
    ("service", "action", "unknown", "differs"),
    [
        ("ec2", "describe_instances", "AuthFailure", "AuthFailure"),
        ("sts", "get_caller_identity", "InvalidClientTokenId", "SignatureDoesNotMatch"),
        ("ssm", "describe_parameters", "UnrecognizedClientException", "InvalidSignatureException"),
    ],
)
def test_who_may_call(aws: Aws, service: str, action: str, unknown: str, differs: str) -> None:
    stranger = aws.client(service, aws_access_key_id="AKIA" + "A" * 16)
    assert refused(getattr(stranger, action))[0] == unknown
    guess = aws.client(service, aws_secret_access_key="guessed")
    assert refused(getattr(guess, action))[0] == differs
    session = aws.client(service, aws_session_token="a-token")
    assert refused(getattr(session, action))[0] == unknown


def test_a_session(aws: Aws, config: Config) -> None:
    given = aws.client("sts").get_session_token(DurationSeconds=900)["Credentials"]
    keys = {"aws_access_key_id": given["AccessKeyId"], "aws_secret_access_key": given["SecretAccessKey"]}
    session = aws.client("ec2", aws_session_token=given["SessionToken"], **keys)
    assert session.describe_key_pairs()["KeyPairs"] == []
    for wrong in (
        {"aws_session_token": "another"},
        {},
        {"aws_session_token": given["SessionToken"], "aws_secret_access_key": "x"},
    ):
        assert refused(aws.client("ec2", **(keys | wrong)).describe_key_pairs)[0] == "AuthFailure"
    aws.advance(900)
    assert refused(session.describe_key_pairs)[0] == "AuthFailure"
    log = (config.home / "aws-requests.jsonl").read_text(encoding="utf-8")
    assert not any(given[name] in log for name in ("SecretAccessKey", "SessionToken"))


def test_credentials_that_would_not_work_are_not_given(aws: Aws) -> None:
    role = {"RoleArn": f"arn:aws:iam::{aws.key.account}:role/admin", "RoleSessionName": "me"}
    assert refused(lambda: aws.client("sts").assume_role(**role))[0] == "NotImplemented"


def test_unsigned(aws: Aws) -> None:
    reply = aws.app.test_client().post("/", data={"Action": "DescribeInstances"})
    assert (reply.status_code, "<Code>MissingAuthenticationToken</Code>" in reply.text) == (403, True)


def test_the_body_is_signed_too(aws: Aws) -> None:
    request = AWSRequest("POST", ROOT, {}, urlencode({"Action": "DescribeInstances", "Version": "2016-11-15"}))
    SigV4Auth(Credentials(aws.key.id, aws.key.secret), "ec2", REGION).add_auth(request)
    other = urlencode({"Action": "DeleteKeyPair", "KeyName": "k", "Version": "2016-11-15"})
    reply = aws.app.test_client().post("/", data=other, headers=dict(request.headers.items()), base_url=ROOT)
    assert reply.status_code == 401


def test_an_old_signature(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    past = datetime.datetime.now(datetime.UTC) - datetime.timedelta(minutes=6)
    monkeypatch.setattr("botocore.auth.get_current_datetime", lambda: past)
    status, text = send(aws, {"Action": "DescribeInstances", "Version": "2016-11-15"})
    assert (status, "<Code>RequestExpired</Code>" in text) == (400, True)


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"Action": "DescribeInstances", "Colour": "red"}, "UnknownParameter"),
        ({"Action": "DescribeInstances", "InstanceId.2": "i-0123456789abcdef0"}, "UnknownParameter"),
        ({"Action": "DescribeInstances", "MaxResults": "many"}, "InvalidParameterValue"),
        ({"Action": "DescribeInstances", "DryRun": "perhaps"}, "InvalidParameterValue"),
        ({"Action": "CreateKeyPair"}, "MissingParameter"),
        ({"Action": "CreateKeyPair", "KeyName": "k", "KeyType": "dsa"}, "InvalidParameterValue"),
        ({"Action": "RunInstances", "MinCount": "1"}, "MissingParameter"),
        ({"Action": "PaintInstances"}, "InvalidAction"),
        ({}, "InvalidAction"),
    ],
)
def test_what_a_call_may_say(aws: Aws, params: Json, code: str) -> None:
    status, text = send(aws, {"Version": "2016-11-15", **params})
    assert (status, f"<Code>{code}</Code>" in text) == (400, True), text


def test_a_call_by_its_canonical_names(aws: Aws) -> None:
    params = {"Action": "DescribeInstances", "Version": "2016-11-15", "Filter.1.Name": "image-id"}
    assert send(aws, {**params, "Filter.1.Value.1": "ami-1", "DryRun": "False"})[0] == 200


@pytest.mark.parametrize("action", ["create_fleet", "describe_ipams"])
def test_what_nobody_implements_says_so(aws: Aws, action: str) -> None:
    configs = [{"LaunchTemplateSpecification": {"LaunchTemplateId": "lt-1", "Version": "1"}}]
    asked: Json = {"LaunchTemplateConfigs": configs, "TargetCapacitySpecification": {"TotalTargetCapacity": 1}}
    code, message = refused(lambda: getattr(aws.ec2, action)(**(asked if action == "create_fleet" else {})))
    assert (code, message.endswith("; real AWS does.")) == ("NotImplemented", True)


def test_services_that_are_not_there(aws: Aws) -> None:
    assert refused(aws.client("autoscaling").describe_auto_scaling_groups)[0] == "NotImplemented"


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ({"kind": "error"}, ("InternalError", 500)),
        ({"kind": "error", "status": 503, "reason": "Unavailable"}, ("Unavailable", 503)),
        ({"kind": "error", "status": 400, "reason": "OptInRequired"}, ("OptInRequired", 400)),
        ({"kind": "throttle"}, ("RequestLimitExceeded", 503)),
    ],
)
def test_errors_on_demand(aws: Aws, fault: Json, expected: tuple[str, int]) -> None:
    aws.fault("ec2.Describe*", times=2, **fault)
    for _ in range(2):
        assert refused(aws.ec2.describe_instances)[0] == expected[0]
        assert aws.log()[-1]["status"] == expected[1]
    aws.ec2.describe_instances()


def test_others_throttle_in_their_own_words(aws: Aws) -> None:
    aws.fault("*", "throttle", times=2)
    assert refused(aws.client("ssm").describe_parameters)[0] == "ThrottlingException"
    assert refused(aws.client("sts").get_caller_identity)[0] == "Throttling"


def test_what_answers_at_once_also_fails_at_once(aws: Aws) -> None:
    aws.fault("ec2.CreateSecurityGroup", "operation_error", code="VpcLimitExceeded", message="too many")
    assert refused(lambda: aws.group("web")) == ("VpcLimitExceeded", "too many")


def test_faults_of_one_region(aws: Aws) -> None:
    aws.fault("ec2.DescribeInstances", "error", path="eu-*")
    aws.ec2.describe_instances()
    assert refused(aws.client("ec2", "eu-west-1").describe_instances)[0] == "InternalError"


@pytest.mark.parametrize(("kind", "made"), [("drop_before", []), ("drop_after", ["k"])])
def test_dropped_connections(aws: Aws, kind: str, made: list[str]) -> None:
    aws.fault("ec2.CreateKeyPair", kind)
    with pytest.raises(Exception, match="Connection was closed"):
        aws.ec2.create_key_pair(KeyName="k", KeyType="ed25519")
    assert [found["KeyName"] for found in aws.ec2.describe_key_pairs()["KeyPairs"]] == made
    assert aws.log()[0]["status"] == 0


def test_the_log(aws: Aws) -> None:
    aws.group("web")
    refused(lambda: aws.group("web"))
    aws.ec2.describe_instances(Filters=[{"Name": "tag:a", "Values": ["b"]}])
    entries = aws.log()
    assert [(entry["method"], entry["status"], entry["mutating"]) for entry in entries] == [
        ("ec2.CreateSecurityGroup", 200, True),
        ("ec2.CreateSecurityGroup", 400, True),
        ("ec2.DescribeInstances", 200, False),
    ]
    assert entries[2]["body"] == {"Filters": [{"Name": "tag:a", "Values": ["b"]}]}
    assert (entries[2]["path"], "Boto3" in entries[2]["user_agent"]) == (REGION, True)
    assert aws.admin("GET", "requests?mutating=1")["requests"] == entries[:2]


def test_the_log_holds_no_secrets(aws: Aws, config: Config) -> None:
    aws.running(UserData="#!/bin/sh\necho hunter2\n")
    refused(aws.client("ec2", aws_session_token="a-session-token").describe_instances)
    text = (config.home / "aws-requests.jsonl").read_text(encoding="utf-8")
    assert len(text.splitlines()) > 2
    for secret in (aws.key.secret, "hunter2", "UserData", "a-session-token", "Signature="):
        assert secret not in text


def test_files_are_the_owners_alone(aws: Aws, config: Config) -> None:
    aws.ec2.create_key_pair(KeyName="k", KeyType="ed25519")
    for name in ("aws-access-key.json", "aws-state.pickle"):
        assert (config.home / name).stat().st_mode & 0o777 == 0o600


def test_a_key_stays_the_same(aws: Aws, start: Callable[[], Aws], config: Config) -> None:
    assert start().key == aws.key
    known = json.loads((config.home / "aws-access-key.json").read_text())
    assert (len(known["id"]), len(known["secret"]), len(known["account"])) == (20, 40, 12)
    assert aws.key.secret not in repr(aws.key)


def test_a_state_that_another_version_wrote_is_refused(aws: Aws, start: Callable[[], Aws], config: Config) -> None:
    (config.home / "aws-state.pickle").write_bytes(b"nonsense")
    with pytest.raises(Exception, match=r"cannot be read .*: run `python -m sandbox reset`"):
        start()


def test_a_state_from_before_some_field_was_added(aws: Aws) -> None:
    made, cloud = aws.running(), aws.app.extensions["sandbox"].cloud
    for record, field in ((cloud.records, "modifications"), (cloud.machines[made], "boots")):
        state = {name: value for name, value in vars(record).items() if name != field}
        again: Any = object.__new__(type(record))
        again.__setstate__(state)
        assert vars(again) == {**state, field: type(getattr(record, field))()}


def test_calls_wait_for_the_application_that_is_being_made() -> None:
    gate = threading.Event()

    def make() -> flask.Flask:
        gate.wait(10)
        return flask.Flask("made")

    client = Client(Later(make))
    answers: list[int] = []
    caller = threading.Thread(target=lambda: answers.append(client.get("/").status_code))
    caller.start()
    gate.set()
    caller.join(10)
    assert answers == [404]


def test_calls_are_told_why_there_is_no_application() -> None:
    def make() -> flask.Flask:
        raise SandboxError("the state cannot be read: run `python -m sandbox reset`")

    reply = Client(Later(make)).post("/")
    assert (reply.status_code, "run `python -m sandbox reset`</Message>" in reply.text) == (503, True)


def test_health(aws: Aws) -> None:
    made = aws.running()
    shown = aws.admin("GET", "health")
    assert shown == {"status": "ok", "account": aws.key.account, "families": ["debian-12"], "hosts": [made]}


@pytest.mark.parametrize("payload", [None, {}, {"seconds": -1}, {"seconds": "1"}, {"seconds": True}])
def test_the_clock_goes_forward_only(aws: Aws, payload: Any) -> None:
    assert aws.app.test_client().post("/_sandbox/clock", json=payload).status_code == 400


def test_several_accounts_live_in_one_process(aws: Aws, start: Callable[[], Aws], config: Config) -> None:
    aws.ec2.create_key_pair(KeyName="k", KeyType="ed25519", TagSpecifications=tags("key-pair", a="b"))
    (config.home / "aws-access-key.json").unlink()
    (config.home / "aws-state.pickle").unlink()
    other = start()
    assert other.ec2.describe_key_pairs()["KeyPairs"] == []
    assert len(aws.ec2.describe_key_pairs()["KeyPairs"]) == 1


def test_the_mended_actions_do_not_hide_each_others_helpers() -> None:
    parts = [part for part in Ec2.__mro__ if issubclass(part, Ec2Base) and part not in (Ec2, Ec2Base)]
    names = [name for part in parts for name in vars(part) if not name.startswith("__")]
    assert sorted(names) == sorted(set(names))
    inherited = [name for name in names if hasattr(EC2Response, name)]
    assert all(not name.startswith("_") for name in inherited)

# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A sandboxed AWS in this process, on hosts in memory, as boto3 sees it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from functools import cached_property
from typing import Any

import boto3
import flask
from botocore.config import Config as Options
from botocore.exceptions import ClientError

from sandbox.aws import in_process
from sandbox.aws.access_key import AccessKey
from tests.unit.sandbox.gcp.support import FakeHosts

REGION = "ca-central-1"
IMAGE = "/aws/service/debian/release/12/latest/amd64"
Json = dict[str, Any]


@dataclasses.dataclass
class Aws:
    """One account. Its clock stands still but for what advance() adds."""

    app: flask.Flask
    hosts: FakeHosts
    key: AccessKey

    def client(self, service: str, region: str = REGION, **more: Any) -> Any:
        """A client that signs with the account's key and tries each call once."""
        made = boto3.client(
            service,
            region_name=region,
            endpoint_url="http://127.0.0.1:8482",
            config=Options(retries={"total_max_attempts": 1}),
            **{"aws_access_key_id": self.key.id, "aws_secret_access_key": self.key.secret, **more},
        )
        in_process.attach(made.meta.events, self.app)
        return made

    @cached_property
    def ec2(self) -> Any:
        """EC2 in the usual region."""
        return self.client("ec2")

    @cached_property
    def image(self) -> str:
        """The image that boots."""
        found = self.client("ssm").get_parameter(Name=IMAGE)
        return str(found["Parameter"]["Value"])

    def admin(self, http: str, path: str, body: Any = None) -> Json:
        """A call of the sandbox's own paths."""
        response = self.app.test_client().open(f"/_sandbox/{path}", method=http, json=body)
        assert response.status_code in (200, 204), response.text
        return dict(response.get_json(silent=True) or {})

    def settings(self, **settings: Any) -> None:
        """Changes settings."""
        self.admin("POST", "settings", settings)

    def fault(self, method: str, kind: str, **more: Any) -> None:
        """Asks for a fault."""
        self.admin("POST", "faults", {"method": method, "kind": kind, **more})

    def advance(self, seconds: float = 3600.0) -> None:
        """Lets time pass; all that a host has to do is done by then."""
        self.admin("POST", "clock", {"seconds": seconds})
        assert self.app.extensions["sandbox"].cloud.jobs.drain(10)

    def log(self) -> list[Json]:
        """The request log."""
        return list(self.admin("GET", "requests")["requests"])

    def launch(self, **more: Any) -> str:
        """Launches an instance and returns its id."""
        launched = self.ec2.run_instances(**(self.launching() | more))
        return str(launched["Instances"][0]["InstanceId"])

    def launching(self) -> Json:
        """The parameters of a launch that works."""
        return {"ImageId": self.image, "InstanceType": "t2.xlarge", "MinCount": 1, "MaxCount": 1}

    def running(self, **more: Any) -> str:
        """Launches an instance and waits for it."""
        made = self.launch(**more)
        self.advance(10)
        assert self.instance(made)["State"]["Name"] == "running"
        return made

    def instance(self, instance: str) -> Json:
        """An instance as it is described."""
        found = self.ec2.describe_instances(InstanceIds=[instance])
        return dict(found["Reservations"][0]["Instances"][0])

    def state(self, instance: str) -> str:
        """Its state."""
        return str(self.instance(instance)["State"]["Name"])

    def group(self, name: str = "web", *permissions: Json, **more: Any) -> str:
        """Makes a security group with these ingress rules and returns its id."""
        made = str(self.ec2.create_security_group(GroupName=name, Description=name, **more)["GroupId"])
        if permissions:
            self.ec2.authorize_security_group_ingress(GroupId=made, IpPermissions=list(permissions))
        return made


def tcp(port: int, *sources: str) -> Json:
    """A rule that opens a port to networks."""
    ranges = [{"CidrIp": source} for source in sources or ("0.0.0.0/0",)]
    return {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": ranges}


def tags(kind: str, **values: str) -> list[Json]:
    """A tag specification."""
    return [{"ResourceType": kind, "Tags": [{"Key": name, "Value": value} for name, value in values.items()]}]


def refused(call: Callable[[], Any]) -> tuple[str, str]:
    """Code and message of a call that fails."""
    try:
        answer = call()
    except ClientError as error:
        return error.response["Error"]["Code"], error.response["Error"]["Message"]
    raise AssertionError(f"it was answered: {answer}")

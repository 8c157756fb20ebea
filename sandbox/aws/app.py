# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The WSGI application: puts the parts together."""

from __future__ import annotations

import dataclasses
import os

# Before moto looks: its own thousand images would be loaded for every region, and none of them boots here.
os.environ["MOTO_EC2_LOAD_DEFAULT_AMIS"] = "false"

import flask

from sandbox.aws import access_key, admin, pipeline, power
from sandbox.aws.cloud import Cloud
from sandbox.config import Config
from sandbox.driver import Hosts
from sandbox.faults import Faults
from sandbox.log import RequestLog


@dataclasses.dataclass(frozen=True)
class Sandbox:
    """Everything behind the application."""

    cloud: Cloud
    faults: Faults
    log: RequestLog


def create_app(hosts: Hosts, config: Config) -> flask.Flask:
    """The application for one sandbox, its state taken up where an earlier process left it."""
    cloud = Cloud(hosts, access_key.ensure(config), config.home / "aws-state.pickle")
    sandbox = Sandbox(cloud, Faults(), RequestLog(config.home / "aws-requests.jsonl"))
    power.recover(cloud)
    app = flask.Flask("sandbox.aws", static_folder=None)
    app.request_class = pipeline.AwsRequest
    # A dropped connection is an exception that has to reach the server; all others become answers before that.
    app.config["PROPAGATE_EXCEPTIONS"] = True
    app.extensions["sandbox"] = sandbox
    app.register_blueprint(admin.blueprint(sandbox))
    app.add_url_rule("/", "api", lambda: pipeline.answer(sandbox), methods=["GET", "POST"])
    return app

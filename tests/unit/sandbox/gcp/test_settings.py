# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What whoever runs the sandbox may set, and its clock."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import flask
import pytest

from sandbox.gcp import settings
from tests.unit.sandbox.gcp.support import Api, body_of


def test_settings_are_merged_and_taken_back(api: Api) -> None:
    before = body_of(api.client.get("/_sandbox/settings"))
    assert before == settings.DEFAULTS
    api.settings(delays={"service_usable": 5})
    api.settings(delays={"project_created": 7}, foreign_projects=["theirs-1"])
    changed = body_of(api.client.get("/_sandbox/settings"))
    assert changed["delays"] == {**settings.DELAYS, "service_usable": 5, "project_created": 7}
    assert changed["foreign_projects"] == ["theirs-1"]
    api.settings(delays={"service_usable": None, "project_created": None})
    assert body_of(api.client.get("/_sandbox/settings"))["delays"] == settings.DELAYS


@pytest.mark.parametrize(
    ("payload", "message"),
    [
        (None, "give an object with some of delays"),
        ({"colour": "red"}, "give an object with some of delays"),
        ({"delays": []}, "delays is to be of the form"),
        ({"delays": {"lunch": 1}}, "delays has no 'lunch', but project_created"),
        ({"delays": {"service_usable": "long"}}, "'long' does not fit delays.service_usable"),
        ({"delays": {"service_usable": -1}}, "-1 does not fit"),
        ({"stockouts": {"mars-1-a": "ZONE_RESOURCE_POOL_EXHAUSTED"}}, "stockouts has no 'mars-1-a'"),
        ({"stockouts": {"us-central1-a": "FULL"}}, "'FULL' does not fit stockouts.us-central1-a"),
        ({"quotas": {"GPUS": 1}}, "quotas has no 'GPUS', but CPUS"),
        ({"quotas": {"mars-1/CPUS": 1}}, "quotas has no 'mars-1/CPUS'"),
        ({"quotas": {"CPUS": "few"}}, "'few' does not fit quotas.CPUS"),
        ({"org_policies": {"iam.nothing": []}}, "org_policies has no 'iam.nothing'"),
        ({"org_policies": {"iam.disableServiceAccountKeyUpload": True}}, "True does not fit"),
    ],
)
def test_bad_settings_change_nothing(api: Api, payload: Any, message: str) -> None:
    response = api.client.post("/_sandbox/settings", json=payload)
    assert response.status_code == 400
    assert message in body_of(response)["error"]
    assert body_of(api.client.get("/_sandbox/settings")) == settings.DEFAULTS


@pytest.mark.parametrize("payload", [None, {}, {"seconds": "1"}, {"seconds": -1}])
def test_the_clock_goes_forward_only(api: Api, payload: Any) -> None:
    assert api.client.post("/_sandbox/clock", json=payload).status_code == 400


def test_settings_outlive_the_process_and_end_with_a_reset(api: Api, start: Callable[[], flask.Flask]) -> None:
    api.settings(delays={"service_usable": 5})
    api.advance(1000)
    api.client = start().test_client()
    assert body_of(api.client.get("/_sandbox/settings"))["delays"]["service_usable"] == 5
    cloud = api.client.application.extensions["sandbox"].cloud
    assert cloud.settings.now() > time.time() + 900
    assert api.client.post("/_sandbox/reset").status_code == 200
    assert body_of(api.client.get("/_sandbox/settings")) == settings.DEFAULTS
    assert cloud.settings.now() < time.time() + 100

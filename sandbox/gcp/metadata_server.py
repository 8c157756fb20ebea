# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The metadata server as a machine of the project sees it, for credentials of kind machine account.

With GCE_METADATA_HOST set to the sandbox's address, Google's libraries take this process for such a machine's.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import flask

from sandbox.config import PROJECT, ZONE
from sandbox.gcp import tokens
from sandbox.gcp.auth import CLOUD_PLATFORM
from sandbox.gcp.iam import accounts
from sandbox.gcp.resourcemanager import records
from sandbox.gcp.store import Resource

if TYPE_CHECKING:
    from sandbox.gcp.app import Sandbox

FLAVOR = {"Metadata-Flavor": "Google"}
ROOT = "/computeMetadata/v1"
_ACCOUNT = re.compile(r"instance/service-accounts/([^/]+)/(.*)")


def blueprint(sandbox: Sandbox) -> flask.Blueprint:
    """The routes."""
    routes = flask.Blueprint("metadata_server", __name__)

    @routes.get("/")
    def ping() -> flask.Response:
        return _text("computeMetadata/\n")

    @routes.get(f"{ROOT}/<path:path>")
    def fact(path: str) -> flask.Response:
        if flask.request.headers.get("Metadata-Flavor") != "Google":
            return _text("Missing Metadata-Flavor:Google header.", 403)
        found = _ACCOUNT.fullmatch(path)
        if found:
            account = _account(sandbox, found[1])
            return _of_account(sandbox, str(account["email"]), found[2]) if account else _text("Not Found", 404)
        return _of_machine(sandbox, path)

    return routes


def _of_machine(sandbox: Sandbox, path: str) -> flask.Response:
    number = records.number(_project(sandbox))
    account = _account(sandbox, "default")
    facts = {
        "project/project-id": PROJECT,
        "project/numeric-project-id": number,
        "instance/zone": f"projects/{number}/zones/{ZONE}",
        "instance/service-accounts/": f"{account['email']}/\ndefault/\n" if account else "",
        "universe/universe-domain": "googleapis.com",
    }
    return _text(facts[path]) if path in facts else _text("Not Found", 404)


def _of_account(sandbox: Sandbox, email: str, what: str) -> flask.Response:
    if what == "token":
        scopes = flask.request.args.get("scopes", CLOUD_PLATFORM).replace(",", " ")
        token = tokens.issue(sandbox.cloud.store, email, scopes)
        return _json({"access_token": token, "expires_in": tokens.LIFETIME, "token_type": "Bearer"})
    facts = {"aliases": "default\n", "email": email, "scopes": f"{CLOUD_PLATFORM}\n"}
    if not what and flask.request.args.get("recursive", "").lower() == "true":
        return _json({"aliases": ["default"], "email": email, "scopes": [CLOUD_PLATFORM]})
    facts[""] = "".join(f"{name}\n" for name in (*facts, "token"))
    return _text(facts[what]) if what in facts else _text("Not Found", 404)


def _account(sandbox: Sandbox, name: str) -> Resource | None:
    """The machine's account, by its email or as default: the one that is set, or the project's own for machines."""
    cloud = sandbox.cloud
    email = cloud.settings.all()["machine_account"] or accounts.default_compute_account(_project(sandbox))
    with cloud.store.lock:
        found = accounts.find(cloud.store, email)
    return found if found and not found.get("disabled") and name in ("default", email) else None


def _project(sandbox: Sandbox) -> Resource:
    with sandbox.cloud.store.lock:
        return sandbox.cloud.store.resources[records.full_name("projects", PROJECT)]


def _text(text: str, status: int = 200) -> flask.Response:
    return flask.Response(text, status, FLAVOR, content_type="application/text")


def _json(value: dict[str, Any]) -> flask.Response:
    return flask.Response(json.dumps(value), 200, FLAVOR, content_type="application/json")

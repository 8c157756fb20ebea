# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The metadata server as a machine of the project sees it, for credentials of kind machine account.

With GCE_METADATA_HOST set to the sandbox's address, Google's libraries take this process for such a machine's.
"""

from __future__ import annotations

import json
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
ACCOUNTS = "/computeMetadata/v1/instance/service-accounts"


def blueprint(sandbox: Sandbox) -> flask.Blueprint:
    """The routes."""
    routes = flask.Blueprint("metadata_server", __name__)
    store = sandbox.cloud.store
    number = records.number(records.project(store, PROJECT) or {})

    @routes.before_request
    def check_flavor() -> flask.Response | None:
        asks = flask.request.path == "/" or flask.request.headers.get("Metadata-Flavor") == "Google"
        return None if asks else _text("Missing Metadata-Flavor:Google header.", 403)

    @routes.get("/")
    @routes.get("/computeMetadata/")
    def ping() -> flask.Response:
        return _text("computeMetadata/\n")

    @routes.get("/computeMetadata/v1/<path:path>")
    def fact(path: str) -> flask.Response:
        facts = {
            "project/project-id": PROJECT,
            "project/numeric-project-id": number,
            "instance/zone": f"projects/{number}/zones/{ZONE}",
            "universe/universe-domain": "googleapis.com",
        }
        return _text(facts[path]) if path in facts else _text("Not Found", 404)

    @routes.get(f"{ACCOUNTS}/")
    def list_accounts() -> flask.Response:
        account = _account(sandbox, "default")
        return _text(f"{account['email']}/\ndefault/\n" if account else "")

    @routes.get(f"{ACCOUNTS}/<name>/", defaults={"what": ""})
    @routes.get(f"{ACCOUNTS}/<name>/<what>")
    def account_fact(name: str, what: str) -> flask.Response:
        account = _account(sandbox, name)
        return _answer(sandbox, account, what) if account else _text("Not Found", 404)

    return routes


def _account(sandbox: Sandbox, name: str) -> Resource | None:
    """The machine's account: the one that is set, or the project's default for machines."""
    store = sandbox.cloud.store
    with store.lock:
        project = records.project(store, PROJECT) or {}
        email = sandbox.cloud.settings.all()["machine_account"] or accounts.default_compute_account(project)
        found = accounts.find(store, email)
    return found if found and not found.get("disabled") and name in ("default", email) else None


def _answer(sandbox: Sandbox, account: Resource, what: str) -> flask.Response:
    email = str(account["email"])
    if what == "token":
        scopes = flask.request.args.get("scopes", CLOUD_PLATFORM).replace(",", " ")
        token = tokens.issue(sandbox.cloud.store, email, scopes)
        return _json({"access_token": token, "expires_in": tokens.LIFETIME, "token_type": "Bearer"})
    facts = {"aliases": "default\n", "email": email, "scopes": f"{CLOUD_PLATFORM}\n"}
    if not what and flask.request.args.get("recursive", "").lower() == "true":
        return _json({"aliases": ["default"], "email": email, "scopes": [CLOUD_PLATFORM]})
    if not what:
        return _text("".join(f"{name}\n" for name in (*facts, "token")))
    return _text(facts[what]) if what in facts else _text("Not Found", 404)


def _text(text: str, status: int = 200) -> flask.Response:
    return flask.Response(text, status, FLAVOR, content_type="application/text")


def _json(value: dict[str, Any]) -> flask.Response:
    return flask.Response(json.dumps(value), 200, FLAVOR, content_type="application/json")

# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The WSGI application: puts the parts together and routes every path to them."""

from __future__ import annotations

import dataclasses

import flask

from sandbox import identity
from sandbox.config import Config
from sandbox.driver import Hosts
from sandbox.faults import Faults
from sandbox.gcp import admin, apis, metadata_server, pipeline, world
from sandbox.gcp.apis import Api
from sandbox.gcp.auth import Authority
from sandbox.gcp.cloud import Cloud
from sandbox.gcp.compute import recovery
from sandbox.gcp.operations import Operations
from sandbox.gcp.settings import Settings
from sandbox.gcp.store import Store
from sandbox.gcp.world import OfferedKey
from sandbox.log import RequestLog

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


@dataclasses.dataclass(frozen=True)
class Sandbox:
    """Everything behind the application."""

    cloud: Cloud
    authority: Authority
    faults: Faults
    log: RequestLog
    apis: tuple[Api, ...]


def create_app(hosts: Hosts, config: Config) -> flask.Flask:
    """The application for one sandbox, its state taken up where an earlier process left it."""
    sandbox = _sandbox(hosts, config)
    app = flask.Flask("sandbox.gcp", static_folder=None)
    # A dropped connection is an exception that has to reach the server; all others become answers before that.
    app.config["PROPAGATE_EXCEPTIONS"] = True
    app.extensions["sandbox"] = sandbox
    app.register_blueprint(admin.blueprint(sandbox))
    app.register_blueprint(metadata_server.blueprint(sandbox))
    app.add_url_rule("/token", "token", lambda: pipeline.token(sandbox), methods=["POST"])
    app.add_url_rule("/<path:path>", "api", lambda path: pipeline.api(sandbox, f"/{path}"), methods=METHODS)
    return app


def _sandbox(hosts: Hosts, config: Config) -> Sandbox:
    key = OfferedKey(identity.load_key_id(config), identity.load_public_key(config).decode())
    store = Store(config.home / "state.json", seed=lambda store: world.seed(store, key))
    operations = Operations(store)
    authority = Authority(store, identity.load_refresh_token(config), f"{config.url}/token")
    cloud = Cloud(config.url, store, Settings(store), hosts, operations)
    operations.interrupt()
    recovery.reconcile(cloud)
    return Sandbox(cloud, authority, Faults(), RequestLog(config.home / "requests.jsonl"), apis.load())

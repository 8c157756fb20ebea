# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The WSGI application: puts the parts together and routes every path to them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import flask

from sandbox import identity
from sandbox.config import PROJECT, Config
from sandbox.driver import Hosts
from sandbox.faults import Faults
from sandbox.gcp import admin, compute, discovery, pipeline
from sandbox.gcp.auth import Authority
from sandbox.gcp.cloud import Call, Cloud
from sandbox.gcp.compute import projects, recovery
from sandbox.gcp.discovery import Document
from sandbox.gcp.operations import Operations
from sandbox.gcp.store import Store
from sandbox.log import RequestLog

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


@dataclasses.dataclass(frozen=True)
class Api:
    """One Google API: its discovery document, and who may call what in it."""

    document: Document
    check_access: Callable[[Call], None]


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
    app.add_url_rule("/token", "token", lambda: pipeline.token(sandbox), methods=["POST"])
    app.add_url_rule("/<path:path>", "api", lambda path: pipeline.api(sandbox, f"/{path}"), methods=METHODS)
    return app


def _sandbox(hosts: Hosts, config: Config) -> Sandbox:
    store = Store(config.home / "state.json", seed=lambda store: projects.seed(store, PROJECT))
    operations = Operations(store)
    authority = Authority(
        store,
        identity.load_public_key(config),
        identity.EMAIL,
        identity.load_refresh_token(config),
        f"{config.url}/token",
    )
    cloud = Cloud(PROJECT, authority.account, store, hosts, operations)
    operations.interrupt()
    recovery.reconcile(cloud)
    apis = (Api(discovery.load(compute.DOCUMENT), compute.check_access),)
    return Sandbox(cloud, authority, Faults(), RequestLog(config.home / "requests.jsonl"), apis)

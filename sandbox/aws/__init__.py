# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The AWS APIs of the sandbox: create_app() makes the WSGI application."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import flask

    from sandbox.config import Config
    from sandbox.driver import Hosts

__all__ = ["create_app"]


def create_app(hosts: Hosts, config: Config) -> flask.Flask:
    """The application for one sandbox, its state taken up where an earlier process left it."""
    # Late: moto takes a second or two, and those who only need the access key do not need it.
    from sandbox.aws import app

    return app.create_app(hosts, config)

# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The Google APIs that are served: what documents each, who answers it, and what is checked before."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping

# Importing a module registers its handlers.
from sandbox.gcp import access, billing, compute, discovery, jobs
from sandbox.gcp.cloud import HANDLERS, Call
from sandbox.gcp.discovery import Document, Method
from sandbox.gcp.iam import bindings, credentials, keys, service_accounts
from sandbox.gcp.resourcemanager import folders, projects, projects_v1
from sandbox.gcp.serviceusage import services

MODULES = (billing, bindings, credentials, folders, jobs, keys, projects, projects_v1, service_accounts, services)
Check = Callable[[Call], None]
CHECKS: Mapping[str, Check] = {
    compute.DOCUMENT: compute.check_access,
    "cloudresourcemanager.v3": access.check_consumer,
    "cloudresourcemanager.v1": access.check_consumer,
    "serviceusage.v1": access.check_consumer,
    "cloudbilling.v1": access.check_consumer,
    "iam.v1": access.check_resource,
    "iamcredentials.v1": access.check_resource,
}


@dataclasses.dataclass(frozen=True)
class Api:
    """One Google API: its discovery document, and who may call what in it."""

    document: Document
    check_access: Check


def load() -> tuple[Api, ...]:
    """All of them."""
    return tuple(Api(discovery.load(name), check) for name, check in CHECKS.items())


def route(apis: tuple[Api, ...], http: str, path: str) -> tuple[Api, Method, dict[str, str]] | None:
    """The API and method for an HTTP method and path; under one root several may have it, and one answers it."""
    found = [(api, *match) for api in apis if (match := api.document.match(http, path))]
    return next((candidate for candidate in found if candidate[1].id in HANDLERS), found[0] if found else None)

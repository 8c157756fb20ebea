# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the sandbox offers, for the inventory that points playbooks at it."""

from __future__ import annotations

from typing import Any

from sandbox import files, identity
from sandbox.aws import access_key, catalog
from sandbox.config import FILES_PORT, PROJECT, REGION, REGISTRY_PORT, ZONE, Config
from sandbox.mirror.content import Content

FILE = "offer.json"
# The Google APIs beside Compute Engine, as gcloud's endpoint overrides call them.
APIS = ("cloudbilling", "cloudresourcemanager", "iam", "iamcredentials", "serviceusage")


def write(config: Config, service_account_file: str, family: str, image_project: str, content: Content | None) -> None:
    """Replaces the offer; without hosts there is nothing to download from, so no mirror either."""
    gcp = {
        "endpoints": {
            "compute": f"{config.url}/compute/v1/",
            **dict.fromkeys(APIS, f"{config.url}/"),
        },
        "token_uri": f"{config.url}/token",
        "project": PROJECT,
        "service_account_file": service_account_file,
        "user_credentials_file": identity.ensure_user(config),
        "billing_account": identity.BILLING_ACCOUNT,
        "image_family": family,
        "image_project": image_project,
        "zone": ZONE,
    }
    mirror = _mirror(content) if content else None
    # The AWS access key's secret is in it.
    files.write_json(config.home / FILE, {"gcp": gcp, "aws": _aws(config, family), "mirror": mirror}, mode=0o600)


def _aws(config: Config, family: str) -> dict[str, str]:
    key = access_key.ensure(config)
    return {
        "endpoint_url": config.aws_url,
        "region": REGION,
        "access_key": key.id,
        "secret_key": key.secret,
        "image_parameter": catalog.parameter_of(family),
        "user": catalog.USER,
    }


def _mirror(content: Content) -> dict[str, Any]:
    root = f"http://mirror:{FILES_PORT}"
    return {
        "anaconda": _download(f"{root}/anaconda", content.anaconda_version, files.sha256(content.installer)),
        "compose": _download(f"{root}/compose", content.compose_version, files.sha256(content.compose)),
        "registry": f"http://mirror:{REGISTRY_PORT}",
    }


def _download(url: str, version: str, checksum: str) -> dict[str, str]:
    return {"url": url, "version": version, "checksum": f"sha256:{checksum}"}

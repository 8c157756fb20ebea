# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the sandbox offers, for the inventory that points playbooks at it."""

from __future__ import annotations

from typing import Any

from sandbox import files, identity
from sandbox.config import FILES_PORT, PROJECT, REGISTRY_PORT, ZONE, Config
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
    files.write_json(config.home / FILE, {"gcp": gcp, "mirror": _mirror(content) if content else None})


def _mirror(content: Content) -> dict[str, Any]:
    root = f"http://mirror:{FILES_PORT}"
    return {
        "anaconda": _download(f"{root}/anaconda", content.anaconda_version, files.sha256(content.installer)),
        "compose": _download(f"{root}/compose", content.compose_version, files.sha256(content.compose)),
        "registry": f"http://mirror:{REGISTRY_PORT}",
    }


def _download(url: str, version: str, checksum: str) -> dict[str, str]:
    return {"url": url, "version": version, "checksum": f"sha256:{checksum}"}

# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One person on each sandboxed cloud."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path

from sandbox import identity
from sandbox.aws import catalog
from sandbox.config import ZONE
from sandbox.gcp import settings, tokens
from tests.faults.cloud_aws import Aws
from tests.faults.cloud_gcp import GoogleCloud
from tests.readers.person import Person

SCOPE = "https://www.googleapis.com/auth/cloud-platform"


@contextlib.contextmanager
def on_gcp(folder: Path) -> Iterator[Person]:
    """Somebody with an access token and a billing account. Real time passes there, as in the sandbox."""
    with contextlib.closing(GoogleCloud(folder, settings.DELAYS)) as cloud:
        token = tokens.issue(cloud.sandbox.cloud.store, identity.USER, SCOPE)
        endpoints = cloud.options()["endpoints"]
        chosen = {
            "workstation_cloud": "gcp",
            "gcp_access_token": token,
            "gcp_endpoints": endpoints,
            "gcp_project_id": "",
            "gcp_project_billing_account": identity.BILLING_ACCOUNT,
            "gcp_machine_zone": ZONE,
            "gcp_machine_image_family": "debian-12",
            "gcp_machine_image_project": "debian-cloud",
            "gcp_machine_labels": {"team": "taxi"},
        }
        keys = {".ssh/mlops-zoom": 0o400, ".config/mlops-workstation/*.json": 0o600}
        overrides = {f"CLOUDSDK_API_ENDPOINT_OVERRIDES_{name.upper()}": url for name, url in endpoints.items()}
        environment = {"GCP_ACCESS_TOKEN": token, **overrides}
        yield Person("gcp", folder, cloud, chosen, {"the access token": token}, keys, environment)


@contextlib.contextmanager
def on_aws(folder: Path) -> Iterator[Person]:
    """Somebody with an access key. Real time passes there."""
    with contextlib.closing(Aws(folder, clock=time.time)) as cloud:
        connection = {f"aws_{name}": value for name, value in cloud.options().items()}
        chosen = {
            "workstation_cloud": "aws",
            **connection,
            "aws_machine_image_parameter": catalog.parameter_of("debian-12"),
            "aws_machine_elastic_ip": True,
            "aws_machine_tags": {"team": "taxi"},
            # A host on paper has no console.
            "aws_machine_host_key_checking": "accept-new",
        }
        secrets = {"the secret key": connection["aws_secret_key"]}
        environment = {
            "AWS_ACCESS_KEY_ID": connection["aws_access_key"],
            "AWS_SECRET_ACCESS_KEY": connection["aws_secret_key"],
            "AWS_REGION": connection["aws_region"],
            "AWS_ENDPOINT_URL": connection["aws_endpoint_url"],
        }
        yield Person("aws", folder, cloud, chosen, secrets, {".ssh/mlops-zoom-aws.pem": 0o400}, environment)

# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One person on each sandboxed cloud, with a workstation that the playbooks have provisioned."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator

import pytest

from sandbox import identity
from sandbox.aws import catalog
from sandbox.config import ZONE
from sandbox.gcp import settings, tokens
from tests.faults.cloud_aws import Aws
from tests.faults.cloud_gcp import GoogleCloud
from tests.readers.person import Person

SCOPE = "https://www.googleapis.com/auth/cloud-platform"


@pytest.fixture(scope="session")
def gcp(tmp_path_factory: pytest.TempPathFactory, _no_credentials_in_session: None) -> Iterator[Person]:
    folder = tmp_path_factory.mktemp("gcp")
    cloud = GoogleCloud(folder)
    with contextlib.closing(cloud):
        cloud.sandbox.cloud.settings.update({"delays": settings.DELAYS})
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
        person = Person(folder, cloud, chosen, {"the access token": token}, keys, environment)
        yield person.provision("inventories/gcp", "playbooks/gcp.yml")


@pytest.fixture(scope="session")
def aws(tmp_path_factory: pytest.TempPathFactory, _no_credentials_in_session: None) -> Iterator[Person]:
    folder = tmp_path_factory.mktemp("aws")
    cloud = Aws(folder)
    with contextlib.closing(cloud):
        cloud.sandbox.cloud.clock = time.time
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
        person = Person(folder, cloud, chosen, secrets, {".ssh/mlops-zoom-aws.pem": 0o400}, environment)
        yield person.provision("inventories/aws", "playbooks/aws.yml")

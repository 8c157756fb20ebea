# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One person on each sandboxed cloud, with a workstation that the playbooks have provisioned."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.readers.people import on_aws, on_gcp
from tests.readers.person import Person


@pytest.fixture(scope="session")
def gcp(tmp_path_factory: pytest.TempPathFactory, _no_credentials_in_session: None) -> Iterator[Person]:
    with on_gcp(tmp_path_factory.mktemp("gcp")) as person:
        yield person.provision()


@pytest.fixture(scope="session")
def aws(tmp_path_factory: pytest.TempPathFactory, _no_credentials_in_session: None) -> Iterator[Person]:
    with on_aws(tmp_path_factory.mktemp("aws")) as person:
        yield person.provision()

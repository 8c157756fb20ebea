# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""EC2 key pairs and their files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from plugins.module_utils.aws.resources.key_pair import Ec2KeyPair
from plugins.module_utils.resource import CloudError
from plugins.module_utils.ssh import key_pair
from tests.unit.plugins.module_utils.aws.resources.conftest import Cloud

Options = dict[str, Any]


@pytest.fixture
def options(tmp_path: Path) -> Options:
    return {
        "name": "mlops-zoom-aws",
        "path": str(tmp_path / "ssh" / "mlops-zoom-aws.pem"),
        "type": "ed25519",
        "source": "local",
        "on_mismatch": "fail",
        "tags": None,
        "state": "present",
    }


def mode(path: str) -> str:
    return oct(Path(path).stat().st_mode)[-3:]


def in_aws(cloud: Cloud) -> list[dict[str, Any]]:
    return cloud.session().find("describe_key_pairs", "KeyPairs", "", {}, IncludePublicKey=True)


def test_make_keep_remove(cloud: Cloud, options: Options) -> None:
    made = cloud.predicted(Ec2KeyPair, options)
    assert made["actions"] == ["generate", "import"]
    assert made["resource"]["tags"] == {"workstation": "mlops-zoom-aws"}
    assert mode(options["path"]) == "400"
    assert key_pair.same(made["resource"]["public_key"], Path(options["path"] + ".pub").read_text())
    kept = cloud.run(Ec2KeyPair, options)
    assert (kept["changed"], kept["api_calls"]) == (False, 1)
    assert cloud.predicted(Ec2KeyPair, {**options, "state": "absent"})["actions"] == ["delete"]
    assert Path(options["path"]).exists()
    assert cloud.predicted(Ec2KeyPair, options)["actions"] == ["import"]


def test_one_that_is_there_is_only_read_in_check_mode_too(cloud: Cloud, options: Options) -> None:
    cloud.run(Ec2KeyPair, options)
    before = cloud.mutations()
    for check_mode in (True, False):
        assert cloud.run(Ec2KeyPair, options, check_mode=check_mode)["changed"] is False
    assert cloud.mutations() == before


def test_an_rsa_key_is_of_a_length_that_aws_takes_and_in_pem(cloud: Cloud, options: Options) -> None:
    cloud.run(Ec2KeyPair, {**options, "type": "rsa"})
    assert Path(options["path"]).read_text().startswith("-----BEGIN RSA PRIVATE KEY-----\n")
    assert cloud.run(Ec2KeyPair, {**options, "type": "rsa"})["changed"] is False


def test_a_file_that_is_there_is_imported_as_it_is(cloud: Cloud, options: Options) -> None:
    key_pair.generate(options["path"], kind="ed25519", comment="mine", pem=False)
    before = Path(options["path"]).read_bytes()
    assert cloud.predicted(Ec2KeyPair, options)["actions"] == ["import"]
    assert Path(options["path"]).read_bytes() == before


def test_tags_are_laid_over_what_is_there(cloud: Cloud, options: Options) -> None:
    cloud.run(Ec2KeyPair, {**options, "tags": {"team": "taxi"}})
    changed = cloud.predicted(Ec2KeyPair, {**options, "tags": {"cost": "low"}})
    assert changed["actions"] == ["set_tags"]
    assert changed["resource"]["tags"] == {"team": "taxi", "cost": "low", "workstation": "mlops-zoom-aws"}


@pytest.mark.parametrize("source", ["local", "aws"])
def test_a_lost_private_key_is_noticed_and_replaced_on_request(cloud: Cloud, options: Options, source: str) -> None:
    options = {**options, "source": source}
    first = cloud.run(Ec2KeyPair, options)["resource"]
    for half in ("", ".pub"):
        Path(options["path"] + half).unlink()
    with pytest.raises(CloudError, match=r"its private key is not here.*on_mismatch=replace"):
        cloud.run(Ec2KeyPair, options)
    replaced = cloud.predicted(Ec2KeyPair, {**options, "on_mismatch": "replace"})
    assert (replaced["actions"][0], replaced["actions"][-1]) == ("delete", "import" if source == "local" else "create")
    assert replaced["resource"]["public_key"] != first["public_key"]
    assert cloud.run(Ec2KeyPair, options)["changed"] is False


def test_another_private_key_is_noticed_and_imported_on_request(cloud: Cloud, options: Options) -> None:
    cloud.run(Ec2KeyPair, options)
    for half in ("", ".pub"):
        Path(options["path"] + half).unlink()
    key_pair.generate(options["path"], kind="ed25519", comment="another", pem=False)
    before = Path(options["path"]).read_bytes()
    with pytest.raises(CloudError, match=r"is another one, SHA256:.* here and SHA256:.* in AWS"):
        cloud.run(Ec2KeyPair, options)
    assert cloud.predicted(Ec2KeyPair, {**options, "on_mismatch": "replace"})["actions"] == ["delete", "import"]
    assert Path(options["path"]).read_bytes() == before


def test_what_is_not_ours_is_left_alone(cloud: Cloud, options: Options) -> None:
    cloud.run(Ec2KeyPair, {**options, "workstation": "other"})
    before = cloud.mutations()
    with pytest.raises(
        CloudError, match=r"create-tags --resources key-\w+ --tags Key=workstation,Value=mlops-zoom-aws"
    ):
        cloud.run(Ec2KeyPair, {**options, "on_mismatch": "replace"})
    assert "left alone" in cloud.run(Ec2KeyPair, {**options, "state": "absent"})["warnings"][0]
    assert cloud.mutations() == before


def test_a_key_of_which_the_reply_is_lost_is_imported_once(cloud: Cloud, options: Options) -> None:
    cloud.fault("ImportKeyPair", "drop_after")
    assert cloud.run(Ec2KeyPair, options)["actions"] == ["generate", "import"]
    assert len(in_aws(cloud)) == 1


def test_aws_makes_the_key_pair_on_request(cloud: Cloud, options: Options) -> None:
    made = cloud.predicted(Ec2KeyPair, {**options, "source": "aws"})
    assert (made["actions"], mode(options["path"])) == (["create"], "400")
    kept = cloud.run(Ec2KeyPair, {**options, "source": "aws"})
    assert (kept["changed"], kept["api_calls"]) == (False, 1)


def test_a_key_that_aws_made_and_nobody_saw_is_made_anew(cloud: Cloud, options: Options) -> None:
    cloud.fault("CreateKeyPair", "drop_after")
    assert cloud.run(Ec2KeyPair, {**options, "source": "aws"})["actions"][-1] == "create"
    assert len(in_aws(cloud)) == 1
    assert cloud.run(Ec2KeyPair, {**options, "source": "aws"})["changed"] is False


def test_a_key_that_cannot_be_kept_is_taken_back(
    cloud: Cloud, options: Options, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.link", full)
    with pytest.raises(CloudError, match="No space left"):
        cloud.run(Ec2KeyPair, {**options, "source": "aws"})
    assert cloud.mutations() == ["CreateKeyPair", "DeleteKeyPair"]
    assert list(Path(options["path"]).parent.iterdir()) == []


@pytest.mark.parametrize("source", ["local", "aws"])
def test_aws_is_not_asked_where_the_file_cannot_be_written(cloud: Cloud, options: Options, source: str) -> None:
    Path(options["path"]).parent.write_text("a file where a folder should be")
    with pytest.raises(CloudError, match=r"Cannot (read|write)"):
        cloud.run(Ec2KeyPair, {**options, "source": source})
    assert cloud.mutations() == []


def test_aws_makes_no_key_over_a_file(cloud: Cloud, options: Options) -> None:
    key_pair.generate(options["path"], kind="ed25519", comment="mine", pem=False)
    with pytest.raises(CloudError, match=r"never overwritten.*source=local"):
        cloud.run(Ec2KeyPair, {**options, "source": "aws"})
    assert cloud.mutations() == []

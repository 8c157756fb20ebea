# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The command line, where it needs no server, and what it offers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sandbox import cli, offer
from sandbox.config import Config


def test_the_log_has_both_clouds_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SANDBOX_HOME", str(tmp_path))
    for name, times in (("requests.jsonl", (1, 4)), ("aws-requests.jsonl", (2, 3))):
        (tmp_path / name).write_text("".join(json.dumps({"time": time, "from": name}) + "\n" for time in times))
    assert cli.main(["log"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["time"] for line in lines] == [1, 2, 3, 4]


def test_the_offer_of_aws(tmp_path: Path) -> None:
    config = Config.from_environment({"SANDBOX_HOME": str(tmp_path), "SANDBOX_PORT": "9000"})
    for _ in range(2):
        offer.write(config, "key.json", "debian-12", "debian-cloud", None)
    path = tmp_path / offer.FILE
    aws, key = json.loads(path.read_text())["aws"], json.loads((tmp_path / "aws-access-key.json").read_text())
    assert path.stat().st_mode & 0o777 == 0o600
    assert aws == {
        "endpoint_url": "http://127.0.0.1:9001",
        "region": "ca-central-1",
        "access_key": key["id"],
        "secret_key": key["secret"],
        "image_parameter": "/aws/service/debian/release/12/latest/amd64",
        "user": "ubuntu",
    }


@pytest.mark.parametrize(
    ("family", "parameter"),
    [
        ("ubuntu-2204-lts", "/aws/service/canonical/ubuntu/server/22.04/stable/current/amd64/hvm/ebs-gp2/ami-id"),
        ("debian-12", "/aws/service/debian/release/12/latest/amd64"),
    ],
)
def test_the_offered_image_is_the_one_that_boots(tmp_path: Path, family: str, parameter: str) -> None:
    config = Config.from_environment({"SANDBOX_HOME": str(tmp_path)})
    offer.write(config, "key.json", family, "a-project", None)
    assert json.loads((tmp_path / offer.FILE).read_text())["aws"]["image_parameter"] == parameter

# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the demo says about its stand-ins."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tools import standins

OFFER: standins.Offer = {
    "gcp": {"endpoints": {"compute": "http://127.0.0.1:8481/compute/v1"}, "image_family": "debian-12"},
    "aws": {"endpoint_url": "http://127.0.0.1:8482"},
    "mirror": {
        "anaconda": {"version": "2022.05-test"},
        "compose": {"version": "2.26.1"},
        "registry": "http://mirror:5000",
    },
}


@pytest.fixture
def offer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A sandbox's home with its offer."""
    monkeypatch.setenv("SANDBOX_HOME", str(tmp_path))
    path = tmp_path / "offer.json"
    path.write_text(json.dumps(OFFER))
    return path


def test_every_part_of_the_offer_is_named_as_what_it_is() -> None:
    found = {item.real: item.here for item in standins.stand_ins(OFFER)}

    assert "http://127.0.0.1:8481/compute/v1" in found["Google Cloud"]
    assert "http://127.0.0.1:8482" in found["AWS"]
    assert "debian-12" in found["the virtual machine"]
    assert "2022.05-test" in found["Anaconda"]
    assert "2.26.1" in found["Docker Compose's release"]
    assert "http://mirror:5000" in found["the public image registry"]


def test_the_vendors_anaconda_is_no_stand_in() -> None:
    assert "Anaconda" not in {item.real for item in standins.stand_ins(OFFER, upstream_anaconda=True)}


@pytest.mark.usefixtures("offer")
@pytest.mark.parametrize(
    ("cloud", "said", "not_said"),
    [("gcp", "playbooks/gcp.yml", "playbooks/aws.yml"), ("aws", "make demo CLOUD=aws", "playbooks/gcp.yml")],
)
def test_the_demo_of_a_cloud_prints_how_to_use_the_real_thing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], cloud: str, said: str, not_said: str
) -> None:
    monkeypatch.setattr("sys.argv", ["standins", cloud, "sandbox"])

    assert standins.main() == 0
    printed = capsys.readouterr().out
    assert "make demo ANACONDA=upstream" in printed
    assert said in printed
    assert not_said not in printed


def test_without_a_sandbox_the_error_says_what_to_do(
    offer: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["standins", "gcp", "sandbox"])
    offer.unlink()

    assert standins.main() == 1
    assert "make demo" in capsys.readouterr().err

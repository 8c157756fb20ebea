# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a plan says a workstation costs."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar, trust_as_template

pytestmark = pytest.mark.usefixtures("collection")

REPOSITORY = Path(__file__).resolve().parents[3]
TABLE = REPOSITORY / "playbooks" / "vars" / "prices.yml"
PRICES: dict[str, Any] = yaml.safe_load(TABLE.read_text(encoding="utf-8"))["prices"]

PLACES = [(cloud, region) for cloud, table in PRICES.items() for region in table["regions"]]
SEEDS: dict[str, dict[str, Any]] = {
    "gcp": {"region": "northamerica-northeast2", "machine_type": "n2-standard-2", "disk_type": "pd-balanced"},
    "aws": {"region": "ca-central-1", "machine_type": "t2.xlarge", "disk_type": "gp3"},
}


def said(cloud: str, **shape: Any) -> str:
    """What the plan says of the seeds' workstation on a cloud, but for what shape says."""
    loader = DataLoader()
    variables = loader.load_from_file(str(TABLE), trusted_as_template=True)
    whole = {"cloud": cloud, "disk_size": 30, "static_address": True, "spot": False, **SEEDS[cloud], **shape}
    templar = Templar(loader, variables={**variables, "workstation_shape": whole})
    lines: list[str] = templar.template(trust_as_template("{{ price_lines }}"))
    return "\n".join(lines)


@pytest.mark.parametrize("cloud", PRICES)
def test_a_table_says_when_and_where_its_figures_are_from(cloud: str) -> None:
    assert datetime.date.fromisoformat(PRICES[cloud]["as_of"]) <= datetime.date.today()
    assert PRICES[cloud]["source"].startswith("https://")
    assert PRICES[cloud]["currency"] == "USD"


@pytest.mark.parametrize(("cloud", "region"), PLACES)
def test_a_region_has_every_figure_in_its_range(cloud: str, region: str) -> None:
    here = PRICES[cloud]["regions"][region]
    assert all(0.05 < hour < 0.5 for hour in here["machines"].values())
    assert all(0.03 < month < 0.2 for month in here["disks"].values())
    assert 0.004 < here["address"] <= here["idle_address"] < 0.02


def test_the_sum_is_that_of_machine_disk_and_address() -> None:
    # 0.106916 + 30 * 0.11 / 730 + 0.005 an hour; stopped, the address is dearer.
    assert "about 0.12 USD an hour while it runs (85 a month" in said("gcp")
    assert "0.016 while it is stopped" in said("gcp")
    assert "0.005 while it is stopped" in said("gcp", static_address=False)
    assert "about 0.21 USD an hour while it runs (156 a month" in said("aws")
    assert "list price as of 2026-11-24" in said("aws")


@pytest.mark.parametrize(
    ("shape", "reason"),
    [
        ({"machine_type": "m3-ultramem-128"}, "m3-ultramem-128 with pd-balanced in northamerica-northeast2"),
        ({"region": "me-west1"}, "n2-standard-2 with pd-balanced in me-west1"),
        ({"disk_type": "hyperdisk-extreme"}, "n2-standard-2 with hyperdisk-extreme in northamerica-northeast2"),
        ({"spot": True}, "spot prices change all the time"),
    ],
)
def test_what_is_not_in_the_table_is_said_to_be_so(shape: dict[str, Any], reason: str) -> None:
    text = said("gcp", **shape)
    assert "not in the table" in text
    assert reason in text
    assert "USD" not in text

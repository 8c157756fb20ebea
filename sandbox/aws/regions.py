# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The regions of AWS, and those that an account has without asking for them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from moto.ec2.models.availability_zones_and_regions import RegionsAndZonesBackend
from moto.utilities.utils import get_partition


@cache
def regions() -> Mapping[str, Any]:
    """Every region of the common partition by name."""
    return {found.name: found for found in RegionsAndZonesBackend.regions if get_partition(found.name) == "aws"}


def enabled(region: str) -> bool:
    """Whether the account may use a region: the newer ones want to be opted in to."""
    found = regions().get(region)
    return found is not None and found.opt_in_status != "not-opted-in"

# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Compute Engine v1."""

from __future__ import annotations

# Importing a module registers its handlers.
from sandbox.gcp.compute import (
    access,
    addresses,
    disks,
    firewalls,
    guests,
    images,
    instances,
    labels,
    networks,
    operations,
    places,
    power,
    projects,
    suspension,
    updates,
)
from sandbox.gcp.compute.common import check_access

DOCUMENT = "compute.v1"

__all__ = [
    "DOCUMENT",
    "access",
    "addresses",
    "check_access",
    "disks",
    "firewalls",
    "guests",
    "images",
    "instances",
    "labels",
    "networks",
    "operations",
    "places",
    "power",
    "projects",
    "suspension",
    "updates",
]

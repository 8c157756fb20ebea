# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Bringing the records in line with the hosts when a daemon starts over what an earlier one left."""

from __future__ import annotations

from sandbox.gcp.cloud import Cloud
from sandbox.gcp.compute import instances, power


def reconcile(cloud: Cloud) -> None:
    """Instances are as their hosts are; what was never finished is gone."""
    for path, instance in cloud.store.items("instances"):
        host = cloud.store.hosts.get(path)
        if "lastStartTimestamp" not in instance:
            instances.forget(cloud, path, instance, keep_disks=False)
        elif host and cloud.hosts.running(host):
            with cloud.store.change():
                instance["status"] = "RUNNING"
        elif instance["status"] not in ("TERMINATED", "SUSPENDED"):
            power.stopped(cloud, instance)
    with cloud.store.change():
        for path, address in cloud.store.items("addresses"):
            if address["status"] == "RESERVING":
                del cloud.store.resources[path]

#!/usr/bin/python
# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: gcp_instance
short_description: Manage a virtual machine on Google Cloud
version_added: 0.1.0
description:
  - Makes, changes, starts, stops and removes a Compute Engine instance with one boot disk and one network interface.
  - What an option does not say is neither compared nor sent, so that what others set stays as it is.
  - Before an instance is made, its zone, machine type and image are looked up, in check mode too.
  - Without a change it takes 1 API call, and 2 where O(address) is a name.
author:
  - mlops.workstation contributors (@mlops)
options:
  name:
    description: The instance's name.
    type: str
    required: true
  zone:
    description: The zone, for example V(northamerica-northeast2-a).
    type: str
    required: true
  machine_type:
    description:
      - The machine type, for example V(n2-standard-2). Needed to make an instance.
      - It can be changed only while the instance is stopped; see O(allow_stop).
    type: str
  image_family:
    description:
      - The image family whose newest image the boot disk is made from. Needed to make an instance.
      - It is used at creation alone.
    type: str
  image_project:
    description: The project that publishes the image family.
    type: str
    default: ubuntu-os-cloud
  boot_disk_size:
    description:
      - The size of the boot disk in GiB; the image's own size if unset. The disk is removed with the instance.
      - A larger size grows the disk. A smaller one is an error.
    type: int
  boot_disk_type:
    description: The type of the boot disk, for example V(pd-balanced). It is used at creation alone.
    type: str
  network:
    description: The VPC network's name, C(default) if unset. It cannot be changed afterwards.
    type: str
  address:
    description:
      - The static external address to attach, by the name it has in the zone's region, or as an IPv4 address.
      - If unset, an instance is made with an ephemeral address, and an existing one keeps what it has.
    type: str
  tags:
    description: The network tags, the whole list.
    type: list
    elements: str
  labels:
    description: Labels to set. Other labels stay as they are.
    type: dict
  metadata:
    description:
      - Metadata items to set. Other items stay as they are.
      - Everybody who may log in to the instance can read its metadata, so it is no place for secrets.
    type: dict
  allow_stop:
    description: Whether a running instance may be stopped, and started again, to change its machine type.
    type: bool
    default: false
  state:
    description:
      - V(present) leaves an existing instance on or off as it is, and makes a new one running.
      - V(started) and V(stopped) also see to that.
      - V(absent) removes the instance with its boot disk.
    type: str
    choices: [present, started, stopped, absent]
    default: present
extends_documentation_fragment:
  - mlops.workstation.gcp
  - mlops.workstation.gcp.module
  - mlops.workstation.attributes
  - mlops.workstation.gcp.owned
seealso:
  - module: mlops.workstation.gcp_address
  - module: mlops.workstation.gcp_firewall
  - module: mlops.workstation.gcp_ssh_key
  - plugin: mlops.workstation.gcp
    plugin_type: inventory
"""

EXAMPLES = r"""
- name: A workstation with a static address
  mlops.workstation.gcp_instance:
    project: my-project
    workstation: mlops-zoom
    name: mlops-zoom
    zone: northamerica-northeast2-a
    machine_type: n2-standard-2
    image_family: ubuntu-2204-lts
    boot_disk_size: 30
    address: ml-zoom-ip
    tags: [http-server, https-server]
    state: started

- name: Stop it for the night
  mlops.workstation.gcp_instance:
    project: my-project
    workstation: mlops-zoom
    name: mlops-zoom
    zone: northamerica-northeast2-a
    state: stopped
"""

RETURN = r"""
actions:
  description: The steps that were taken, or would be taken in check mode, in their order.
  returned: success
  type: list
  elements: str
  sample: [stop, set_machine_type, start]
api_calls:
  description: How many API requests were sent, retries included, tokens not.
  returned: always
  type: int
  sample: 1
resource:
  description:
    - The instance as it is now, or as it would be in check mode; empty if there is none.
    - What only Google Cloud can know is null in check mode. The image and the type of the boot disk are known in the
      check mode of a creation only.
  returned: success
  type: dict
  sample:
    name: mlops-zoom
    zone: northamerica-northeast2-a
    id: "4567890123456789012"
    status: RUNNING
    machine_type: n2-standard-2
    image: null
    boot_disk_size: 30
    boot_disk_type: null
    network: default
    labels: {workstation: mlops-zoom}
    tags: [http-server, https-server]
    metadata: {enable-guest-attributes: "TRUE"}
    address: ml-zoom-ip
    external_ip: 192.0.2.10
    internal_ip: 10.188.0.2
"""

from ..module_utils.gcp.module import run
from ..module_utils.gcp.resources.instance import Instance

SPEC = {
    "workstation": {"type": "str", "required": True},
    "name": {"type": "str", "required": True},
    "zone": {"type": "str", "required": True},
    "machine_type": {"type": "str"},
    "image_family": {"type": "str"},
    "image_project": {"type": "str", "default": "ubuntu-os-cloud"},
    "boot_disk_size": {"type": "int"},
    "boot_disk_type": {"type": "str"},
    "network": {"type": "str"},
    "address": {"type": "str"},
    "tags": {"type": "list", "elements": "str"},
    "labels": {"type": "dict"},
    "metadata": {"type": "dict"},
    "allow_stop": {"type": "bool", "default": False},
    "state": {"type": "str", "choices": ["present", "started", "stopped", "absent"], "default": "present"},
}


def main() -> None:
    run(Instance, SPEC)


if __name__ == "__main__":
    main()

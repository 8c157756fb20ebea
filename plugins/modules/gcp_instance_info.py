#!/usr/bin/python
# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: gcp_instance_info
short_description: List the virtual machines of a Google Cloud project
version_added: 0.1.0
description:
  - Lists Compute Engine instances of all zones or of one, in the terms of M(mlops.workstation.gcp_instance).
  - The options narrow the list, and all of them together. Google Cloud does the choosing.
  - Takes 1 API call for each 500 instances.
author:
  - mlops.workstation contributors (@mlops)
options:
  name:
    description: Only instances of this name. Each zone can have one.
    type: str
  workstation:
    description: Only what belongs to this workstation.
    type: str
  zone:
    description: Only instances of this zone.
    type: str
extends_documentation_fragment:
  - mlops.workstation.gcp
  - mlops.workstation.gcp.module
  - mlops.workstation.attributes.read_only
seealso:
  - module: mlops.workstation.gcp_instance
  - plugin: mlops.workstation.gcp
    plugin_type: inventory
"""

EXAMPLES = r"""
- name: Look for the workstation, in whichever zone it is
  mlops.workstation.gcp_instance_info:
    project: my-project
    workstation: mlops-zoom
  register: found

- name: Say what keeps SSH keys out
  ansible.builtin.debug:
    msg: "{{ item.name }} in {{ item.zone }}: {{ item.ssh }}"
  loop: "{{ found.instances | rejectattr('ssh', 'equalto', 'ok') }}"
"""

RETURN = r"""
api_calls:
  description: How many API requests were sent, retries included, tokens not.
  returned: always
  type: int
  sample: 1
instances:
  description:
    - The instances in the order of their zones and names, each as M(mlops.workstation.gcp_instance) returns it. The
      image and the type of the boot disk are not known.
  returned: success
  type: list
  elements: dict
  sample:
    - name: mlops-zoom
      zone: northamerica-northeast2-a
      id: "4567890123456789012"
      status: RUNNING
      machine_type: n2-standard-2
      image: null
      boot_disk_size: 30
      boot_disk_type: null
      network: default
      subnetwork: default
      labels: {workstation: mlops-zoom}
      tags: [http-server, https-server]
      metadata: {enable-guest-attributes: "TRUE"}
      address: 192.0.2.10
      external_ip: 192.0.2.10
      internal_ip: 10.188.0.2
      spot: false
      shielded: {secure_boot: false, vtpm: true, integrity_monitoring: true}
      deletion_protection: false
      service_account: null
      ssh: ok
"""

from ..module_utils.gcp.module import ask
from ..module_utils.gcp.resources.instances import read

SPEC = {
    "name": {"type": "str"},
    "workstation": {"type": "str"},
    "zone": {"type": "str"},
}


def main() -> None:
    ask(read, SPEC)


if __name__ == "__main__":
    main()

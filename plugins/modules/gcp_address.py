#!/usr/bin/python
# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: gcp_address
short_description: Manage a static external IPv4 address on Google Cloud
version_added: 0.1.0
description:
  - Reserves and releases a regional static external IPv4 address. An unattached address is billed too.
  - Nothing but the labels of an address can be changed. A difference elsewhere is an error, as making the address
    anew would lose its number.
  - Without a change it takes 1 API call, whether or not O(promote_from) is given.
author:
  - mlops.workstation contributors (@mlops)
options:
  name:
    description: The address's name.
    type: str
    required: true
  region:
    description: The region, which has to be the instance's.
    type: str
    required: true
  network_tier:
    description: Google's own network, or the public Internet for most of the way.
    type: str
    choices: [PREMIUM, STANDARD]
    default: PREMIUM
  promote_from:
    description:
      - The name of an instance of the same O(workstation), whose ephemeral address becomes this static one when it is
        made. It stays the instance's without an outage.
      - Where there is no such instance in O(region), or it has no address of O(network_tier), or a static one already,
        a new address is reserved.
      - It is used at creation alone.
    type: str
  description:
    description: What the address is for. The owner's mark is added to it.
    type: str
  labels:
    description: Labels to set. Other labels stay as they are.
    type: dict
  state:
    description: Whether the address is to be reserved.
    type: str
    choices: [present, absent]
    default: present
extends_documentation_fragment:
  - mlops.workstation.gcp
  - mlops.workstation.gcp.module
  - mlops.workstation.attributes
  - mlops.workstation.gcp.owned
seealso:
  - module: mlops.workstation.gcp_instance
"""

EXAMPLES = r"""
- name: Reserve an address
  mlops.workstation.gcp_address:
    project: my-project
    workstation: mlops-zoom
    name: ml-zoom-ip
    region: northamerica-northeast2
  register: address

- name: Keep the ephemeral address that a running instance has
  mlops.workstation.gcp_address:
    project: my-project
    workstation: mlops-zoom
    name: ml-zoom-ip
    region: northamerica-northeast2
    promote_from: mlops-zoom

- name: Release it
  mlops.workstation.gcp_address:
    project: my-project
    workstation: mlops-zoom
    name: ml-zoom-ip
    region: northamerica-northeast2
    state: absent
"""

RETURN = r"""
actions:
  description: The steps that were taken, or would be taken in check mode, in their order.
  returned: success
  type: list
  elements: str
  sample: [create, set_labels]
api_calls:
  description: How many API requests were sent, retries included, tokens not.
  returned: always
  type: int
  sample: 1
resource:
  description:
    - The address as it is now, or as it would be in check mode; empty if there is none.
    - What only Google Cloud can know is null in check mode, the number itself for one, unless it is promoted.
  returned: success
  type: dict
  sample:
    name: ml-zoom-ip
    region: northamerica-northeast2
    address: 192.0.2.10
    network_tier: PREMIUM
    description: ""
    labels: {workstation: mlops-zoom}
    status: IN_USE
    users: [mlops-zoom]
"""

from ..module_utils.gcp.module import run
from ..module_utils.gcp.resources.address import Address

SPEC = {
    "workstation": {"type": "str", "required": True},
    "name": {"type": "str", "required": True},
    "region": {"type": "str", "required": True},
    "network_tier": {"type": "str", "choices": ["PREMIUM", "STANDARD"], "default": "PREMIUM"},
    "promote_from": {"type": "str"},
    "description": {"type": "str"},
    "labels": {"type": "dict"},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
}


def main() -> None:
    run(Address, SPEC)


if __name__ == "__main__":
    main()

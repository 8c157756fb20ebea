#!/usr/bin/python
# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: ec2_elastic_ip
short_description: Manage the Elastic IP address of a workstation
version_added: 0.1.0
description:
  - Allocates an address that stays when the instance is stopped and started, puts it on the workstation's instance, and
    releases it. An address is billed whether an instance uses it or not.
  - The address is found by its tag C(workstation). It is allocated once, also where the reply is lost on the way, and
    it is an error if more than one carries the tag.
  - Without a change it takes 2 API calls, and 1 with O(associate=false).
author:
  - mlops.workstation contributors (@mlops)
options:
  name:
    description: What the address is called, that is its tag C(Name). O(workstation) if unset.
    type: str
  associate:
    description:
      - Whether the address is to be on the instance that M(mlops.workstation.ec2_instance) made for the workstation.
    type: bool
    default: true
  state:
    description: Whether there is to be an address. V(absent) takes it off its instance and releases it.
    type: str
    choices: [present, absent]
    default: present
extends_documentation_fragment:
  - mlops.workstation.aws
  - mlops.workstation.aws.module
  - mlops.workstation.attributes
  - mlops.workstation.aws.owned
seealso:
  - module: mlops.workstation.ec2_instance
"""

EXAMPLES = r"""
- name: An address that stays
  mlops.workstation.ec2_elastic_ip:
    region: ca-central-1
    workstation: mlops-zoom-aws
  register: elastic

- name: Release it
  mlops.workstation.ec2_elastic_ip:
    region: ca-central-1
    workstation: mlops-zoom-aws
    state: absent
"""

RETURN = r"""
actions:
  description: The steps that were taken, or would be taken in check mode, in their order.
  returned: success
  type: list
  elements: str
  sample: [allocate, associate]
api_calls:
  description: How many API requests were sent, retries included, those for credentials not.
  returned: always
  type: int
  sample: 2
resource:
  description:
    - The address as it is now, or as it would be in check mode; empty if there is none.
    - What only AWS can know, the address itself for one, is null in check mode.
  returned: success
  type: dict
  sample:
    id: eipalloc-0123456789abcdef0
    address: 192.0.2.10
    instance: i-0123456789abcdef0
    tags: {Name: mlops-zoom-aws, workstation: mlops-zoom-aws}
"""

from ..module_utils.aws.module import run
from ..module_utils.aws.resources.elastic_ip import ElasticIp

SPEC = {
    "workstation": {"type": "str", "required": True},
    "name": {"type": "str"},
    "associate": {"type": "bool", "default": True},
    "tags": {"type": "dict"},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
}


def main() -> None:
    run(ElasticIp, SPEC)


if __name__ == "__main__":
    main()

#!/usr/bin/python
# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: ec2_instance_info
short_description: Read the EC2 instances of workstations
version_added: 0.1.0
description:
  - Reads the instances of a region that carry this collection's mark, with their root volumes, in the terms of
    M(mlops.workstation.ec2_instance). Terminated ones are left out.
  - Takes 2 API calls, and 1 where there is no instance.
author:
  - mlops.workstation contributors (@mlops)
options:
  workstation:
    description: The workstation whose instance to read. Those of all workstations if unset.
    type: str
extends_documentation_fragment:
  - mlops.workstation.aws
  - mlops.workstation.aws.module
  - mlops.workstation.attributes.read_only
seealso:
  - module: mlops.workstation.ec2_instance
  - plugin: mlops.workstation.ec2
    plugin_type: inventory
"""

EXAMPLES = r"""
- name: Look at every workstation in a region
  mlops.workstation.ec2_instance_info:
    region: ca-central-1
  register: found

- name: Say what each costs most by
  ansible.builtin.debug:
    msg: "{{ item.name }} is {{ item.state }}, {{ item.instance_type }} with {{ item.root_volume_size }} GiB"
  loop: "{{ found.instances }}"
"""

RETURN = r"""
api_calls:
  description: How many API requests were sent, retries included, those for credentials not.
  returned: always
  type: int
  sample: 2
instances:
  description:
    - The instances in the order of their ids, each as M(mlops.workstation.ec2_instance) returns its
      RV(ignore:resource).
  returned: success
  type: list
  elements: dict
  sample:
    - name: mlops-zoom-aws
      id: i-0123456789abcdef0
      state: running
      zone: ca-central-1a
      instance_type: t2.xlarge
      image: ami-0123456789abcdef0
      root_volume_size: 30
      root_volume_type: gp3
      root_volume_encrypted: true
      vpc: vpc-0123456789abcdef0
      subnet: subnet-0123456789abcdef0
      security_groups: [mlops-zoom-aws]
      key_name: mlops-zoom-aws
      instance_profile: null
      spot: false
      metadata_options: {http_tokens: required, http_put_response_hop_limit: 2}
      termination_protection: null
      tags: {Name: mlops-zoom-aws, workstation: mlops-zoom-aws}
      public_ip: 192.0.2.10
      private_ip: 172.31.0.10
      public_dns_name: ec2-192-0-2-10.ca-central-1.compute.amazonaws.com
"""

from ..module_utils.aws.module import ask
from ..module_utils.aws.resources.instances import read

SPEC = {
    "workstation": {"type": "str"},
}


def main() -> None:
    ask(read, SPEC)


if __name__ == "__main__":
    main()

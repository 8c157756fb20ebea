#!/usr/bin/python
# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: ec2_security_group
short_description: Manage who may reach an EC2 instance
version_added: 0.1.0
description:
  - Makes a security group with exactly the ingress rules that are asked for, and removes it. Other ingress rules are
    taken out; what the group lets out stays as it is.
  - A new rule is added before an old one goes, so that a change does not lock anybody out.
  - Without a change it takes 1 API call. O(ssh_from=my_ip) asks the page at O(my_ip_url) besides.
author:
  - mlops.workstation contributors (@mlops)
options:
  name:
    description: The group's name.
    type: str
    required: true
  vpc:
    description:
      - The id of the VPC that the group belongs to.
      - If unset, a new group is made in the region's default VPC, and an existing one is taken by its name, the default
        VPC's first.
    type: str
  description:
    description: What the group is for. It is used at creation alone, as AWS does not let it be changed.
    type: str
  ssh_from:
    description:
      - Who may connect to port 22. V(world) is everybody, which is said in a warning. V(my_ip) is this machine's own
        address as the Internet sees it; run again when it has changed. Anything else is a network, such as
        V(192.0.2.0/24).
    type: list
    elements: str
    default: [world]
  my_ip_url:
    description: The page that answers with the address that it is asked from.
    type: str
    default: https://checkip.amazonaws.com
  http:
    description: Whether everybody may connect to port 80.
    type: bool
    default: false
  https:
    description: Whether everybody may connect to port 443.
    type: bool
    default: false
  state:
    description: Whether the group is to be there.
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
- name: SSH from where I am now, and nothing else
  mlops.workstation.ec2_security_group:
    region: ca-central-1
    workstation: mlops-zoom-aws
    name: mlops-zoom-aws
    ssh_from: [my_ip]

- name: SSH from two networks, and web pages for everybody
  mlops.workstation.ec2_security_group:
    region: ca-central-1
    workstation: mlops-zoom-aws
    name: mlops-zoom-aws
    ssh_from: [192.0.2.0/24, 198.51.100.7/32]
    http: true
    https: true
"""

RETURN = r"""
actions:
  description: The steps that were taken, or would be taken in check mode, in their order.
  returned: success
  type: list
  elements: str
  sample: [create, set_rules]
api_calls:
  description: How many API requests were sent, retries included, those for credentials not.
  returned: always
  type: int
  sample: 1
resource:
  description:
    - The group as it is now, or as it would be in check mode; empty if there is none.
    - The id of a group that is yet to be made is null in check mode.
    - The ports of a rule for all of them are null.
  returned: success
  type: dict
  sample:
    name: mlops-zoom-aws
    id: sg-0123456789abcdef0
    vpc: vpc-0123456789abcdef0
    description: Workstation mlops-zoom-aws
    rules:
      - {protocol: tcp, from_port: 22, to_port: 22, source: 192.0.2.1/32}
    tags: {workstation: mlops-zoom-aws}
"""

from ..module_utils.aws.module import run
from ..module_utils.aws.resources.security_group import SecurityGroup

SPEC = {
    "workstation": {"type": "str", "required": True},
    "name": {"type": "str", "required": True},
    "vpc": {"type": "str"},
    "description": {"type": "str"},
    "ssh_from": {"type": "list", "elements": "str", "default": ["world"]},
    "my_ip_url": {"type": "str", "default": "https://checkip.amazonaws.com"},
    "http": {"type": "bool", "default": False},
    "https": {"type": "bool", "default": False},
    "tags": {"type": "dict"},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
}


def main() -> None:
    run(SecurityGroup, SPEC)


if __name__ == "__main__":
    main()

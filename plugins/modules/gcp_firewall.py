#!/usr/bin/python
# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: gcp_firewall
short_description: Manage an ingress rule of a Google Cloud firewall
version_added: 0.1.0
description:
  - Makes, changes and removes a firewall rule that lets traffic into a VPC network.
  - Lists are exact, so narrowing one is a change.
  - The owner's mark stands at the end of the rule's description, as firewall rules have no labels.
  - Without a change it takes 1 API call.
author:
  - mlops.workstation contributors (@mlops)
options:
  name:
    description: The rule's name.
    type: str
    required: true
  network:
    description: The network's name. It cannot be changed afterwards.
    type: str
    default: default
  description:
    description: What the rule is for. The owner's mark is added to it.
    type: str
  allowed:
    description:
      - What may come in.
      - Needed to make a rule.
    type: list
    elements: dict
    suboptions:
      protocol:
        description: The IP protocol, by name or number, for example V(tcp), V(udp), V(icmp) or V(all).
        type: str
        required: true
      ports:
        description: Ports and ranges of ports, for example V(80) or V(8000-8010). All ports if there are none.
        type: list
        elements: str
        default: []
  source_ranges:
    description: The IPv4 ranges that traffic may come from, in CIDR notation.
    type: list
    elements: str
  target_tags:
    description: The network tags of the instances that the rule is for.
    type: list
    elements: str
  priority:
    description: The rule's rank, from 0 (first) to 65535.
    type: int
  disabled:
    description: Whether the rule is kept without effect.
    type: bool
  state:
    description: Whether the rule is to be there.
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
- name: Let HTTP in to the instances tagged http-server
  mlops.workstation.gcp_firewall:
    project: my-project
    workstation: mlops-zoom
    name: mlops-zoom-allow-http
    allowed:
      - protocol: tcp
        ports: ["80"]
    source_ranges: [0.0.0.0/0]
    target_tags: [http-server]

- name: Close it again
  mlops.workstation.gcp_firewall:
    project: my-project
    workstation: mlops-zoom
    name: mlops-zoom-allow-http
    state: absent
"""

RETURN = r"""
actions:
  description: The steps that were taken, or would be taken in check mode, in their order.
  returned: success
  type: list
  elements: str
  sample: [create]
api_calls:
  description: How many API requests were sent, retries included, tokens not.
  returned: always
  type: int
  sample: 1
resource:
  description: The rule as it is now, or as it would be in check mode; empty if there is none.
  returned: success
  type: dict
  sample:
    name: mlops-zoom-allow-http
    network: default
    description: ""
    allowed: [{protocol: tcp, ports: ["80"]}]
    source_ranges: [0.0.0.0/0]
    target_tags: [http-server]
    priority: 1000
    disabled: false
"""

from ..module_utils.gcp.module import run
from ..module_utils.gcp.resources.firewall import Firewall

ALLOWED = {"protocol": {"type": "str", "required": True}, "ports": {"type": "list", "elements": "str", "default": []}}

SPEC = {
    "workstation": {"type": "str", "required": True},
    "name": {"type": "str", "required": True},
    "network": {"type": "str", "default": "default"},
    "description": {"type": "str"},
    "allowed": {"type": "list", "elements": "dict", "options": ALLOWED},
    "source_ranges": {"type": "list", "elements": "str"},
    "target_tags": {"type": "list", "elements": "str"},
    "priority": {"type": "int"},
    "disabled": {"type": "bool"},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
}


def main() -> None:
    run(Firewall, SPEC)


if __name__ == "__main__":
    main()

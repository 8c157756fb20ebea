#!/usr/bin/python
# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: gcp_firewall
short_description: Manage an ingress rule of a Google Cloud firewall
version_added: 0.1.0
description:
  - Makes, changes and removes a firewall rule that lets traffic into a VPC network, or keeps it out.
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
      - This or O(denied) is needed to make a rule. Which of the two it is cannot be changed afterwards.
    type: list
    elements: dict
    suboptions: &rules
      protocol:
        description: The IP protocol, by name or number, for example V(tcp), V(udp), V(icmp) or V(all).
        type: str
        required: true
      ports:
        description: Ports and ranges of ports, for example V(80) or V(8000-8010). All ports if there are none.
        type: list
        elements: str
        default: []
  denied:
    description:
      - What is kept out, unless a rule of a smaller O(priority) lets it in.
      - It narrows what rules of other owners open, such as a new project's C(default-allow-ssh) of priority 65534,
        without touching them.
    type: list
    elements: dict
    suboptions: *rules
  source_ranges:
    description:
      - The ranges that traffic comes from, in CIDR notation. A bare address is a range of one.
      - Needed to make a rule, and never empty, as Google Cloud takes a rule without sources as one for the whole
        world.
    type: list
    elements: str
  target_tags:
    description: The network tags of the instances that the rule is for. All of the network if there are none.
    type: list
    elements: str
  priority:
    description: The rule's rank, from 0 (first) to 65535. A new rule has 1000 if unset.
    type: int
  disabled:
    description: Whether the rule is kept without effect.
    type: bool
  logging:
    description: Whether the connections that the rule decides on are logged, which is billed. A new rule does not log.
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

- name: Let SSH in from one range only
  mlops.workstation.gcp_firewall:
    project: my-project
    workstation: mlops-zoom
    name: mlops-zoom-allow-ssh
    allowed:
      - protocol: tcp
        ports: ["22"]
    source_ranges: [203.0.113.0/24]
    target_tags: [mlops-zoom]

- name: Keep it out from everywhere else, whatever the project's own rules open
  mlops.workstation.gcp_firewall:
    project: my-project
    workstation: mlops-zoom
    name: mlops-zoom-deny-ssh
    denied:
      - protocol: tcp
        ports: ["22"]
    source_ranges: [0.0.0.0/0]
    target_tags: [mlops-zoom]
    priority: 2000

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
    action: allow
    allowed: [{protocol: tcp, ports: ["80"]}]
    denied: []
    source_ranges: [0.0.0.0/0]
    target_tags: [http-server]
    priority: 1000
    disabled: false
    logging: false
"""

from ..module_utils.gcp.module import run
from ..module_utils.gcp.resources.firewall import Firewall

RULES = {"protocol": {"type": "str", "required": True}, "ports": {"type": "list", "elements": "str", "default": []}}

SPEC = {
    "workstation": {"type": "str", "required": True},
    "name": {"type": "str", "required": True},
    "network": {"type": "str", "default": "default"},
    "description": {"type": "str"},
    "allowed": {"type": "list", "elements": "dict", "options": RULES},
    "denied": {"type": "list", "elements": "dict", "options": RULES},
    "source_ranges": {"type": "list", "elements": "str"},
    "target_tags": {"type": "list", "elements": "str"},
    "priority": {"type": "int"},
    "disabled": {"type": "bool"},
    "logging": {"type": "bool"},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
}


def main() -> None:
    run(Firewall, SPEC, mutually_exclusive=[["allowed", "denied"]])


if __name__ == "__main__":
    main()

#!/usr/bin/python
# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: gcp_services
short_description: Enable the APIs of a Google Cloud project
version_added: 0.1.0
description:
  - Enables APIs in a project, twenty in a call, and returns once they can be used. No API is ever disabled.
  - Some of them, C(compute.googleapis.com) among them, can only be enabled where a billing account is linked to the
    project.
  - Without a change it takes 1 API call for each 30 names.
author:
  - mlops.workstation contributors (@mlops)
options:
  names:
    description: The APIs' names in full, for example V(compute.googleapis.com).
    type: list
    elements: str
    required: true
  wait_usable:
    description:
      - An API that was enabled is still refused for a minute or two. This is whether to wait until those that were
        enabled now can be used. It is found out with a reading of C(cloudbilling.googleapis.com),
        C(cloudresourcemanager.googleapis.com), C(compute.googleapis.com) and C(iam.googleapis.com) each; any other API
        counts as usable once it is enabled.
      - Without it, the other modules for Google Cloud wait when it comes to that.
    type: bool
    default: true
extends_documentation_fragment:
  - mlops.workstation.gcp
  - mlops.workstation.gcp.module
  - mlops.workstation.attributes
seealso:
  - module: mlops.workstation.gcp_project
"""

EXAMPLES = r"""
- name: Enable what a workstation needs
  mlops.workstation.gcp_services:
    project: my-project
    names:
      - compute.googleapis.com
      - iam.googleapis.com
      - iamcredentials.googleapis.com
"""

RETURN = r"""
actions:
  description: The steps that were taken, or would be taken in check mode, in their order.
  returned: success
  type: list
  elements: str
  sample: [enable]
api_calls:
  description: How many API requests were sent, retries included, tokens not.
  returned: always
  type: int
  sample: 1
resource:
  description: Which of O(names) are enabled now, or would be in check mode.
  returned: success
  type: dict
  sample:
    project: my-project
    enabled: [compute.googleapis.com, iam.googleapis.com, iamcredentials.googleapis.com]
"""

from ..module_utils.gcp.module import run
from ..module_utils.gcp.resources.services import Services

SPEC = {
    "names": {"type": "list", "elements": "str", "required": True},
    "wait_usable": {"type": "bool", "default": True},
}


def main() -> None:
    run(Services, SPEC)


if __name__ == "__main__":
    main()

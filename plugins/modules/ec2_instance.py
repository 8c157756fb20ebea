#!/usr/bin/python
# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: ec2_instance
short_description: Manage the EC2 instance of a workstation
version_added: 0.1.0
description:
  - Makes, changes, starts, stops and removes an EC2 instance with one network interface and a root volume.
  - The instance is found by its tag C(workstation), never by its image, place or name, so that a new image or another
    zone does not make a second one. It is an error if more than one instance carries the tag.
  - An instance is made once, also where a run is killed or a reply is lost on the way. The request carries a client
    token that the next run makes again, and AWS carries out one request for it.
  - What an option does not say is neither compared nor sent, so that what others set stays as it is.
  - The metadata service is made to ask for session tokens (IMDSv2), and lets containers on the instance reach it (a hop
    limit of 2), on an instance that is there already too.
  - Before an instance is made, its image, its place and its type are looked up, in check mode too.
  - Without a change it takes 2 API calls, one more with O(termination_protection), and one more with O(image_drift).
author:
  - mlops.workstation contributors (@mlops)
options:
  name:
    description: What the instance is called, that is its tag C(Name). O(workstation) if unset.
    type: str
  instance_types:
    description:
      - The instance type, for example V(t2.xlarge), or several. Needed to make an instance. If no zone has room for
        one of the first type, the next one is tried.
      - An instance of any of them is left as it is. One of another type gets the first, which is possible only while
        it is stopped; see O(allow_stop).
    type: list
    elements: str
  zones:
    description:
      - The availability zones to try, in this order, for example V(ca-central-1a). All of them if unset.
      - It is used at creation alone, as are O(subnets), O(vpc) and O(public_ip).
    type: list
    elements: str
  subnets:
    description: The ids of the subnets to try, in this order, instead of O(zones).
    type: list
    elements: str
  vpc:
    description: The id of the VPC whose subnets are tried, the region's default VPC if unset.
    type: str
  public_ip:
    description:
      - Whether the instance gets a public address. The subnet decides if unset, and one of a default VPC gives it.
    type: bool
  image_parameter:
    description:
      - The public parameter of Systems Manager that names the image, as its publisher moves it on with each new one.
      - It is used at creation alone, as are O(image_name) and O(image_id).
      - Where none of the three is set, it is Canonical's for Ubuntu 22.04, that is
        C(/aws/service/canonical/ubuntu/server/22.04/stable/current/amd64/hvm/ebs-gp2/ami-id).
    type: str
  image_name:
    description: The image by its name, in which C(*) stands for anything. The newest of those that match is taken.
    type: str
  image_owner:
    description: The account that publishes O(image_name), by default Canonical's.
    type: str
    default: "099720109477"
  image_id:
    description: The image by its id, which is good in one region only.
    type: str
  image_drift:
    description:
      - What to do where the image that would be taken today is not the one that the instance was made from.
        V(ignore) does not look.
    type: str
    choices: [ignore, warn, fail]
    default: ignore
  root_volume_size:
    description:
      - The size of the root volume in GiB; the image's own size if unset. The volume is removed with the instance.
      - A larger size grows the volume while it is in use, and its file system at the next boot. A smaller one is an
        error.
    type: int
  root_volume_type:
    description: The type of the root volume. It is used at creation alone.
    type: str
    default: gp3
  root_volume_encrypted:
    description: Whether the root volume is encrypted, with the account's own key. It is used at creation alone.
    type: bool
    default: true
  security_groups:
    description: The security groups by name or id, the whole list. The VPC's default group if unset.
    type: list
    elements: str
  key_name:
    description: The name of the key pair that may log in. It cannot be changed afterwards.
    type: str
  instance_profile:
    description: The name of the instance profile, that is of the role that programs on the instance have.
    type: str
  spot:
    description:
      - Whether the instance is made of spare capacity, at a lower price, and stopped by AWS when that runs out. It
        cannot be changed afterwards.
    type: bool
  termination_protection:
    description: Whether the instance cannot be removed. V(false) with O(state=absent) lifts the protection first.
    type: bool
  allow_stop:
    description: Whether a running instance may be stopped, and started again, to change its type.
    type: bool
    default: false
  state:
    description:
      - V(present) leaves an existing instance on or off as it is, and makes a new one running.
      - V(started) and V(stopped) also see to that. An instance has another public address after each start, unless it
        has an Elastic IP.
      - V(absent) removes the instance with its root volume.
    type: str
    choices: [present, started, stopped, absent]
    default: present
extends_documentation_fragment:
  - mlops.workstation.aws
  - mlops.workstation.aws.module
  - mlops.workstation.attributes
  - mlops.workstation.aws.owned
seealso:
  - module: mlops.workstation.ec2_key_pair
  - module: mlops.workstation.ec2_security_group
  - module: mlops.workstation.ec2_elastic_ip
  - module: mlops.workstation.ec2_instance_info
  - plugin: mlops.workstation.ec2
    plugin_type: inventory
"""

EXAMPLES = r"""
- name: A workstation, of a smaller type where the first has run out
  mlops.workstation.ec2_instance:
    region: ca-central-1
    workstation: mlops-zoom-aws
    instance_types: [t2.xlarge, t2.large]
    root_volume_size: 30
    key_name: mlops-zoom-aws
    security_groups: [mlops-zoom-aws]
    state: started

- name: Stop it for the night
  mlops.workstation.ec2_instance:
    region: ca-central-1
    workstation: mlops-zoom-aws
    state: stopped
"""

RETURN = r"""
actions:
  description: The steps that were taken, or would be taken in check mode, in their order.
  returned: success
  type: list
  elements: str
  sample: [stop, set_instance_type, start]
api_calls:
  description: How many API requests were sent, retries included, those for credentials not.
  returned: always
  type: int
  sample: 2
resource:
  description:
    - The instance as it is now, or as it would be in check mode; empty if there is none.
    - What only AWS can know is null in check mode. RV(ignore:termination_protection) is known only where the option is
      set.
  returned: success
  type: dict
  sample:
    name: mlops-zoom-aws
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

from ..module_utils.aws.module import run
from ..module_utils.aws.resources.instance import Instance

SPEC = {
    "workstation": {"type": "str", "required": True},
    "name": {"type": "str"},
    "instance_types": {"type": "list", "elements": "str"},
    "zones": {"type": "list", "elements": "str"},
    "subnets": {"type": "list", "elements": "str"},
    "vpc": {"type": "str"},
    "public_ip": {"type": "bool"},
    "image_parameter": {"type": "str"},
    "image_name": {"type": "str"},
    "image_owner": {"type": "str", "default": "099720109477"},
    "image_id": {"type": "str"},
    "image_drift": {"type": "str", "choices": ["ignore", "warn", "fail"], "default": "ignore"},
    "root_volume_size": {"type": "int"},
    "root_volume_type": {"type": "str", "default": "gp3"},
    "root_volume_encrypted": {"type": "bool", "default": True},
    "security_groups": {"type": "list", "elements": "str"},
    "key_name": {"type": "str", "no_log": False},
    "instance_profile": {"type": "str"},
    "spot": {"type": "bool"},
    "termination_protection": {"type": "bool"},
    "allow_stop": {"type": "bool", "default": False},
    "tags": {"type": "dict"},
    "state": {"type": "str", "choices": ["present", "started", "stopped", "absent"], "default": "present"},
}


def main() -> None:
    one_image = ("image_parameter", "image_name", "image_id")
    run(Instance, SPEC, mutually_exclusive=[one_image, ("subnets", "zones"), ("subnets", "vpc")])


if __name__ == "__main__":
    main()

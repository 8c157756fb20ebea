# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
name: ec2
short_description: Workstations on AWS
version_added: 0.1.0
description:
  - Lists the EC2 instances of one or more regions, in one request for each 1000 instances of a region, and several
    regions at the same time.
  - The source's name has to end in C(ec2.yml) or C(ec2.yaml).
  - Hosts are named after their instances' tag C(Name), or their ids where there is none; those of one name are told
    apart by their zones, and if need be by their ids.
  - One region of several that cannot be read leaves a gap, which O(strict_partial) is about.
  - O(regions), O(filters) and the options of the connection may be templates as well.
author:
  - mlops.workstation contributors (@mlops)
options:
  plugin:
    description: Marks the file as a source of this plugin.
    type: str
    required: true
    choices: [mlops.workstation.ec2]
  regions:
    description: The regions to list. The one of O(region) if unset.
    type: list
    elements: str
    default: []
  filters:
    description:
      - Which instances are listed, as filters of the API's own DescribeInstances, each with a value or a list of
        values. They are evaluated there.
      - By default those that carry this collection's mark. Terminated instances are left out, unless the filter
        C(instance-state-name) says otherwise.
    type: dict
    default: {tag-key: workstation}
  user:
    description: The login, which is the image's, for example V(ubuntu), V(admin) for Debian or V(ec2-user).
    type: str
    default: ubuntu
  private_key_file:
    description: The path of the private key, that is the path of M(mlops.workstation.ec2_key_pair).
    type: str
    default: ~/.ssh/mlops-zoom-aws.pem
extends_documentation_fragment:
  - mlops.workstation.aws
  - mlops.workstation.inventory
  - constructed
  - inventory_cache
seealso:
  - module: mlops.workstation.ec2_instance
  - module: mlops.workstation.ec2_instance_info
"""

EXAMPLES = r"""
---
# workstation.ec2.yml: the workstations of one region
plugin: mlops.workstation.ec2
region: ca-central-1
---
# Those of three regions under a profile, with a group for each workstation; asked for once an hour
plugin: mlops.workstation.ec2
profile: team
regions: [ca-central-1, us-east-1, eu-west-1]
keyed_groups:
  - key: ec2_workstation
    prefix: workstation
cache: true
cache_plugin: ansible.builtin.jsonfile
cache_connection: ~/.cache/ansible-inventory
---
# Every running instance of a team, for a run that must not miss one
plugin: mlops.workstation.ec2
region: ca-central-1
filters:
  tag:team: taxi
  instance-state-name: running
strict_partial: true
"""

import os
from collections.abc import Mapping
from concurrent.futures import Executor
from typing import Any

from ..module_utils.aws import errors, tags
from ..module_utils.aws.resources import instances
from ..module_utils.aws.session import Session, connect_to, open_core, region_of
from ..module_utils.resource import CloudError
from ..plugin_utils.inventory import CloudInventory, Listing, in_parallel, ssh_args

PAGE = 1000
# What host() reads of an instance; the rest is not worth keeping.
FIELDS = (
    "InstanceId",
    "State",
    "Placement",
    "InstanceType",
    "ImageId",
    "KeyName",
    "VpcId",
    "SubnetId",
    "SecurityGroups",
    "Tags",
    "PublicIpAddress",
    "PrivateIpAddress",
    "PublicDnsName",
)
OPTIONS = ("region", "regions", "filters", "profile", "access_key", "endpoint_url")
ENVIRONMENT = (
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_ACCESS_KEY_ID",
    "AWS_CONFIG_FILE",
    "AWS_SHARED_CREDENTIALS_FILE",
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_EC2",
)


class InventoryModule(CloudInventory):
    NAME = "mlops.workstation.ec2"

    suffixes = ("ec2.yml", "ec2.yaml")
    templated = (
        *CloudInventory.templated,
        "region",
        "regions",
        "filters",
        "profile",
        "access_key",
        "secret_key",
        "session_token",
        "endpoint_url",
    )

    def fetch(self, options: Mapping[str, Any], pool: Executor) -> Listing:
        core = open_core(options)
        regions = options["regions"] or [region_of(options, core)]
        # botocore's clients may be used in threads, but not made in them.
        sessions = {region: connect_to(region, options, core) for region in regions}

        def listed(region: str) -> Listing:
            return Listing(_instances(sessions[region], options["filters"]), [])

        listing = self.gathered(in_parallel(pool, listed, regions))
        return Listing(sorted(listing.items, key=self.hostnames), listing.gaps)

    def asked(self, options: Mapping[str, Any]) -> dict[str, Any]:
        return {
            **{option: options[option] for option in OPTIONS},
            **{name: os.environ[name] for name in ENVIRONMENT if name in os.environ},
            "fields": FIELDS,
        }

    def is_missing(self, error: CloudError) -> bool:
        return errors.is_code(error, errors.NO_REGION, "OptInRequired")

    def hostnames(self, item: Mapping[str, Any]) -> tuple[str, ...]:
        identifier, zone = str(item["InstanceId"]), item["Placement"]["AvailabilityZone"]
        name = tags.from_api(item["Tags"]).get("Name") or identifier
        return name, f"{name}.{zone}", f"{name}.{identifier}"

    def host(self, item: Mapping[str, Any], options: Mapping[str, Any]) -> dict[str, Any]:
        return host(item, options)


def _instances(session: Session, filters: Mapping[str, Any]) -> list[dict[str, Any]]:
    what = f"instances in {session.region}"
    found = instances.find(session, what, {"instance-state-name": instances.ALIVE, **filters}, MaxResults=PAGE)
    return [{**{field: instance.get(field) for field in FIELDS}, "Region": session.region} for instance in found]


def host(item: Mapping[str, Any], options: Mapping[str, Any]) -> dict[str, Any]:
    """The variables of one instance."""
    tagged = tags.from_api(item["Tags"])
    public, private = item["PublicIpAddress"], item["PrivateIpAddress"]
    return {
        "ansible_host": public or private,
        "ansible_ssh_common_args": ssh_args(options, item["InstanceId"]),
        "ec2_name": tagged.get("Name"),
        "ec2_workstation": tagged.get(tags.OWNER),
        "ec2_instance_id": item["InstanceId"],
        "ec2_region": item["Region"],
        "ec2_zone": item["Placement"]["AvailabilityZone"],
        "ec2_state": item["State"]["Name"],
        "ec2_instance_type": item["InstanceType"],
        "ec2_image_id": item["ImageId"],
        "ec2_key_name": item["KeyName"],
        "ec2_vpc_id": item["VpcId"],
        "ec2_subnet_id": item["SubnetId"],
        "ec2_security_groups": sorted(group["GroupName"] for group in item["SecurityGroups"] or ()),
        "ec2_tags": tagged,
        "ec2_public_ip": public,
        "ec2_private_ip": private,
        "ec2_public_dns_name": item["PublicDnsName"] or None,
    }

# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documentation that the AWS plugins share."""

from __future__ import annotations


class ModuleDocFragment:
    """Options of the connection, and of an object with an owner."""

    DOCUMENTATION = r"""
options:
  region:
    description:
      - The region, for example V(ca-central-1).
      - If unset, the environment variables E(AWS_REGION) and E(AWS_DEFAULT_REGION) are tried, and then the profile's
        own region.
    type: str
  profile:
    description:
      - The profile of C(~/.aws/config) and C(~/.aws/credentials) to use, of whatever kind it is, such as access keys,
        IAM Identity Center (SSO), or a role to assume. It wins over access keys in the environment.
      - If unset, the environment variable E(AWS_PROFILE) is tried.
    type: str
  access_key:
    description:
      - The id of an access key. Goes with O(secret_key).
      - If neither this nor O(profile) is set, credentials are looked for where every program on boto3 does, that is in
        the environment variables E(AWS_ACCESS_KEY_ID), E(AWS_SECRET_ACCESS_KEY) and E(AWS_SESSION_TOKEN), in the files
        of the AWS CLI, and on an EC2 instance in its role.
    type: str
  secret_key:
    description: The access key's secret. Goes with O(access_key).
    type: str
  session_token:
    description: The session token, where O(access_key) is a temporary one.
    type: str
  endpoint_url:
    description:
      - The address of the API. Requests are sent over HTTPS only, or to this machine.
      - If unset, the environment variables E(AWS_ENDPOINT_URL_EC2), E(AWS_ENDPOINT_URL_SSM) and E(AWS_ENDPOINT_URL) are
        tried, and then the profile's own.
    type: str
requirements:
  - boto3 >= 1.34
notes:
  - What is used of botocore's description of EC2 is kept in C(~/.cache/mlops.workstation), or below E(XDG_CACHE_HOME),
    as reading all of it takes most of the time to start. It can be removed at any time.
"""

    MODULE = r"""
options:
  timeout:
    description:
      - The longest wait for one change to be done, in seconds. One that takes longer goes on in the cloud, and a later
        run picks it up.
    type: int
    default: 600
notes:
  - Requests that AWS throttles or does not answer are repeated for up to two minutes, in botocore's standard way, and
    counted in RV(ignore:api_calls).
"""

    OWNED = r"""
options:
  workstation:
    description:
      - The workstation that the object belongs to. It gets the tag C(workstation) with this value when it is made, and
        an object without that tag is never changed or removed.
    type: str
    required: true
  tags:
    description: Tags to set. Other tags stay as they are.
    type: dict
"""

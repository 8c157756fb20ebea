# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""IAM Credentials: short-lived access tokens for service accounts, given to those who may act as them."""

from __future__ import annotations

import re
import time

from sandbox.gcp import links, tokens
from sandbox.gcp.cloud import Call, handles
from sandbox.gcp.discovery import Json
from sandbox.gcp.errors import precondition
from sandbox.gcp.iam.service_accounts import named
from sandbox.gcp.resourcemanager.changes import bad_field

_LIFETIME = re.compile(r"(\d+(\.\d+)?)s")


@handles("iamcredentials.projects.serviceAccounts.generateAccessToken")
def generate_access_token(call: Call) -> Json:
    """serviceAccounts.generateAccessToken: for an hour at most."""
    account = named(call, "iam.serviceAccounts.getAccessToken")
    scopes, lifetime = call.body.get("scope", []), _LIFETIME.fullmatch(call.body.get("lifetime", "3600s"))
    if not scopes:
        raise bad_field("scope", "scope must name at least one OAuth 2.0 scope")
    if lifetime is None or not 0 < float(lifetime[1]) <= tokens.LIFETIME:
        raise bad_field("lifetime", f"lifetime must be a duration in seconds up to {tokens.LIFETIME}s, such as 300s")
    if account.get("disabled"):
        raise precondition(f"Service account {account['email']} is disabled.")
    seconds = float(lifetime[1])
    token = tokens.issue(call.cloud.store, account["email"], " ".join(scopes), seconds)
    return {"accessToken": token, "expireTime": links.utc(time.time() + seconds).partition(".")[0] + "Z"}

# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One region of an AWS account: its requests, their retries, and what they count to."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from .. import endpoint, wait
from ..resource import CloudError, UncertainError
from . import errors, model

if TYPE_CHECKING:
    from botocore.client import BaseClient
    from botocore.session import Session as Core

# botocore alone retries, in its standard mode, and not any more once a request has taken DEADLINE seconds.
ATTEMPTS = 6
DEADLINE = 120.0
CONNECT_TIMEOUT = 10.0
READ_TIMEOUT = 60.0
# The pause of a wait for a change to be done.
PAUSE = 2.0
# How long AWS may take until it knows everywhere what has just been made or removed.
CONSISTENCY = 60.0
# What AWS would do twice if it were sent twice.
ONCE = frozenset({"AllocateAddress", "CreateKeyPair"})

Json = dict[str, Any]
T = TypeVar("T")


class Session:
    """What a resource is given. calls counts the API requests sent, retries included, the credentials' own not.

    timeout is the longest wait for one change to be done, in seconds.
    """

    def __init__(self, core: Core, *, region: str, endpoint_url: str | None = None, timeout: float = 600.0) -> None:
        self.region = region
        self.timeout = timeout
        self.calls = 0
        self.sleep: Callable[[float], None] = time.sleep
        self.clock: Callable[[], float] = time.monotonic
        self._core = core
        self._endpoint_url = endpoint_url
        self._deadline = 0.0
        self._clients: dict[str, BaseClient] = {"ec2": self._open("ec2")}

    def call(self, operation: str, what: str, *, service: str = "ec2", **parameters: Any) -> Json:
        """One request by its botocore name, retried while it is worth it; what names its object in errors.

        NotFoundError where the object is missing, UncertainError where the reply is lost to a request that may not be
        repeated, any other CloudError where it is refused.
        """
        from botocore.exceptions import BotoCoreError, ClientError

        if service not in self._clients:
            self._clients[service] = self._open(service)
        self._deadline = self.clock() + DEADLINE
        try:
            reply: Json = getattr(self._clients[service], operation)(**parameters)
        except (BotoCoreError, ClientError) as error:
            raise errors.explain(error, what=what) from error
        return reply

    def find(
        self, operation: str, key: str, what: str, filters: Mapping[str, str | Sequence[str]], **parameters: Any
    ) -> list[Json]:
        """The objects that a describe operation lists under a key: those that all filters let pass, of every page."""
        parameters["Filters"] = [
            {"Name": name, "Values": [values] if isinstance(values, str) else list(values)}
            for name, values in filters.items()
        ]
        found: list[Json] = []
        while True:
            page = self.call(operation, what, **parameters)
            found += page.get(key) or ()
            if not page.get("NextToken"):
                return found
            parameters["NextToken"] = page["NextToken"]

    def until(
        self,
        read: Callable[[], T],
        done: Callable[[T], bool],
        what: str,
        *,
        timeout: float | None = None,
        pause: float = PAUSE,
    ) -> T:
        """Reads until done; CloudError after timeout seconds, or the session's own timeout."""
        longest = self.timeout if timeout is None else timeout
        try:
            return wait.poll(read, done, timeout=longest, pause=pause, clock=self.clock, sleep=self.sleep)
        except TimeoutError as error:
            raise CloudError(
                f"{what}: not done after {longest:g} seconds. It goes on in the cloud: run again to pick it up, or "
                "raise the option timeout.",
                code=errors.TIMEOUT,
            ) from error

    def patiently(self, send: Callable[[], Json], *codes: str) -> Json:
        """What send returns, which is called again for a while as long as AWS refuses with one of these codes: it does
        not know everywhere yet what has just been made or removed."""
        refused: list[CloudError] = []

        def attempt() -> Json | None:
            try:
                return send()
            except CloudError as error:
                if not errors.is_code(error, *codes):
                    raise
                refused.append(error)
                return None

        try:
            return wait.poll(attempt, bool, timeout=CONSISTENCY, pause=PAUSE, clock=self.clock, sleep=self.sleep) or {}
        except TimeoutError:
            raise refused[-1] from None

    def _open(self, service: str) -> BaseClient:
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError

        local = endpoint.is_local(self._endpoint_url or "")
        config = Config(
            retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
            connect_timeout=CONNECT_TIMEOUT,
            read_timeout=READ_TIMEOUT,
            proxies={} if local else None,  # a company's proxy cannot reach this machine's loopback
        )
        try:
            client: BaseClient = self._core.create_client(
                service, region_name=self.region, endpoint_url=self._endpoint_url, config=config
            )
        except (BotoCoreError, ValueError) as error:
            raise errors.explain(error, what=f"AWS in {self.region}") from error
        endpoint.check(client.meta.endpoint_url)
        client.meta.events.register_first("before-send", self._count)
        client.meta.events.register_first(f"needs-retry.{service}", self._give_up)
        return client

    def _count(self, **_event: Any) -> None:
        self.calls += 1

    def _give_up(self, response: Any, operation: Any, caught_exception: Exception | None, **_event: Any) -> None:
        """Ends with an exception where another attempt would do harm, or no good, or comes too late."""
        status, body = (response[0].status_code, response[1]) if response else (0, {})
        code = str(body.get("Error", {}).get("Code", ""))
        if caught_exception is None and status < 300:
            return
        if operation.name in ONCE and errors.is_lost(status, code, caught_exception):
            raise UncertainError(
                f"{operation.name}: no answer to the request, so whether it was carried out is not known"
            )
        if errors.is_final(code) or self.clock() > self._deadline:
            from botocore.exceptions import ClientError

            raise caught_exception or ClientError(body, operation.name)


def open_core(params: Mapping[str, Any]) -> Core:
    """The credentials and settings of a module's or an inventory's options, and behind them those that every program
    on botocore finds: environment, profiles, SSO, the instance's role. CloudError where there are none."""
    from botocore.exceptions import BotoCoreError
    from botocore.session import Session as Core

    given = {option: params.get(option) for option in ("access_key", "secret_key", "session_token")}
    if bool(given["access_key"]) != bool(given["secret_key"]) or (given["session_token"] and not given["access_key"]):
        raise CloudError("access_key and secret_key, and session_token where there is one, have to be given together.")
    profile = params.get("profile")
    try:
        core = Core(profile=profile)
        folders = (model.search_path(), core.get_config_variable("data_path"))
        core.set_config_variable("data_path", os.pathsep.join(filter(None, folders)))
        if given["access_key"]:
            core.set_credentials(given["access_key"], given["secret_key"], given["session_token"])
        if core.get_credentials() is None:
            raise CloudError(errors.NO_CREDENTIALS, code=errors.CREDENTIALS)
    except BotoCoreError as error:
        raise errors.explain(error, what="AWS credentials") from error
    return core


def region_of(params: Mapping[str, Any], core: Core) -> str:
    """The region of the options, else of the environment, else of the profile. CloudError where none is named."""
    region = params.get("region") or os.environ.get("AWS_REGION") or core.get_config_variable("region")
    if not region:
        raise CloudError(
            "No AWS region is given: set the option region or AWS_DEFAULT_REGION, for example to ca-central-1, or "
            "one for the profile with: aws configure set region ca-central-1",
            code=errors.NO_REGION,
        )
    return str(region)


def connect(params: Mapping[str, Any]) -> Session:
    """A session from a module's options; CloudError where they do not suffice."""
    core = open_core(params)
    return connect_to(region_of(params, core), params, core)


def connect_to(region: str, params: Mapping[str, Any], core: Core) -> Session:
    """A session in one of several regions."""
    return Session(core, region=region, endpoint_url=params.get("endpoint_url"), timeout=params.get("timeout") or 600)

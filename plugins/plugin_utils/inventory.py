# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The base of the inventory plugins: reading the source, templating it, caching, and building hosts and groups."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import shlex
from abc import abstractmethod
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from ansible.config.manager import find_ini_config_file
from ansible.errors import AnsibleError, AnsibleParserError
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable, Constructable
from ansible.utils.vars import combine_vars
from ansible.vars.plugins import get_vars_from_inventory_sources

from ..module_utils.resource import CloudError
from ..module_utils.ssh import config

Json = dict[str, Any]
T = TypeVar("T")

# Requests that are waited for at the same time, each on a connection of its own.
THREADS = 10


@dataclasses.dataclass(frozen=True)
class Listing:
    """What a cloud answered: its machines as its API gives them, and a sentence for each part that it left out."""

    items: list[Json]
    gaps: list[str]


class CloudInventory(BaseInventoryPlugin, Constructable, Cacheable):
    """A cloud's plugin says how its sources are named, what may be templated, how to fetch its machines, and what one
    of them is as a host. The options that are read here are documented in the fragment "inventory"; user and
    private_key_file, whose defaults differ, in the plugins.
    """

    inventory: Any  # None only until parse() is called
    _path = ""
    suffixes: tuple[str, ...] = ()
    templated: tuple[str, ...] = ("group", "user", "private_key_file", "known_hosts_file", "host_key_checking")

    @abstractmethod
    def fetch(self, options: Mapping[str, Any], pool: Executor) -> Listing:
        """The cloud's machines, in an order that stays. CloudError where none can be had."""

    @abstractmethod
    def asked(self, options: Mapping[str, Any]) -> Json:
        """What decides on the answer of fetch(), the environment's part included and secrets left out."""

    @abstractmethod
    def hostnames(self, item: Mapping[str, Any]) -> tuple[str, ...]:
        """What a machine may be called, from the shortest to one that no other has. Pure."""

    @abstractmethod
    def host(self, item: Mapping[str, Any], options: Mapping[str, Any]) -> Json:
        """A machine's variables. Pure."""

    @abstractmethod
    def is_missing(self, error: CloudError) -> bool:
        """Whether the error means that there is nothing yet to list machines of. Pure."""

    def verify_file(self, path: str) -> bool:
        readable: bool = super().verify_file(path)  # type: ignore[no-untyped-call]
        return readable and path.endswith(self.suffixes)

    def parse(self, inventory: Any, loader: Any, path: str, cache: bool = True) -> None:
        super().parse(inventory, loader, path, cache)
        self._path = path
        self._read_config_data(path)
        options = self.get_options()
        try:
            listing = self._listing(options, cache)
        except ImportError as error:
            raise AnsibleParserError(f"{path}: the inventory needs the Python library {error.name}.") from None
        except CloudError as error:
            listing = self._without(error)
        for gap in listing.gaps:
            self.display.warning(f"{path}: {gap}")
        self._populate(listing.items, options)

    def set_options(
        self, task_keys: Any = None, var_options: Any = None, direct: Mapping[str, Any] | None = None
    ) -> None:
        """The source's options, rendered before Ansible checks them against the documentation."""
        rendered = self._rendered(direct) if direct and self._path else direct
        super().set_options(task_keys, var_options, rendered)  # type: ignore[no-untyped-call]

    def _rendered(self, source: Mapping[str, Any]) -> Json:
        """The options with those that may be templates rendered: they see the variables of group "all" beside the
        source, and the extra variables, so that a project is named in one place. An empty result counts as unset."""
        everybody = [self.inventory.groups["all"]]
        beside = get_vars_from_inventory_sources(self.loader, [self._path], everybody, "all")
        here = {"inventory_dir": str(Path(self._path).resolve().parent), "ansible_config_file": find_ini_config_file()}
        self.templar.available_variables = combine_vars(combine_vars(here, beside), self._vars)
        rendered: Json = {}
        for option, value in source.items():
            try:
                rendered[option] = self.templar.template(value) if option in self.templated else value
            except AnsibleError as error:
                raise AnsibleParserError(f"option {option}: {error}") from error
        return {option: value for option, value in rendered.items() if value not in (None, "")}

    def gathered(self, answers: Mapping[str, Listing | CloudError]) -> Listing:
        """What several places answered, as one. A place that failed is a gap; CloudError where none answered."""
        failures = {place: answer for place, answer in answers.items() if isinstance(answer, CloudError)}
        listings = [answer for answer in answers.values() if isinstance(answer, Listing)]
        if failures and not listings:
            raise min(failures.values(), key=self.is_missing)  # the first that is more than nothing there yet
        if self.get_option("allow_missing"):
            failures = {place: error for place, error in failures.items() if not self.is_missing(error)}
        gaps = [gap for listing in listings for gap in listing.gaps]
        return Listing([item for listing in listings for item in listing.items], [*gaps, *_explained(failures)])

    def _listing(self, options: Mapping[str, Any], cache: bool) -> Listing:
        """From the cache where the source asks for one and it is not to be refreshed. What is incomplete is kept with
        its gaps, so that they are told each time; where it must not be, the cloud is asked again."""
        key, strict = self._cache_key(options), options["strict_partial"]
        if options["cache"] and cache and key in self._cache:
            kept = Listing(**self._cache[key])
            if not (strict and kept.gaps):
                return kept
        with ThreadPoolExecutor(THREADS) as pool:
            listing = self.fetch(options, pool)
        if strict and listing.gaps:
            raise AnsibleParserError(f"{self._path}: the answer is incomplete. {' '.join(listing.gaps)}")
        if options["cache"]:
            self._cache[key] = dataclasses.asdict(listing)
        return listing

    def _cache_key(self, options: Mapping[str, Any]) -> str:
        """One for each question that a source may ask."""
        asked = json.dumps([self.asked(options), options["allow_missing"]], sort_keys=True)
        return f"{self.get_cache_key(self._path)}_{hashlib.sha256(asked.encode()).hexdigest()[:16]}"

    def _without(self, error: CloudError) -> Listing:
        """No machines, where the source allows that they cannot be read; else the end."""
        if not self.get_option("allow_missing"):
            raise AnsibleParserError(f"{self._path}: {error.message}") from None
        return Listing([], [] if self.is_missing(error) else [f"no machines could be listed. {error.message}"])

    def _populate(self, items: Sequence[Json], options: Mapping[str, Any]) -> None:
        group = self.inventory.add_group(options["group"])
        for variable, value in _group_variables(options).items():
            self.inventory.set_variable(group, variable, value)
        for name, item in zip(_unique([self.hostnames(item) for item in items]), items, strict=True):
            self.inventory.add_host(name, group)
            for variable, value in self.host(item, options).items():
                self.inventory.set_variable(name, variable, value)
            self._construct(name, options)

    def _construct(self, name: str, options: Mapping[str, Any]) -> None:
        """What the source composes of a host's variables, and the groups that it makes of them."""
        compose, groups, keyed = options["compose"], options["groups"], options["keyed_groups"]
        strict, host = options["strict"], self.inventory.get_host(name)
        if compose:
            self._set_composite_vars(compose, host.get_vars(), name, strict=strict)
        if groups or keyed:
            variables = host.get_vars()
            self._add_host_to_composed_groups(groups, variables, name, strict=strict, fetch_hostvars=False)
            self._add_host_to_keyed_groups(keyed, variables, name, strict=strict, fetch_hostvars=False)

    def _compose(self, template: Any, variables: Mapping[str, Any], *more: Any) -> Any:
        """As Ansible has it, except that the bare name of a variable, as most groups are keyed by, is looked up: a
        template would be compiled anew for every host."""
        if template in variables and not self.get_option("use_extra_vars"):
            return variables[template]
        return super()._compose(template, variables, *more)  # type: ignore[no-untyped-call]


def in_parallel(pool: Executor, work: Callable[[str], T], places: Iterable[str]) -> dict[str, T | CloudError]:
    """What each place answers, in their order; CloudError as a value where one fails."""

    def one(place: str) -> T | CloudError:
        try:
            return work(place)
        except CloudError as error:
            return error

    places = list(dict.fromkeys(places))
    # One place is asked on the connection that there is already.
    answers = map(one, places) if len(places) == 1 else pool.map(one, places)
    return dict(zip(places, answers, strict=True))


def _explained(failures: Mapping[str, CloudError]) -> list[str]:
    """The message of each kind of failure, with the other places that it met."""
    kinds: dict[tuple[Any, ...], list[str]] = {}
    for place, error in failures.items():
        kinds.setdefault(tuple(map(error.details.get, ("status", "reason", "code"))), []).append(place)
    return [
        " ".join([failures[first].message, *([f"The same holds for {', '.join(others)}."] if others else [])])
        for first, *others in kinds.values()
    ]


def _unique(names: Sequence[tuple[str, ...]]) -> list[str]:
    """Of each machine's names the first that no other machine has; its last where there is none."""
    shared = Counter(name for own in names for name in dict.fromkeys(own))
    return [next((name for name in own if shared[name] == 1), own[-1]) for own in names]


def _group_variables(options: Mapping[str, Any]) -> Json:
    """How to get into the machines of the group."""
    return {
        "ansible_user": options["user"],
        "ansible_ssh_private_key_file": options["private_key_file"],
        # Not the one of a Python distribution that a role puts first on the path.
        "ansible_python_interpreter": "/usr/bin/python3",
    }


def ssh_args(options: Mapping[str, Any], alias: str) -> str:
    """A host's ansible_ssh_common_args: its keys are checked under the alias, which no other machine ever has and which
    stays when the address changes."""
    checking = "yes" if options["host_key_checking"] == "published" else options["host_key_checking"]
    pairs = {
        "IdentitiesOnly": "yes",
        "StrictHostKeyChecking": checking,
        "HostKeyAlias": alias,
        "UserKnownHostsFile": config.quoted(options["known_hosts_file"]),
    }
    return shlex.join(word for pair in pairs.items() for word in ("-o", "=".join(pair)))

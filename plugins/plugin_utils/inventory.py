# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The base of the inventory plugins: reading the source, templating it, caching, and building hosts and groups."""

from __future__ import annotations

import shlex
from abc import abstractmethod
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ansible.config.manager import find_ini_config_file
from ansible.errors import AnsibleError, AnsibleParserError
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable, Constructable
from ansible.utils.vars import combine_vars
from ansible.vars.plugins import get_vars_from_inventory_sources

from ..module_utils.resource import CloudError
from ..module_utils.ssh import config

Json = dict[str, Any]


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
    def fetch(self, options: Mapping[str, Any]) -> list[Json]:
        """The cloud's machines as its API answers them. CloudError where they cannot be had."""

    @abstractmethod
    def host(self, item: Mapping[str, Any], options: Mapping[str, Any]) -> Json:
        """A machine's variables. Pure. "inventory_hostname" and "fallback_hostname" are taken out for its name; the
        second serves where two machines share the first."""

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
            items = self._items(options, cache)
        except ImportError as error:
            raise AnsibleParserError(f"{path}: the inventory needs the Python library {error.name}.") from None
        except CloudError as error:
            items = self._without(error)
        self._populate([self.host(item, options) for item in items], options)

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

    def _items(self, options: Mapping[str, Any], cache: bool) -> list[Json]:
        """From the cache where the source asks for one and it is not to be refreshed."""
        if not options["cache"]:
            return self.fetch(options)
        key = self.get_cache_key(self._path)
        if cache and key in self._cache:
            return list(self._cache[key])
        self._cache[key] = items = self.fetch(options)
        return items

    def _without(self, error: CloudError) -> list[Json]:
        """No machines, where the source allows that they cannot be read; else the end."""
        if not self.get_option("allow_missing"):
            raise AnsibleParserError(f"{self._path}: {error.message}") from None
        if not self.is_missing(error):
            self.display.warning(f"{self._path}: no machines could be listed. {error.message}")
        return []

    def _populate(self, hosts: Sequence[Json], options: Mapping[str, Any]) -> None:
        group = self.inventory.add_group(options["group"])
        for variable, value in _group_variables(options).items():
            self.inventory.set_variable(group, variable, value)
        names = Counter(host["inventory_hostname"] for host in hosts)
        strict = options["strict"]
        for host in hosts:
            first, second = host.pop("inventory_hostname"), host.pop("fallback_hostname")
            name = self.inventory.add_host(first if names[first] == 1 else second, group)
            for variable, value in host.items():
                self.inventory.set_variable(name, variable, value)
            self._set_composite_vars(options["compose"], host, name, strict=strict)
            self._add_host_to_composed_groups(options["groups"], host, name, strict=strict)
            self._add_host_to_keyed_groups(options["keyed_groups"], host, name, strict=strict)


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

# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Inventory sources, parsed as Ansible parses them."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.inventory.data import InventoryData
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import inventory_loader
from ansible.utils.display import Display

from plugins.module_utils.gcp.transport import ENDPOINTS
from sandbox.serving import bind
from tests.unit.plugins.inventory.google import Google


@pytest.fixture
def google(tmp_path: Path) -> Iterator[Google]:
    made = Google(tmp_path / "google")
    server = bind(0, made)
    made.root = f"http://127.0.0.1:{server.port}/"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield made
    server.shutdown()
    thread.join()
    server.server_close()


@dataclasses.dataclass
class Parsed:
    """What Ansible has after a source was parsed, and what it said."""

    inventory: InventoryData
    warnings: list[str]

    @property
    def hosts(self) -> list[str]:
        return list(self.inventory.hosts)

    def variables(self, host: str) -> dict[str, Any]:
        return dict(self.inventory.hosts[host].get_vars())

    def groups(self) -> dict[str, list[str]]:
        return {name: [host.name for host in group.get_hosts()] for name, group in self.inventory.groups.items()}


@pytest.fixture
def parse_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, collection: None) -> Callable[..., Parsed]:
    """Parses a source of a cloud with these options. refresh is what --flush-cache does."""
    warnings: list[str] = []
    monkeypatch.setattr(Display, "warning", lambda _self, message, **_more: warnings.append(message))

    def work(cloud: str, *, refresh: bool = False, **options: Any) -> Parsed:
        warnings.clear()
        name = f"mlops.workstation.{cloud}"
        source = tmp_path / f"workstation.{cloud}.yml"
        source.write_text(yaml.safe_dump({"plugin": name, **options}), encoding="utf-8")
        inventory, plugin = InventoryData(), inventory_loader.get(name)
        plugin.parse(inventory, DataLoader(), str(source), cache=not refresh)
        if options.get("cache"):
            plugin.update_cache_if_changed()
        inventory.reconcile_inventory()
        return Parsed(inventory, list(warnings))

    return work


@pytest.fixture
def parse(
    google: Google, parse_source: Callable[..., Parsed], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Parsed]:
    """Parses a source of the sandboxed Google."""
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(google.login))
    endpoints = {**dict.fromkeys(ENDPOINTS, google.root), "compute": f"{google.root}compute/v1/"}
    return partial(parse_source, "gcp", endpoints=endpoints, token_endpoint=f"{google.root}token")

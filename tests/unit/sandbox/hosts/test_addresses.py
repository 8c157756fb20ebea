# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The pool of public addresses."""

from __future__ import annotations

import ipaddress
from pathlib import Path

import pytest

from sandbox.addresses import AddressPool
from sandbox.driver import HostError

SUBNET = ipaddress.IPv4Network("198.19.0.0/27")


@pytest.fixture(name="pool")
def make_pool(tmp_path: Path) -> AddressPool:
    """A pool of 15 addresses."""
    return AddressPool(SUBNET, tmp_path / "addresses.json")


def test_addresses_differ_and_spare_the_gateway_and_the_mirror(pool: AddressPool) -> None:
    handed = {pool.allocate() for _ in range(15)}
    assert handed == {str(SUBNET[index]) for index in range(16, 31)}


def test_a_released_address_is_not_the_next_one(pool: AddressPool) -> None:
    first = pool.allocate()
    pool.release(first)
    assert pool.allocate() != first


def test_an_address_comes_back_once_all_others_had_their_turn(pool: AddressPool) -> None:
    held = [pool.allocate() for _ in range(15)]
    pool.release(held[3])
    assert pool.allocate() == held[3]


def test_an_exhausted_pool_says_what_to_do(pool: AddressPool) -> None:
    for _ in range(15):
        pool.allocate()
    with pytest.raises(HostError, match=r"all addresses of 198\.19\.0\.0/27 .* SANDBOX_SUBNET"):
        pool.allocate()


def test_releasing_what_nobody_holds_is_fine(pool: AddressPool) -> None:
    pool.release("198.19.0.20")
    assert pool.allocate() == "198.19.0.16"


def test_a_restart_remembers(tmp_path: Path) -> None:
    path = tmp_path / "addresses.json"
    first = AddressPool(SUBNET, path).allocate()
    assert AddressPool(SUBNET, path).allocate() != first

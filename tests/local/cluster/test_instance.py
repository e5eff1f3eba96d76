import ipaddress
import itertools
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from local.cluster.instance import SLOTS, Instance
from local.cluster.registry import find_instance, locked, open_instance
from local.errors import LocalError


def ranges(slot: int) -> list[ipaddress.IPv4Network]:
    instance = Instance("x", slot, Path("/x"))
    link = ipaddress.IPv4Network(f"{instance.host_address}/30", strict=False)
    return [link, ipaddress.IPv4Network(instance.pod_range), ipaddress.IPv4Network(instance.service_range)]


def test_no_two_instances_share_an_address() -> None:
    every = [network for slot in range(SLOTS) for network in ranges(slot)]
    assert not [pair for pair in itertools.combinations(every, 2) if pair[0].overlaps(pair[1])]


def test_host_and_node_are_the_two_addresses_of_the_link() -> None:
    instance = Instance("x", 3, Path("/x"))
    hosts = [str(host) for host in ipaddress.ip_network("10.213.3.0/30").hosts()]
    assert [instance.host_address, instance.node_address] == hosts


@pytest.mark.parametrize("name", ["", "A", "1x", "a" * 21, "a/b", "../x"])
def test_a_name_that_is_no_folder_name_is_refused(name: str) -> None:
    with pytest.raises(LocalError, match="is not allowed: a lower-case letter"):
        Instance(name, 0, Path("/x"))


def test_a_slot_out_of_range_is_refused() -> None:
    with pytest.raises(LocalError, match="slot 16 is not allowed: 0 to 15"):
        Instance("x", 16, Path("/x"))


def test_an_instance_keeps_its_slot(tmp_path: Path) -> None:
    first = open_instance(tmp_path, "one")
    second = open_instance(tmp_path, "two")
    assert first.slot != second.slot
    assert open_instance(tmp_path, "one") == first
    assert find_instance(tmp_path, "two") == second
    assert find_instance(tmp_path, "three") is None


def test_instances_opened_at_once_share_no_slot_and_no_other_user_reads_them(tmp_path: Path) -> None:
    with ThreadPoolExecutor(5) as pool:
        opened = list(pool.map(lambda number: open_instance(tmp_path, f"i{number}"), range(5)))
    assert len({instance.slot for instance in opened}) == 5
    assert {instance.folder.stat().st_mode & 0o777 for instance in opened} == {0o700}


def test_a_second_command_on_the_same_instance_is_refused(tmp_path: Path) -> None:
    with locked(tmp_path, "one"):
        with pytest.raises(LocalError, match="another command is at work on 'one'"), locked(tmp_path, "one"):
            pass
        with locked(tmp_path, "two"):
            pass

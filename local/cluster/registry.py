"""Which instances exist in the cache, and which slot a new one gets."""

from __future__ import annotations

import fcntl
import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local.cluster.instance import SLOTS, Instance
from local.errors import LocalError


@contextmanager
def locked(cache: Path, name: str) -> Iterator[None]:
    """Holds the lock `name` of this cache; a second command on the same thing is refused instead of interleaved."""
    (cache / "locks").mkdir(parents=True, exist_ok=True)
    with open(cache / "locks" / name, "w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LocalError(f"another command is at work on {name!r} in {cache}; wait until it has ended") from None
        yield


def find_instance(cache: Path, name: str) -> Instance | None:
    """The instance of that name, or None when it was never started or has been purged."""
    folder = cache / "instances" / name
    slot = folder / "slot"
    return Instance(name, int(slot.read_text()), folder) if slot.exists() else None


def open_instance(cache: Path, name: str) -> Instance:
    """The instance of that name; a new one gets the lowest slot that no instance and no route of the host uses."""
    (cache / "locks").mkdir(parents=True, exist_ok=True)
    # Not `locked`: a first start beside another waits its turn. The name cannot be an instance's.
    with open(cache / "locks" / ".slots", "w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        instance = find_instance(cache, name) or _new_instance(cache, name)
    # It holds keys and volumes.
    instance.folder.chmod(0o700)
    return instance


def _new_instance(cache: Path, name: str) -> Instance:
    folder = cache / "instances" / name
    taken = {int(slot.read_text()) for slot in cache.glob("instances/*/slot")} | _slots_on_host()
    free = [slot for slot in range(SLOTS) if slot not in taken]
    if not free:
        raise LocalError(
            f"all {SLOTS} slots are taken (10.213.0.0/30 … 10.213.15.0/30); purge an instance: make down PURGE=1"
        )
    instance = Instance(name, free[0], folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "slot").write_text(str(instance.slot))
    return instance


def _slots_on_host() -> set[int]:
    if shutil.which("ip") is None:  # Then no node can have been started either.
        return set()
    routes = subprocess.run(["ip", "-json", "route"], capture_output=True, check=True).stdout
    prefixes = tuple(f"10.{block}." for block in (213, 214, 215))
    return {
        int(route["dst"].split(".")[2]) for route in json.loads(routes or "[]") if route["dst"].startswith(prefixes)
    }

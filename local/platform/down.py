"""`make down`: ends an instance; nothing of it stays outside the cache."""

from __future__ import annotations

import shutil
from pathlib import Path

from local.cluster.node import node_pid, stop_node
from local.cluster.registry import find_instance, locked
from local.errors import LocalError
from local.progress import Progress


def down(cache: Path, name: str, progress: Progress, *, forget: bool = False, purge: bool = False) -> None:
    """Stops the instance. Its data stays in the cache, unless `forget` (this instance) or `purge` (the whole cache)."""
    instance = find_instance(cache, name)
    if instance is None:
        progress(f"instance {name!r} does not exist in {cache}: nothing to stop")
    else:
        with locked(cache, name), progress.step(f"stopping {name}"):
            if not stop_node(instance):
                progress("it was not running")
            if forget or purge:
                shutil.rmtree(instance.folder)
    if purge:
        _purge(cache, progress)


def _purge(cache: Path, progress: Progress) -> None:
    for slot in cache.glob("instances/*/slot"):
        other = find_instance(cache, slot.parent.name)
        if other and node_pid(other):
            raise LocalError(f"instance {other.name!r} still runs on this cache: make down INSTANCE={other.name}")
    with progress.step(f"removing {cache}"):
        shutil.rmtree(cache, ignore_errors=False) if cache.exists() else None

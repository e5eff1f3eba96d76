"""`make down` and `make destroy`: end an instance; nothing of it stays outside the cache."""

from __future__ import annotations

import shutil
from pathlib import Path

from local.cluster.instance import Instance
from local.cluster.node import node_pid, stop_node
from local.cluster.registry import find_instance, locked
from local.errors import LocalError
from local.platform.engine import Engine, engine_tools
from local.platform.stack_config import read_recorded
from local.platform.target import Target, target_of
from local.progress import Progress
from local.toolchain.build import build_toolchain


def down(cache: Path, name: str, progress: Progress, *, forget: bool = False, purge: bool = False) -> None:
    """Stops the instance. Its data stays in the cache, unless `forget` (this instance) or `purge` (the whole cache).

    In the user's own cluster nothing is stopped; what the stack made there goes before the instance's data does.
    """
    instance = find_instance(cache, name)
    if instance is None:
        progress(f"instance {name!r} does not exist in {cache}: nothing to stop")
    else:
        with locked(cache, name):
            target = target_of(read_recorded(instance), instance)
            if not target.ours and (forget or purge):
                _destroy(cache, instance, target, progress)
            elif not target.ours:
                progress(f"{target} was not started here and is left alone")
                progress(f"its workloads stay; remove them: make destroy INSTANCE={name}")
            # A node may be left from a time when the settings named no cluster.
            if target.ours or node_pid(instance):
                with progress.step(f"stopping {name}"):
                    if not stop_node(instance):
                        progress("it was not running")
            if forget or purge:
                shutil.rmtree(instance.folder)
    if purge:
        _purge(cache, progress)


def destroy(cache: Path, name: str, progress: Progress) -> None:
    """Removes everything that the instance's stack made in its cluster; the instance and its secrets stay."""
    instance = find_instance(cache, name)
    if instance is None:
        raise LocalError(f"instance {name!r} does not exist in {cache}: there is nothing to destroy")
    with locked(cache, name):
        _destroy(cache, instance, target_of(read_recorded(instance), instance), progress)


def _destroy(cache: Path, instance: Instance, target: Target, progress: Progress) -> None:
    if not Engine(instance.folder, cache).holds_resources():
        progress(f"the stack of {instance.name!r} holds nothing: there is nothing to destroy")
        return
    if target.ours and node_pid(instance) is None:
        raise LocalError(f"the node of {instance.name!r} does not run: make cluster INSTANCE={instance.name} first")
    if not target.connect().is_up():
        raise LocalError(f"{target} does not answer, so nothing can be removed from it; the instance's data is kept")
    engine = Engine(instance.folder, build_toolchain(cache, progress, engine_tools()))
    with progress.step("pulumi destroy"):
        engine.prepare()
        engine.follow("destroy", "--yes", "--skip-preview", show=lambda line: progress(f"  {line}"))
    # They would name servers that are gone.
    for told in ("outputs.json", "ca.crt"):
        (instance.folder / told).unlink(missing_ok=True)


def _purge(cache: Path, progress: Progress) -> None:
    for slot in cache.glob("instances/*/slot"):
        other = find_instance(cache, slot.parent.name)
        if other is None:
            continue
        if node_pid(other):
            raise LocalError(f"instance {other.name!r} still runs on this cache: make down INSTANCE={other.name}")
        if not target_of(read_recorded(other), other).ours and Engine(other.folder, cache).holds_resources():
            raise LocalError(f"instance {other.name!r} has workloads: make down FORGET=1 INSTANCE={other.name}")
    with progress.step(f"removing {cache}"):
        shutil.rmtree(cache, ignore_errors=False) if cache.exists() else None

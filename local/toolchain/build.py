"""Builds the toolchain once per machine: a program is named by what it is built from and lands in the cache."""

from __future__ import annotations

import contextlib
import fcntl
import os
import subprocess
from collections import deque
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from local.cache import digest
from local.errors import LocalError
from local.toolchain.go import go_environment
from local.toolchain.tools import COMPILER_FLAGS, PLATFORM, TOOLS, Tool

# Two at a time: the linkers are single-threaded, so one build's link overlaps with the other's compile.
WORKERS = 2
PROGRESS_EVERY = 200


def toolchain_folder(cache: Path) -> Path:
    """Folder that holds all programs of this checkout's pins."""
    return cache / "toolchain" / digest(*(tool.digest for tool in TOOLS))


def build_toolchain(cache: Path, report: Callable[[str], None], names: Collection[str] | None = None) -> Path:
    """Builds what is missing of the named programs, by default the platform's, and returns the folder that holds them.

    Safe to interrupt: a program appears under its final name only when complete, and Go's own build cache keeps the
    packages that were already compiled.
    """
    if unknown := set(names or ()) - {tool.name for tool in TOOLS}:
        known = ", ".join(tool.name for tool in TOOLS)
        raise LocalError(f"no program of the toolchain is called {', '.join(sorted(unknown))}; there are {known}")
    folder = toolchain_folder(cache)
    wanted = PLATFORM if names is None else [tool for tool in TOOLS if tool.name in names]
    absent = [tool for tool in wanted if not (folder / tool.name).exists()]
    if not absent:
        return folder
    if any(not _built(cache, tool).exists() for tool in absent):
        _build_missing(cache, absent, report)
    folder.mkdir(parents=True, exist_ok=True)
    for tool in absent:
        # Another instance may have put it there meanwhile: the same file.
        with contextlib.suppress(FileExistsError):
            (folder / tool.name).hardlink_to(_built(cache, tool))
    return folder


def _build_missing(cache: Path, tools: Sequence[Tool], report: Callable[[str], None]) -> None:
    """One process at a time: whoever is done removes what Go keeps while it builds."""
    place = cache / "toolchain" / "built"
    place.mkdir(parents=True, exist_ok=True)
    with (place.parent / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        missing = [tool for tool in tools if not _built(cache, tool).exists()]
        if not missing:
            return
        environment = go_environment(cache, report)
        with ThreadPoolExecutor(WORKERS) as pool:
            for done in [pool.submit(_build, cache, tool, environment, report) for tool in missing]:
                done.result()
        _forget(cache)


def _forget(cache: Path) -> None:
    """Removes what Go kept: 12 GB that only another pin would use again.

    Not waited for: a disk that is told of each removed file (mount option discard) takes a quarter of an hour.
    """
    gone = cache / f"go.gone-{os.getpid()}"
    (cache / "go").rename(gone)
    subprocess.Popen(["nice", "rm", "-rf", gone], start_new_session=True, stdin=-3, stdout=-3, stderr=-3)


def _built(cache: Path, tool: Tool) -> Path:
    return cache / "toolchain" / "built" / f"{tool.name}-{tool.digest}"


def _build(cache: Path, tool: Tool, environment: dict[str, str], report: Callable[[str], None]) -> None:
    target = _built(cache, tool)
    unfinished = target.with_suffix(f".{os.getpid()}")
    go = ["go", "build", "-v", "-trimpath", "-gcflags", COMPILER_FLAGS, "-ldflags", tool.ldflags]
    go += ["-o", str(unfinished), tool.package]
    report(f"building {tool.name}")
    with subprocess.Popen(go, cwd=tool.folder, env=environment, text=True, stdout=-1, stderr=-2) as build:
        tail: deque[str] = deque(maxlen=15)
        assert build.stdout is not None
        for compiled, line in enumerate((line for line in build.stdout if "downloading" not in line), start=1):
            tail.append(line)
            if compiled % PROGRESS_EVERY == 0:
                report(f"building {tool.name}: {compiled} packages compiled")
    if build.returncode:
        raise LocalError(f"go build of {tool.name} in {tool.folder} failed:\n{''.join(tail)}")
    unfinished.rename(target)
    report(f"built {tool.name} ({target.stat().st_size >> 20} MB)")

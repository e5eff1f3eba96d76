"""The node: a process in its own namespaces that holds a whole Kubernetes. Ending it ends everything in it."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from local.cluster.instance import Instance
from local.cluster.wait import until
from local.errors import LocalError

INIT = Path(__file__).with_name("node_init.sh")


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise LocalError(f"`{' '.join(command)}` failed: {done.stderr.strip()}")


def node_pid(instance: Instance) -> int | None:
    """PID, as the host sees it, of the node's PID 1; None when the node does not run."""
    record = instance.folder / "node.json"
    if not record.exists():
        return None
    known = json.loads(record.read_text())
    # A start time beside the PID: the number alone may belong to another process by now.
    return known["pid"] if _start_time(known["pid"]) == known["start"] else None


def _is_left(instance: Instance) -> bool:
    """Whether the node's first process, or the `unshare` that started it, is still there."""
    record = instance.folder / "node.json"
    if not record.exists():
        return False
    known = json.loads(record.read_text())
    return any(_start_time(known[one]) == known[start] for one, start in (("pid", "start"), ("parent", "parentStart")))


def start_node(
    instance: Instance, root: Path, images: Path, toolchain: Path, programs: Sequence[str] = ("kubernetes",)
) -> None:
    """Starts the node, with these programs of the toolchain in it, and connects it to the host.

    Its /etc/kubernetes must have been written before.
    """
    _remove_traces(instance)
    (instance.folder / "etc" / "network-ready").unlink(missing_ok=True)
    instance.logs.mkdir(exist_ok=True)
    for hierarchy in _hierarchies():
        (hierarchy / instance.cgroup).mkdir(exist_ok=True)
        _inherit_cpuset(hierarchy / instance.cgroup)
    with open(instance.logs / "init.log", "w") as log:
        unshare = subprocess.Popen(
            ["unshare", "--mount", "--uts", "--ipc", "--net", "--pid", "--fork", "--kill-child", "bash", str(INIT)]
            + [str(path) for path in (root, instance.folder, images, toolchain)] + [instance.node_name, *programs],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
    children = Path(f"/proc/{unshare.pid}/task/{unshare.pid}/children")
    until("the node's first process to start", lambda: unshare.poll() is not None or children.read_text().split())
    if unshare.poll() is not None:
        raise LocalError(f"the node did not start:\n{(instance.logs / 'init.log').read_text()}")
    pid = int(children.read_text().split()[0])
    record = {"pid": pid, "start": _start_time(pid), "parent": unshare.pid, "parentStart": _start_time(unshare.pid)}
    (instance.folder / "node.json").write_text(json.dumps(record))
    _connect(instance, pid)
    (instance.folder / "etc" / "network-ready").touch()


def stop_node(instance: Instance) -> bool:
    """Ends the node and removes every trace on the host; False when it was not running."""
    pid = node_pid(instance)
    if pid is not None:
        os.kill(pid, signal.SIGKILL)
    until("the node's processes to end", lambda: not _is_left(instance))
    (instance.folder / "node.json").unlink(missing_ok=True)
    _remove_traces(instance)
    return pid is not None


def in_node(instance: Instance, *command: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Runs a command inside the node's namespaces."""
    pid = node_pid(instance)
    if pid is None:
        raise LocalError(f"the node of instance {instance.name!r} does not run; start it: make up")
    namespaces = ["--mount", "--uts", "--ipc", "--net", "--pid"]
    done = subprocess.run(
        ["nsenter", "--target", str(pid), *namespaces, "--", *command], capture_output=True, text=True
    )
    if check and done.returncode:
        raise LocalError(f"`{' '.join(command)}` in the node failed: {(done.stderr or done.stdout).strip()[-2000:]}")
    return done


def _connect(instance: Instance, pid: int) -> None:
    peer = f"{instance.link}n"
    _run("ip", "link", "add", instance.link, "type", "veth", "peer", "name", peer)
    _run("ip", "address", "add", f"{instance.host_address}/30", "dev", instance.link)
    _run("ip", "link", "set", instance.link, "up")
    _run("ip", "link", "set", peer, "netns", str(pid))
    inside = ["nsenter", "--target", str(pid), "--net", "ip"]
    _run(*inside, "link", "set", peer, "name", "eth0")
    _run(*inside, "address", "add", f"{instance.node_address}/30", "dev", "eth0")
    _run(*inside, "link", "set", "eth0", "up")
    _run(*inside, "route", "add", "default", "via", instance.host_address)
    for reachable in (instance.pod_range, instance.service_range):
        _run("ip", "route", "add", reachable, "via", instance.node_address)


def _remove_traces(instance: Instance) -> None:
    """The link (its routes go with it) and the cgroups. Nothing else of the node is outside its namespaces."""
    link = Path(f"/sys/class/net/{instance.link}")
    if link.exists():
        # Not checked: the kernel may be removing it already, because the node's end went with the node.
        subprocess.run(["ip", "link", "delete", instance.link], capture_output=True)
        until(f"link {instance.link} to be gone", lambda: not link.exists())
    for hierarchy in _hierarchies():
        _remove_cgroup(hierarchy / instance.cgroup)


def _remove_cgroup(group: Path) -> None:
    if not group.exists():
        return
    for path, _, _ in os.walk(group, topdown=False):
        # A killed process stays in its group for a moment.
        until(f"cgroup {path} to be empty", partial(_removed, Path(path)))


def _removed(group: Path) -> bool:
    with contextlib.suppress(OSError):
        group.rmdir()
    return not group.exists()


def _hierarchies() -> list[Path]:
    """Every mounted cgroup hierarchy: one of version 2, several of version 1, or both."""
    mounts = [line.split() for line in Path("/proc/mounts").read_text().splitlines()]
    return [Path(path) for _, path, kind, *_ in mounts if kind in {"cgroup", "cgroup2"}]


def _inherit_cpuset(group: Path) -> None:
    """A new cpuset group of cgroup v1 has no processors and no memory until told."""
    for name in ("cpuset.cpus", "cpuset.mems"):
        if (group / name).exists() and not (group / name).read_text().strip():
            (group / name).write_text((group.parent / name).read_text())


def _start_time(pid: int) -> str | None:
    """Start time in clock ticks since boot; None for a process that is gone or only waits to be reaped."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if fields[0] == "Z" else fields[19]

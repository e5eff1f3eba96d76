"""What a program could leave behind on this machine."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass, fields
from pathlib import Path

from tests.support.beside import is_theirs, their_processes


def _lines(*command: str) -> frozenset[str]:
    if shutil.which(command[0]) is None:
        return frozenset()
    return frozenset(subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines())


def _node_processes() -> frozenset[str]:
    # The kernel keeps 15 characters of a name.
    programs = {"etcd", "containerd", "kubelet", "kube-apiserver", "kube-controller", "kube-scheduler", "kube-proxy"}
    programs |= {"kubernetes", "kwok", "buildah", "unshare"}
    found = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            pid, _, rest = entry.read_text().partition(" (")
        except (FileNotFoundError, ProcessLookupError):
            continue
        name, _, status = rest.rpartition(") ")
        # A zombie has ended; it waits for the process that started it, which may be this one.
        if (name in programs or name.startswith("containerd-shim")) and status[0] != "Z":
            found[int(pid)] = name
    # Afterwards: one of theirs may start or end at any time.
    theirs = their_processes()
    return frozenset(
        f"{pid} {name}" for pid, name in found.items() if pid not in theirs and Path(f"/proc/{pid}").exists()
    )


@dataclass(frozen=True)
class HostState:
    """Links, routes, firewall rules, mounts, cgroups and node processes of the host."""

    links: frozenset[str]
    routes: frozenset[str]
    firewall: frozenset[str]
    mounts: frozenset[str]
    cgroups: frozenset[str]
    processes: frozenset[str]

    @classmethod
    def look(cls) -> HostState:
        """Reads the host as it is now."""
        links = json.loads(subprocess.run(["ip", "-json", "link"], capture_output=True, check=True).stdout)
        return cls(
            links=frozenset(link["ifname"] for link in links),
            routes=_lines("ip", "route"),
            firewall=_lines("iptables-save") | _lines("nft", "list", "ruleset"),
            mounts=frozenset(line.split()[1] for line in Path("/proc/mounts").read_text().splitlines()),
            cgroups=frozenset(
                str(group) for group in Path("/sys/fs/cgroup").glob("*/mlops-*") if not is_theirs(group.name)
            ),
            processes=_node_processes(),
        )

    def differences(self, before: HostState) -> list[str]:
        """What is there now and was not before, or the other way round."""
        found = []
        for field in fields(self):
            now, then = getattr(self, field.name), getattr(before, field.name)
            found += [f"new {field.name}: {entry}" for entry in sorted(now - then)]
            found += [f"lost {field.name}: {entry}" for entry in sorted(then - now)]
        return found

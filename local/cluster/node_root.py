"""The node's root folder: Debian 13 with the node's programs, made once and shared read-only by all instances."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from local.cache import digest
from local.errors import LocalError

SUITE = "trixie"
PACKAGES = (
    "ca-certificates", "conntrack", "containerd", "containernetworking-plugins", "etcd-server", "ethtool", "iproute2",
    "iptables", "kmod", "mount", "nftables", "procps", "runc", "socat", "util-linux",
    # Not for the node itself: the image builder, and promtool and amtool for `make test`, run from here by chroot.
    "buildah", "crun", "prometheus", "prometheus-alertmanager",
)  # fmt: skip
# Packages must not start their services while they are unpacked: there is no init system in the folder.
_NO_SERVICES = (
    'mkdir -p "$1/usr/sbin" && printf "#!/bin/sh\\nexit 101\\n" >"$1/usr/sbin/policy-rc.d" '
    '&& chmod +x "$1/usr/sbin/policy-rc.d"'
)
_EXCLUDED = ("/usr/share/doc/*", "/usr/share/man/*", "/usr/share/locale/*")


def node_root_folder(cache: Path) -> Path:
    """Where the root folder of this checkout's package list stands."""
    return cache / "node" / digest(SUITE, *PACKAGES, _NO_SERVICES)


def build_node_root(cache: Path, report: Callable[[str], None]) -> Path:
    """Makes the root folder if it is not there and returns it. Interrupted, it leaves only an `.unfinished` folder."""
    root = node_root_folder(cache)
    if root.exists():
        return root
    report(f"installing the node's Debian 13 packages into {root}")
    unfinished = root.with_suffix(".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.parent.mkdir(parents=True, exist_ok=True)
    command = [
        "mmdebstrap", "--variant=minbase", "--quiet", f"--include={','.join(PACKAGES)}", f"--setup-hook={_NO_SERVICES}",
        '--aptopt=APT::Install-Recommends "false"', *(f"--dpkgopt=path-exclude={path}" for path in _EXCLUDED),
        SUITE, str(unfinished),
    ]  # fmt: skip
    made = subprocess.run(
        command, text=True, capture_output=True, env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    )
    if made.returncode:
        raise LocalError(f"mmdebstrap could not make the node's root folder:\n{made.stderr[-2000:]}")
    unfinished.rename(root)
    return root

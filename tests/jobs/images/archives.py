"""A small docker archive, as buildah writes large ones."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from pathlib import Path

from jobs.images.layer import layer

REFERENCE = "mlops.local/tiny:0123456789ab"


def archive(folder: Path, reference: str = REFERENCE, content: bytes = b"hello") -> Path:
    """An image of one layer with one file."""
    only = layer({"/etc/greeting": content})
    identity = hashlib.sha256(only).hexdigest()
    config = json.dumps({
        "architecture": "amd64", "os": "linux", "config": {"Cmd": ["/bin/true"], "User": "65532"},
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{identity}"]}, "history": [{"created_by": "a test"}],
    }).encode()  # fmt: skip
    manifest = [{"Config": "config.json", "RepoTags": [reference], "Layers": [f"{identity}.tar"]}]
    target = folder / f"{hashlib.sha256(config).hexdigest()[:12]}.tar"
    with tarfile.open(target, "w") as whole:
        for name, data in (
            ("manifest.json", json.dumps(manifest).encode()), ("config.json", config), (f"{identity}.tar", only)
        ):  # fmt: skip
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            whole.addfile(entry, io.BytesIO(data))
    return target

"""The base of all images: a small Debian 13 root from signed packages."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from local.cache import digest
from local.errors import LocalError
from local.images.image import REPOSITORY

SUITE = "trixie"
CUSTOMIZE = Path(__file__).parent / "base.sh"
# Documentation and translations are half of a small root; licences stay.
_EXCLUDED = ("/usr/share/doc/*", "/usr/share/info/*", "/usr/share/locale/*", "/usr/share/man/*")
OPTIONS = (
    "--variant=minbase",
    "--include=ca-certificates,tzdata",
    *(f"--dpkgopt=path-exclude={path}" for path in _EXCLUDED),
    "--dpkgopt=path-include=/usr/share/doc/*/copyright",
)
DOCKERFILE = "FROM scratch\nADD root.tar /\nENV LANG=C.UTF-8\n"


def reference() -> str:
    return f"{REPOSITORY}/debian:{digest(SUITE, *OPTIONS, CUSTOMIZE.read_bytes(), DOCKERFILE)}"


def make_context(folder: Path) -> None:
    """Writes the root's archive and its Dockerfile into a build context."""
    if shutil.which("mmdebstrap") is None:
        raise LocalError("mmdebstrap is missing, it makes the images' base: apt-get install mmdebstrap")
    command = ["mmdebstrap", *OPTIONS, f"--customize-hook={CUSTOMIZE}", SUITE, str(folder / "root.tar")]
    made = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if made.returncode:
        tail = "\n".join(made.stdout.splitlines()[-12:])
        keys = "NO_PUBKEY" in made.stdout or "Missing key" in made.stdout
        hint = "\nDebian 13's keys are missing: apt-get install debian-archive-keyring (2023.3+deb12u2 or newer)"
        raise LocalError(f"image debian: mmdebstrap failed:\n{tail}{hint if keys else ''}")
    (folder / "Dockerfile").write_text(DOCKERFILE)

"""Images in a registry, by crane (go-containerregistry): push, digest, one layer more.

Who asks is what `docker login` or a credential helper left in $DOCKER_CONFIG, by default ~/.docker; no password is ever
an argument.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from jobs.errors import ConfigError, ImageError, UnreachableError
from jobs.images import checkout
from jobs.images.layer import layer

PROGRAM = "crane"
_LOGIN = "`docker login`, or a credential helper of the registry; DOCKER_CONFIG names another folder than ~/.docker"
_UNKNOWN = ("MANIFEST_UNKNOWN", "NAME_UNKNOWN", "404 Not Found")
_REFUSED = ("UNAUTHORIZED", "DENIED", "401 Unauthorized", "403 Forbidden")
_NO_ANSWER = ("connection refused", "no such host", "i/o timeout", "server misbehaving", "network is unreachable")


def crane() -> str:
    """The program: on PATH, or built once by the checkout's toolchain. Raises ConfigError."""
    found = shutil.which(PROGRAM)
    if found:
        return found
    try:
        return str(Path(checkout.run("local.toolchain", [PROGRAM]).split()[-1]) / PROGRAM)
    except ConfigError as error:
        raise ConfigError(
            "crane is missing, which speaks to registries", given=f"PATH={os.environ.get('PATH')}",
            change="run the command in a clone of the repository, or install crane 0.22 of go-containerregistry",
        ) from error  # fmt: skip


def push(archive: Path, target: str) -> str:
    """A docker archive as `target` (`registry/name:tag`) → its name by digest. Raises ImageError."""
    return _by_digest(_crane("push", str(archive), target))


def digest(reference: str) -> str | None:
    """The image's name by digest; None when the registry answers that it has none. Raises ImageError."""
    try:
        return _by_digest(_crane("digest", "--full-ref", reference))
    except UnknownImageError:
        return None


def append(base: str, files: Mapping[str, bytes], target: str) -> str:
    """The image `base` with one layer of `files` (absolute path in the image → content), pushed as `target`.

    → its name by digest, which is the same for the same base and files. Layers of `base` are not moved when both are
    in one registry. Raises ImageError.
    """
    with tempfile.NamedTemporaryFile(prefix="layer-", suffix=".tar") as file:
        file.write(layer(files))
        file.flush()
        return _by_digest(_crane("append", "--base", base, "--new_layer", file.name, "--new_tag", target))


class UnknownImageError(ImageError):
    """The registry answered that it has no such image."""


def _by_digest(printed: str) -> str:
    return printed.split()[-1]


def _crane(*arguments: str) -> str:
    done = subprocess.run([crane(), *arguments], capture_output=True, text=True)
    if not done.returncode:
        return done.stdout
    said = done.stderr.strip()
    last = said.splitlines()[-1] if said else f"exit code {done.returncode}"
    what = f"crane {' '.join(arguments)}"
    if any(word in said for word in _UNKNOWN):
        raise UnknownImageError("the registry has no such image", given=what, details=(last,))
    if any(word in said for word in _REFUSED):
        raise ImageError("the registry refuses", given=what, details=(last,), change=_LOGIN)
    if any(word in said for word in _NO_ANSWER):
        raise UnreachableError("the registry does not answer", given=what, details=(last,))
    raise ImageError("an image could not be pushed or read", given=what, details=(last,))

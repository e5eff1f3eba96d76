"""The host's pip settings (mirror, certificates, wheels) as a folder that builds see and images never keep."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from pathlib import Path

# Where builds see the folder: empty in Debian's and Python's images, so mounting there leaves no trace in a layer.
MOUNT = "/mnt"
CONFIG = f"{MOUNT}/pip.conf"
_ABOUT_THE_HOST = {"cache-dir", "log", "prefix", "python", "require-virtualenv", "target", "user"}


def parse(listing: str) -> dict[str, str]:
    """Settings from `pip config list`; the environment's win over the files'."""
    lines = sorted((line for line in listing.splitlines() if "=" in line), key=lambda line: line.startswith(":env:"))
    pairs = (line.partition("=") for line in lines)
    settings = {name.rpartition(".")[2]: str(ast.literal_eval(value)) for name, _, value in pairs}
    return {name: value for name, value in settings.items() if name not in _ABOUT_THE_HOST}


def configuration(settings: dict[str, str]) -> tuple[str, dict[Path, str]]:
    """Text of pip.conf for a build, and the host's folders it names with the names they get below the mount."""
    folders: dict[Path, str] = {}
    for link in settings.get("find-links", "").split():
        if Path(link).is_dir():
            folders[Path(link)] = f"links-{len(folders)}"
    links = " ".join(
        f"{MOUNT}/{folders[Path(link)]}" if Path(link) in folders else link
        for link in settings.get("find-links", "").split()
    )
    values = settings | {"cache-dir": f"{MOUNT}/cache"}
    values |= {"find-links": links} if links else {}
    values |= {"cert": f"{MOUNT}/ca.crt"} if "cert" in settings else {}
    return "[global]\n" + "".join(f"{name} = {value}\n" for name, value in sorted(values.items())), folders


def write_folder(folder: Path) -> dict[Path, Path]:
    """Writes `folder` and returns which host folders must be bound where in it."""
    command = [sys.executable, "-m", "pip", "config", "list"]
    settings = parse(subprocess.run(command, capture_output=True, text=True).stdout)
    text, folders = configuration(settings)
    (folder / "cache").mkdir(parents=True, exist_ok=True)
    for name in folders.values():
        (folder / name).mkdir(exist_ok=True)
    if "cert" in settings:
        shutil.copyfile(settings["cert"], folder / "ca.crt")
    (folder / "pip.conf").write_text(text)
    return {source: folder / name for source, name in folders.items()}

"""Which Pulumi packages the program's Python environment holds. Reads installed metadata only; knows no program."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import Distribution, distributions


@dataclass(frozen=True)
class Package:
    """An installed provider SDK: the plugin it needs and that plugin's version."""

    name: str
    version: str


def installed_packages() -> list[tuple[str, str]]:
    """Name and version of every installed distribution, sorted by name."""
    return sorted({(item.metadata["Name"], item.version) for item in distributions()})


def provider_packages() -> list[Package]:
    """Installed SDKs that name a resource plugin, sorted by name."""
    return sorted((package for item in distributions() for package in _providers(item)), key=lambda p: p.name)


def _providers(distribution: Distribution) -> Iterator[Package]:
    for file in distribution.files or ():
        if file.name == "pulumi-plugin.json":
            plugin = json.loads(file.read_text())
            if plugin.get("resource"):
                yield Package(plugin["name"], plugin["version"])

"""Finds the type of a token. A service's types are imported when the first of them is asked for: the SDK is large."""

from __future__ import annotations

import importlib
from functools import cache
from pathlib import Path
from pkgutil import iter_modules
from threading import Lock
from types import ModuleType

from local.plugins.aws.kind import Kind
from local.plugins.errors import PluginError

# The SDK's modules import each other: two threads in that at once may see one half made.
_importing = Lock()
_SERVICES = Path(__file__).parent / "services"


class UnsupportedType(PluginError):
    """The program asks for a type that this plugin does not carry."""


def service_names() -> list[str]:
    return sorted(found.name for found in iter_modules([str(_SERVICES)]))


@cache
def kinds_of(service: str) -> dict[str, Kind]:
    """The types in `services/<service>.py`, or in the folder of that name, by token: every subclass of Kind there."""
    with _importing:
        modules = _modules(f"local.plugins.aws.services.{service}")
    classes = [
        value
        for module in modules
        for value in vars(module).values()
        if isinstance(value, type)
        and issubclass(value, Kind)
        and value.__module__ == module.__name__
        and "sdk" in vars(value)
    ]
    return {kind.token: kind for kind in (made() for made in classes)}


def kind_of(token: str) -> Kind:
    """`aws:s3/bucket:Bucket` → its type."""
    service = token.split(":")[1].split("/")[0]
    # `lambda` is a keyword of Python.
    module = f"{service}_" if service == "lambda" else service
    found = kinds_of(module) if module in service_names() else {}
    if token not in found:
        carried = ", ".join(sorted(found)) or f"no type of {service}; services: {', '.join(service_names())}"
        raise UnsupportedType(
            f"{token} is not carried by the local AWS plugin; carried: {carried}. "
            "Add it in local/plugins/aws/services, or use the official plugin."
        )
    return found[token]


def _modules(name: str) -> list[ModuleType]:
    module = importlib.import_module(name)
    inside = iter_modules(getattr(module, "__path__", ()))
    return [module, *(importlib.import_module(f"{name}.{found.name}") for found in inside)]

"""Runs inside an image: imports the named modules and all of our code in it, and lists what cannot be imported."""

import importlib
import pkgutil
import sys


def _failure(module: str) -> str | None:
    try:
        importlib.import_module(module)
    except Exception as error:
        return f"{module}: {type(error).__name__}: {error}"
    return None


if __name__ == "__main__":
    import jobs

    ours = [found.name for found in pkgutil.walk_packages(jobs.__path__, "jobs.", lambda _: None)]
    modules = [*sys.argv[1:], *(name for name in ours if not name.endswith(".__main__"))]
    failures = [failure for module in modules if (failure := _failure(module))]
    sys.exit("\n".join(failures) or None)

"""Runs inside an image: imports the named modules and our code in it, and lists what cannot be imported.

Arguments are modules to import; `-name` leaves out a package of ours that runs in another image.
"""

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

    elsewhere = tuple(f"{name[1:]}." for name in sys.argv[1:] if name.startswith("-"))
    ours = [found.name for found in pkgutil.walk_packages(jobs.__path__, "jobs.", lambda _: None)]
    wanted = [name for name in sys.argv[1:] if not name.startswith("-")]
    wanted += [name for name in ours if not name.endswith(".__main__") and not f"{name}.".startswith(elsewhere)]
    failures = [failure for module in wanted if (failure := _failure(module))]
    sys.exit("\n".join(failures) or None)

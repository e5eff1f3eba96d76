"""`python -m local.platform up|cluster|status|env|down|destroy`: what the Makefile calls."""

from __future__ import annotations

import argparse
import sys

from local.cache import cache_root
from local.errors import LocalError
from local.platform.down import destroy, down
from local.platform.shell import exports
from local.platform.status import status
from local.platform.up import bring_up_cluster, up
from local.progress import Progress


def main() -> int:
    """Runs one command; a `LocalError` is a message and exit code 1, not a traceback."""
    parser = argparse.ArgumentParser(prog="python -m local.platform", description=__doc__)
    parser.add_argument("command", choices=("up", "cluster", "status", "env", "down", "destroy"))
    parser.add_argument("--instance", default="local", help="which platform of this machine (default: local)")
    parser.add_argument("--bare", action="store_true", help="up: without a model, to be restored into")
    parser.add_argument("--forget", action="store_true", help="down: remove the instance's data too")
    parser.add_argument("--purge", action="store_true", help="down: remove the whole cache too")
    chosen = parser.parse_args()
    progress = Progress()
    try:
        if chosen.command == "up":
            up(cache_root(), chosen.instance, progress, bare=chosen.bare)
        elif chosen.command == "cluster":
            bring_up_cluster(cache_root(), chosen.instance, progress)
        elif chosen.command == "down":
            down(cache_root(), chosen.instance, progress, forget=chosen.forget, purge=chosen.purge)
        elif chosen.command == "destroy":
            destroy(cache_root(), chosen.instance, progress)
        elif chosen.command == "env":
            sys.stdout.write(exports(cache_root(), chosen.instance))
        else:
            return status(cache_root(), chosen.instance)
    except LocalError as error:
        progress(f"error: {error}")
        return 1
    except KeyboardInterrupt:
        progress("interrupted; the same command goes on from here")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())

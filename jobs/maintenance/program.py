"""How a maintenance program ends: a known error is told on stderr and becomes the exit code."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import NoReturn

from jobs.errors import MlopsError


def main(run: Callable[[Sequence[str]], None]) -> NoReturn:
    """Runs it with the arguments of the command line."""
    try:
        run(sys.argv[1:])
    except MlopsError as error:
        print(error, file=sys.stderr)
        sys.exit(error.exit_code)
    sys.exit(0)

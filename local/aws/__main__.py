"""`python -m local.aws preview --stack NAME`: what the Makefile calls."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from local.aws.preview import preview
from local.cache import cache_root
from local.errors import LocalError
from local.progress import Progress


def main() -> int:
    """Runs one command; a `LocalError` is a message and exit code 1, not a traceback."""
    parser = argparse.ArgumentParser(prog="python -m local.aws", description=__doc__)
    parser.add_argument("command", choices=("preview",))
    parser.add_argument("--stack", required=True)
    parser.add_argument("--instance", default="local", help="whose stack `local` is (default: local)")
    parser.add_argument("--output", type=Path, help="file for the Markdown of a comment")
    chosen = parser.parse_args()
    # Standard output is the Markdown.
    progress = Progress()
    try:
        return preview(cache_root(), chosen.stack, chosen.instance, chosen.output, progress)
    except LocalError as error:
        progress(f"error: {error}")
        return 1
    except KeyboardInterrupt:
        progress("interrupted")
        return 130


if __name__ == "__main__":
    sys.exit(main())

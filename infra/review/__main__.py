"""`python -m infra.review --events FILE --stack NAME [--output FILE]`: the engine's preview as Markdown.

Prints all of it and writes what fits into one comment. Exit code 0 for a preview that succeeded, 1 for one that the
engine refused or that violates a mandatory policy, 2 for a file that is no preview.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

from infra.review.bill import bill_section
from infra.review.cost import bill
from infra.review.events import UnreadablePreviewError, read
from infra.review.prices import prices
from infra.review.report import render


def main(arguments: list[str] | None = None) -> int:
    """Reads, prints, writes."""
    parser = argparse.ArgumentParser(prog="python -m infra.review", description=__doc__)
    parser.add_argument("--events", required=True, help="what `pulumi preview --json` wrote to stdout; - is stdin")
    parser.add_argument("--stack", required=True, type=_stack, help="the stack's name, part of the comment's marker")
    parser.add_argument("--output", type=Path, help="Markdown for a comment, at most as long as GitHub takes")
    parser.add_argument("--region", help="AWS region for prices, where the preview does not tell it")
    chosen = parser.parse_args(arguments)
    try:
        text = sys.stdin.read() if chosen.events == "-" else Path(chosen.events).read_text()
        return review(text, chosen.stack, chosen.output, chosen.region)
    except (OSError, UnreadablePreviewError) as error:
        sys.stderr.write(f"error: {chosen.events}: {error}\n")
        return 2


def review(text: str, stack: str, output: Path | None = None, region: str | None = None) -> int:
    """The command on the engine's output itself: it holds secrets in plain text and need never be in a file."""
    preview = read(text)
    cost = bill(preview, prices(), region)
    sys.stdout.write(render(preview, stack, cost, limit=None))
    # Last on the screen, whatever is folded above it; what the sum leaves out stands in its section.
    sys.stdout.write(f"\n{bill_section(cost).title}\n")
    if output:
        output.write_text(render(preview, stack, cost))
    return int(preview.failed or any(violation.mandatory for violation in preview.violations))


def _stack(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", text) or "--" in text:
        raise argparse.ArgumentTypeError(f"{text!r}; allowed are letters, digits, `.`, `_` and `-`, but no `--`")
    return text


if __name__ == "__main__":
    sys.exit(main())

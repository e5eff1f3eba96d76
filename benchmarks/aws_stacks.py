"""Times the steps of the AWS stacks on emulators, with guardrails, and writes the figures into README.md.

python -m benchmarks.aws_stacks
"""

from __future__ import annotations

import datetime
import re
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from infra.review.events import read
from local.aws.driven import Driven
from local.aws.trial import stacks, trial
from local.cache import cache_root
from local.progress import Progress

README = Path(__file__).parents[1] / "README.md"


@dataclass(frozen=True)
class Figure:
    """Seconds of one step of one stack, and what the step was about."""

    step: str
    stack: str
    seconds: float
    about: str

    def __str__(self) -> str:
        return f"{self.seconds:.0f} s, {self.about}"


def measure(stack: str) -> list[Figure]:
    """Every step once, from a stack that does not exist to one that does not exist any more."""
    found: list[Figure] = []
    with trial(cache_root(), stack, Progress(), cluster=True) as running:
        driven = Driven(running)

        def step(name: str, do: Callable[[], str]) -> None:
            began = time.monotonic()
            about = do()
            found.append(Figure(name, stack, time.monotonic() - began, about.replace("+ ", "").replace("- ", "")))

        step("`make preview`, a new stack", lambda: f"{len(read(driven.preview()).resources)} resources")
        step("`pulumi up`", driven.up)
        step("`pulumi up` again, nothing changed", driven.up)
        if any(resource.get("protect") for resource in driven.resources()):
            driven.change("durability", "disposable")
            driven.up()
        step("`pulumi destroy`", driven.destroy)
    return found


def with_figures(readme: str, figures: list[Figure], day: str) -> str:
    """The README with a row for each step and a column for each stack; pure."""
    for name in dict.fromkeys(figure.step for figure in figures):
        shown = " | ".join(str(figure) for figure in figures if figure.step == name)
        readme = re.sub(rf"^\| {re.escape(name)} \|.*$", f"| {name} | {shown} | {day} |", readme, flags=re.M)
    return readme


def main() -> int:
    """Measures and rewrites the README."""
    figures = [figure for stack in stacks() for figure in measure(stack)]
    README.write_text(with_figures(README.read_text(), figures, datetime.datetime.now(datetime.UTC).date().isoformat()))
    for figure in figures:
        print(f"{figure.stack:<5} {figure.step:<36} {figure}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

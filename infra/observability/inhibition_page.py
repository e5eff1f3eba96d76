"""Writes the table of causes and consequences into `docs/alerts.md`."""

from collections.abc import Iterable
from pathlib import Path

from infra.observability.inhibition import ALONE, CAUSES, Cause

PATH = Path(__file__).parents[2] / "docs" / "alerts.md"
BEGIN, END = "<!-- python -m infra.observability.inhibition_page -->\n", "<!-- end of the table -->"


def table() -> str:
    """The table, and who is not in it."""
    rows = "".join(f"| {_named(cause)} | {_silenced(cause)} | {cause.lingers or 'no'} |\n" for cause in CAUSES)
    return f"| cause | not told meanwhile | lingers |\n| --- | --- | --- |\n{rows}\nAlone: {_listed(sorted(ALONE))}.\n"


def page(text: str) -> str:
    """The document with the table of today."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}{table()}{END}{after}"


def _named(cause: Cause) -> str:
    same = f", of the same {' and '.join(cause.equal)}" if cause.equal else ""
    return f"`{cause.alert}`{f' with `{cause.where}`' if cause.where else ''}{same}"


def _silenced(cause: Cause) -> str:
    return f"{_listed(cause.consequences)}{f' with `{cause.of}`' if cause.of else ''}"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


if __name__ == "__main__":
    PATH.write_text(page(PATH.read_text()))
    print(f"wrote {PATH}")

"""Tables of Markdown, and documents that hold them between marks. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


def markdown(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Lines of a table."""
    lines = [header, ["---"] * len(header), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def with_tables(text: str, tables: Mapping[str, str]) -> str:
    """The document with each table between its marks `<!-- name -->` and `<!-- /name -->`."""
    for name, table in tables.items():
        begin, end = f"<!-- {name} -->", f"<!-- /{name} -->"
        if text.count(begin) != 1 or text.count(end) != 1:
            raise SystemExit(f"the document needs one place between {begin} and {end}")
        text = f"{text.partition(begin)[0]}{begin}\n{table}{end}{text.partition(end)[2]}"
    return text

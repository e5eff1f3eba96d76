"""Markdown that shows any text as it is, and that fits into one comment."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from infra.review.values import Hidden, Unknown

# What GitHub takes as the body of one comment, in characters. Counted here in bytes of UTF-8, which are never fewer.
COMMENT_LIMIT = 65_536
_LONGEST_VALUE = 60
# Shown before the first difference of two long texts.
_LEAD = 12


def code(text: str) -> str:
    """A code span. Nothing in it is Markdown, HTML or a mention, whatever it holds."""
    flat = re.sub(r"\s+", " ", text).strip() or " "
    fence = "`" * (max((len(run) for run in re.findall("`+", flat)), default=0) + 1)
    pad = " " if flat.startswith("`") or flat.endswith("`") else ""
    return f"{fence}{pad}{flat}{pad}{fence}"


def words(text: str) -> str:
    """Text that is expected to be plain words, as it is if it is that."""
    return text if re.fullmatch(r"[\w .-]+", text) else code(text)


def cell(text: str) -> str:
    """Text for a table: a bar would end the cell, also inside a code span."""
    return text.replace("|", "\\|")


def block(text: str, lines: int = 30) -> list[str]:
    """A code block of at most so many lines."""
    shown = text.splitlines()
    if len(shown) > lines:
        shown = [*shown[:lines], f"… {len(shown) - lines} more lines"]
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return [f"{fence}text", *(line[:500] for line in shown), fence]


def shown(old: Any, new: Any) -> str:
    """`old → new`, both short; of long texts, the part where they begin to differ."""
    before, after = _text(old), _text(new)
    if max(len(before), len(after)) <= _LONGEST_VALUE:
        return f"{code(before)} → {code(after)}"
    common = next((n for n, (a, b) in enumerate(zip(before, after, strict=False)) if a != b), 0)
    start = max(0, common - _LEAD)
    return f"{code(_cut(before, start))} → {code(_cut(after, start))}"


def _text(value: Any) -> str:
    if value is None:
        return "(unset)"
    if isinstance(value, str):
        return value if value else '""'
    return (
        json.dumps(value, ensure_ascii=False, default=repr) if not isinstance(value, Hidden | Unknown) else repr(value)
    )


def _cut(text: str, start: int) -> str:
    end = start + _LONGEST_VALUE
    return ("…" if start else "") + text[start:end] + ("…" if end < len(text) else "")


@dataclass(frozen=True)
class Section:
    """A heading with lines below it, folded away behind the heading if `folded`."""

    title: str
    lines: Sequence[str] = field(default_factory=tuple)
    folded: bool = False

    def opening(self) -> list[str]:
        """What stands before its lines."""
        return ["<details>", f"<summary>{self.title}</summary>", ""] if self.folded else [f"### {self.title}", ""]

    def closing(self) -> list[str]:
        """What stands after them, also when some are left out."""
        return ["", "</details>", ""] if self.folded else [""]


def document(top: Sequence[str], sections: Sequence[Section], limit: int | None, instead: str) -> str:
    """All of it, or what fits into `limit`: sections in order, line by line, and a last line that says what is missing.

    `instead` says where the rest can be read. Lines of `top` are always kept.
    """
    whole = _joined(top, [(section, len(section.lines)) for section in sections])
    if limit is None or _size(whole) <= limit:
        return _writable(whole)
    room = limit - _size(_notice(10**6, instead)) - _size(_joined(top, []))
    kept: list[tuple[Section, int]] = []
    missing = 0
    for section in sections:
        room -= _size("\n".join([*section.opening(), *section.closing()])) + 2
        count = 0
        for line in section.lines if room > 0 and not missing else ():
            if _size(line) + 1 > room:
                break
            room -= _size(line) + 1
            count += 1
        missing += len(section.lines) - count
        if count:
            kept.append((section, count))
    return _writable(_joined(top, kept) + _notice(missing, instead))


def _joined(top: Sequence[str], sections: Sequence[tuple[Section, int]]) -> str:
    lines = [*top]
    for section, count in sections:
        lines += [*section.opening(), *section.lines[:count], *section.closing()]
    return "\n".join(lines).rstrip("\n") + "\n"


def _notice(missing: int, instead: str) -> str:
    return f"\n**CUT: {missing} lines are left out, a comment holds {COMMENT_LIMIT} characters. {instead}**\n"


def _size(text: str) -> int:
    return len(_writable(text).encode())


def _writable(text: str) -> str:
    # JSON may hold halves of characters, which no file takes.
    return text.encode(errors="replace").decode()

"""Markdown of this repository, as far as tests look at it."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
RUNBOOKS = ROOT / "docs" / "runbooks"
DOCUMENTS = (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))
# What marks a block that the end-to-end tests run as it stands.
RUN = "sh run"

_BLOCK = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.M | re.S)
_INLINE = re.compile(r"`([^`\n]+(?:\n[^`\n]+)?)`")


@dataclass(frozen=True)
class Block:
    """A fenced block: its document, the line it begins in, its info string and its text."""

    document: Path
    line: int
    info: str
    text: str

    def __str__(self) -> str:
        return f"{self.document.name}:{self.line}"


def blocks(document: Path) -> list[Block]:
    """Every fenced block of a document."""
    text = document.read_text()
    return [
        Block(document, text.count("\n", 0, found.start()) + 1, found[1].strip(), found[2])
        for found in _BLOCK.finditer(text)
    ]


def runnable() -> list[Block]:
    """Every block of a runbook that is marked as safe to run on a platform that is well."""
    return [block for document in sorted(RUNBOOKS.glob("*.md")) for block in blocks(document) if block.info == RUN]


def code_of(document: Path) -> list[str]:
    """Every line of a shell block, indented or fenced, and every inline code."""
    text = document.read_text()
    inside = [line for block in blocks(document) if block.info.startswith("sh") for line in block.text.splitlines()]
    outside = _BLOCK.sub("", text)
    indented = [line.strip() for line in outside.splitlines() if line.startswith("    ")]
    return [*inside, *indented, *(" ".join(found[1].split()) for found in _INLINE.finditer(outside))]


def commands(document: Path, program: str) -> list[list[str]]:
    """Words after `program` wherever a document calls it, up to the end of that command."""
    found = []
    for code in code_of(document):
        for call in re.finditer(rf"(?:^|[;&|(\"] *|\./){program} ([^;&|)#]*)", code):
            try:
                found.append(shlex.split(call[1].rstrip('"')))
            except ValueError:
                found.append(call[1].split())
    return found


def links(document: Path) -> list[str]:
    """Targets of relative links, without their anchors."""
    targets = re.findall(r"\]\(([^)\s]+)\)", _BLOCK.sub("", document.read_text()))
    return [target.split("#")[0] for target in targets if "://" not in target and not target.startswith("#")]

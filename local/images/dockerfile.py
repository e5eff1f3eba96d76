"""Reads just enough of a Dockerfile to know what it copies, so that digest and build context cover exactly that."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from local.errors import LocalError


@dataclass(frozen=True)
class Instruction:
    """One instruction with its continuation lines joined."""

    keyword: str
    argument: str


def parse(text: str) -> list[Instruction]:
    """The instructions of a Dockerfile, comments left out."""
    lines = (line for line in text.splitlines() if not line.lstrip().startswith("#"))
    joined = "\n".join(lines).replace("\\\n", " ")
    pairs = (line.strip().partition(" ") for line in joined.splitlines() if line.strip())
    return [Instruction(keyword.upper(), " ".join(argument.split())) for keyword, _, argument in pairs]


def copied(text: str) -> list[str]:
    """Paths in the build context that a Dockerfile copies, in order; copies between stages are not context."""
    sources: list[str] = []
    for instruction in parse(text):
        if instruction.keyword == "ADD":
            raise LocalError(f"ADD {instruction.argument}: use COPY, its sources are covered by the image's digest")
        words = instruction.argument.split()
        if instruction.keyword != "COPY" or words[0].startswith("--from="):
            continue
        if words[0].startswith(("--", "[")) or any(mark in word for word in words for mark in "*?$"):
            raise LocalError(f"COPY {instruction.argument}: only plain paths, without flags, wildcards or variables")
        sources += words[:-1]
    return sources


def copied_files(text: str, context: Path) -> list[Path]:
    """Every file below `context` that a Dockerfile copies, sorted; compiled Python is left out."""
    files: set[Path] = set()
    for source in copied(text):
        path = context / source
        if not path.exists():
            raise LocalError(f"COPY {source}: {path} does not exist; create it or change the Dockerfile")
        files |= {path} if path.is_file() else {each for each in path.rglob("*") if each.is_file()}
    return sorted(file for file in files if "__pycache__" not in file.parts)

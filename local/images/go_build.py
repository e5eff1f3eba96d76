"""What a Go program says it was built from: `go version -m` without Go. Pure."""

from __future__ import annotations

from dataclasses import dataclass

MAGIC = b"\xff Go buildinf:"
# Programs of Go 1.18 and later have both strings right behind the header (debug/buildinfo).
_HEADER, _FLAGS, _INLINE = 32, 15, 2
# Marks at both ends of the list of modules.
_MARK = 16


@dataclass(frozen=True, order=True)
class Module:
    """A module that is part of the program; `sum` is go.sum's `h1:…`, empty for the program's own."""

    path: str
    version: str
    sum: str


@dataclass(frozen=True)
class GoBuild:
    """`go` is the version of Go itself, such as `go1.26.8`."""

    go: str
    modules: tuple[Module, ...]


def read(program: bytes) -> GoBuild | None:
    """None when it is no Go program."""
    start = program.find(MAGIC)
    if start < 0 or len(program) < start + _HEADER or not program[start + _FLAGS] & _INLINE:
        return None
    version, end = _string(program, start + _HEADER)
    listed, _ = _string(program, end)
    return GoBuild(version.decode(), _modules(listed[_MARK:-_MARK].decode()))


def _modules(text: str) -> tuple[Module, ...]:
    found: list[Module] = []
    for line in text.splitlines():
        kind, *fields = line.split("\t")
        if kind not in ("mod", "dep", "=>"):
            continue
        path, version, *rest = [*fields, ""]
        if kind == "=>":
            found.pop()
        found.append(Module(path, version, rest[0] if rest else ""))
    return tuple(sorted(found))


def _string(data: bytes, start: int) -> tuple[bytes, int]:
    """A length as a varint, then that many bytes → them and where they end."""
    length = shift = 0
    while True:
        byte = data[start]
        length |= (byte & 0x7F) << shift
        start, shift = start + 1, shift + 7
        if byte < 0x80:
            return data[start : start + length], start + length

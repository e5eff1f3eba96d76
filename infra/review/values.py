"""Property values as the engine writes them: secrets hidden, unknowns named, paths followed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

# Marks that the engine puts in place of a value; constants of its wire format.
_SIGNATURE = "4dabf18193072939515e22adb298388d"
_IS_SECRET = "1b47061264138c4ac30d75fd1eb44270"
_UNKNOWN_TEXT = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
_SECRET_TEXT = "[secret]"


class Hidden:
    """A secret. Two of them are equal: whether one changed is told by the engine's diff, never by its value."""

    def __repr__(self) -> str:
        return "(secret)"


class Unknown:
    """Known only once something else has been made."""

    def __repr__(self) -> str:
        return "(known after the update)"


HIDDEN: Final = Hidden()
UNKNOWN: Final = Unknown()
# Names whose values stay hidden also where a program forgot to mark them as secret.
_TELLTALE = re.compile(
    r"(password|passwd|passphrase|secret|token|private_?key|access_?key|credentials?|kubeconfig)$", re.I
)
_PLUMBING = {"__defaults", "__internal"}
_LOGIN = re.compile(r"(://[^/\s:@]*:)[^/\s@]+@")
_PART = re.compile(r"\[(\d+)\]|\[\"((?:[^\"\\]|\\.)*)\"\]|([^.\[\]]+)", re.S)
_ESCAPED = re.compile(r"\\(.)", re.S)
_QUOTED = re.compile(r"[\"\\]")

Path = tuple[str | int, ...]


def parsed(path: str) -> Path:
    """`spec.containers[0].env["a.b"]` → ("spec", "containers", 0, "env", "a.b")."""
    parts = _PART.findall(path)
    return tuple(int(index) if index else (_ESCAPED.sub(r"\1", quoted) or plain) for index, quoted, plain in parts)


def written(path: Path) -> str:
    """The inverse of `parsed`."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        elif re.fullmatch(r"[^.\[\]\"\\]+", part):
            text += f".{part}" if text else part
        else:
            text += '["' + _QUOTED.sub(r"\\\g<0>", part) + '"]'
    return text


def without_login(text: str) -> str:
    """Text without the password of any URL in it."""
    return _LOGIN.sub(r"\1(secret)@", text)


def clean(value: Any, name: str = "") -> Any:
    """Without the engine's marks, and without anything that is secret by its mark or by its name."""
    if isinstance(value, Mapping):
        if value.get(_SIGNATURE) == _IS_SECRET:
            return HIDDEN
        return {key: _named(value, key, each) for key, each in value.items() if key not in _PLUMBING}
    if isinstance(value, list):
        return [clean(each, name) for each in value]
    if value == _UNKNOWN_TEXT:
        return UNKNOWN
    if not isinstance(value, str):
        return value
    return HIDDEN if value == _SECRET_TEXT or (value and _TELLTALE.search(name)) else without_login(value)


def _named(siblings: Mapping[str, Any], key: str, value: Any) -> Any:
    of_secret = siblings.get("kind") == "Secret" and key in {"data", "stringData"}
    if of_secret and isinstance(value, Mapping) and _SIGNATURE not in value:
        return dict.fromkeys(value, HIDDEN)
    # An environment variable: {"name": "DB_PASSWORD", "value": …}.
    name = siblings.get("name") if key == "value" else key
    return clean(value, name if isinstance(name, str) else key)


def at(value: Any, path: Path) -> tuple[Path, Any]:
    """How far a path leads and what stands there: it ends early at what is hidden. None if it leads nowhere."""
    for number, part in enumerate(path):
        if isinstance(value, Hidden | Unknown):
            return path[:number], value
        in_list = isinstance(value, list) and isinstance(part, int) and part < len(value)
        if not in_list and not (isinstance(value, Mapping) and part in value):
            return path, None
        value = value[part]
    return path, value


def differences(old: Any, new: Any, path: Path = ()) -> Iterator[Path]:
    """Paths of the deepest differences, for engines that give no detailed diff."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in sorted(old.keys() | new.keys()):
            yield from differences(old.get(key), new.get(key), (*path, key))
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for number, (before, after) in enumerate(zip(old, new, strict=True)):
            yield from differences(before, after, (*path, number))
    elif old != new:
        yield path

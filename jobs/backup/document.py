"""JSON with one long list, whose members become values one at a time: never is all of it there as dicts. Pure."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Callable, Sequence
from typing import Any

# In a path: each member of a list.
EACH = "*"
# A member is far smaller.
BLOCK = 256 * 1024
_SPACE = re.compile(r"[ \t\n\r]*")
Place = tuple[str | int, ...]


def read(content: bytes, path: Sequence[str], made: Callable[[Any, Place], Any]) -> Any:
    """The whole document, with what `made` gives in the place of each value at the path. Raises ValueError."""
    text = _Text(content, made)
    found = text.value(path, ())
    if not text.ended():
        raise ValueError("there is something after the end")
    return found


class _Text:
    """What of it is decoded and not yet read."""

    def __init__(self, content: bytes, made: Callable[[Any, Place], Any]) -> None:
        self._content, self._made = memoryview(content), made
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._scan = json.JSONDecoder().raw_decode
        self._text, self._at = "", 0

    def value(self, path: Sequence[str], place: Place) -> Any:
        if not path:
            return self._made(self._whole(), place)
        opening = self._next()
        if opening == "[" and path[0] == EACH:
            return self._list(path[1:], place)
        if opening == "{" and path[0] != EACH:
            return self._dict(path, place)
        return self._whole()

    def ended(self) -> bool:
        return not self._next()

    def _list(self, path: Sequence[str], place: Place) -> list[Any]:
        found: list[Any] = []
        self._take("[")
        while self._next() != "]" or found:
            found.append(self.value(path, (*place, len(found))))
            if self._take(",]") == "]":
                return found
        self._take("]")
        return found

    def _dict(self, path: Sequence[str], place: Place) -> dict[str, Any]:
        found: dict[str, Any] = {}
        self._take("{")
        while self._next() != "}" or found:
            if self._next() != '"':
                raise ValueError("the name of a field is missing")
            name = self._whole()
            self._take(":")
            found[name] = self.value(path[1:], (*place, name)) if name == path[0] else self._whole()
            if self._take(",}") == "}":
                return found
        self._take("}")
        return found

    def _next(self) -> str:
        """The next character that is no space, which is not taken; "" at the end."""
        while True:
            found = _SPACE.match(self._text, self._at)
            self._at = found.end() if found else self._at
            if self._at < len(self._text) or not self._more():
                return self._text[self._at : self._at + 1]

    def _take(self, allowed: str) -> str:
        found = self._next()
        if not found or found not in allowed:
            raise ValueError(f"{found or 'the end'} stands where one of {allowed} should")
        self._at += 1
        return found

    def _whole(self) -> Any:
        self._next()
        while True:
            try:
                found, end = self._scan(self._text, self._at)
            except json.JSONDecodeError as error:
                if not self._more():
                    raise ValueError(error.msg) from error
            else:
                # A number may go on in what comes next: of 1.5e-7 both 1 and 1.5 are numbers.
                if len(self._text) - end > len("e-") or not self._more():
                    if self._text.find("\\u", self._at, end) >= 0:
                        # Half of a pair is no character, and nothing could be named by it.
                        json.dumps(found, ensure_ascii=False).encode()
                    self._at = end
                    return found

    def _more(self) -> bool:
        """As much again as is there, so that a long value is not begun anew for each block."""
        if not len(self._content):
            return False
        size = max(BLOCK, len(self._text) - self._at)
        block, self._content = self._content[:size], self._content[size:]
        decoded = self._decoder.decode(block, final=not len(self._content))
        self._text, self._at = self._text[self._at :] + decoded, 0
        return True

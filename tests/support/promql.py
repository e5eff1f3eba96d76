"""What an expression of Prometheus asks for: names of series and the labels they are selected or grouped by."""

from __future__ import annotations

import re
from collections.abc import Iterator

# Words of the language that stand where a name could.
WORDS = frozenset(
    {"and", "or", "unless", "on", "ignoring", "by", "without", "group_left", "group_right"}
    | {"bool", "offset", "atan2", "inf", "nan", "start", "end"}
)
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_GROUPING = re.compile(r"\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)")
_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
# Of Grafana, which fills them in.
_VARIABLES = {"$__rate_interval": "5m", "$model": ".+"}


def filled(expr: str) -> str:
    """A panel's expression as Prometheus gets it."""
    for name, value in _VARIABLES.items():
        expr = expr.replace(name, value)
    return expr


def shown_always(expr: str) -> str:
    """A panel's expression without what leaves it empty while all is well: a bound of zero, the watchdog left out."""
    return expr.removesuffix(" > 0").replace(',alertname!="Watchdog"', "")


def metrics(expr: str) -> set[str]:
    """Every series that the expression reads."""
    bare = _STRING.sub('""', expr)
    bare = re.sub(r"\{[^}]*\}", "{}", re.sub(r"\[[^\]]*\]", "", _GROUPING.sub(" ", bare)))
    return set(_names(bare))


def selected(expr: str) -> list[tuple[str, set[str]]]:
    """Each series with braces behind it, and the labels in them."""
    found = re.findall(rf"({_NAME.pattern})\{{([^}}]*)\}}", _STRING.sub('""', expr))
    return [(name, set(re.findall(r"(\w+)\s*(?:=|!)", braces))) for name, braces in found]


def grouped(expr: str) -> set[str]:
    """Every label that it groups or joins by."""
    return {name for found in _GROUPING.findall(_STRING.sub('""', expr)) for name in _NAME.findall(found)}


def _names(bare: str) -> Iterator[str]:
    for found in _NAME.finditer(bare):
        number = found.start() > 0 and bare[found.start() - 1].isdigit()
        if not number and found[0].lower() not in WORDS and not bare[found.end() :].lstrip().startswith("("):
            yield found[0]

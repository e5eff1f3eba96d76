"""Label selectors as query text. Pure."""

from __future__ import annotations

from typing import Any

_OPERATORS = {
    "In": "{key} in ({values})",
    "NotIn": "{key} notin ({values})",
    "Exists": "{key}",
    "DoesNotExist": "!{key}",
}


def query(selector: dict[str, Any]) -> str:
    """`{matchLabels, matchExpressions}` → `a=b,c in (d,e)`."""
    parts = [f"{key}={value}" for key, value in (selector.get("matchLabels") or {}).items()]
    for item in selector.get("matchExpressions") or []:
        values = ",".join(item.get("values") or [])
        parts.append(_OPERATORS[item["operator"]].format(key=item["key"], values=values))
    return ",".join(parts)

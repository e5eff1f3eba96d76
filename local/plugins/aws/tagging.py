"""How a service tags its resources: most do it by three operations that differ in names only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


def pairs(tags: Mapping[str, str], key: str = "Key", value: str = "Value") -> list[dict[str, str]]:
    """Tags as the older APIs want them: a list of pairs, sorted by key."""
    return [{key: name, value: tags[name]} for name in sorted(tags)]


def from_pairs(found: Iterable[Mapping[str, str]], key: str = "Key", value: str = "Value") -> dict[str, str]:
    """The inverse of `pairs`."""
    return {pair[key]: pair[value] for pair in found}


@dataclass(frozen=True)
class Tagging:
    """`tag`, `untag` and `listing` are boto3 methods; `resource` their parameter, filled from the property `by`.

    `in_pairs` is false where tags are a map. An empty `listing` means that the type's `read` answers `tagsAll` itself.
    """

    tag: str
    untag: str
    listing: str
    resource: str
    by: str = "arn"
    tags: str = "Tags"
    keys: str = "TagKeys"
    found: str = "Tags"
    in_pairs: bool = True
    key: str = "Key"
    value: str = "Value"
    several: bool = False

    def form(self, tags: Mapping[str, str]) -> Any:
        """Tags as this service takes them, on creation too."""
        return pairs(tags, self.key, self.value) if self.in_pairs else dict(tags)

    def read(self, client: Any, properties: Mapping[str, Any]) -> dict[str, str]:
        found = getattr(client, self.listing)(**self._address(properties)).get(self.found) or []
        return from_pairs(found, self.key, self.value) if self.in_pairs else dict(found)

    def change(
        self, client: Any, properties: Mapping[str, Any], have: Mapping[str, str], want: Mapping[str, str]
    ) -> None:
        """Only what differs is sent."""
        address = self._address(properties)
        gone = sorted(have.keys() - want.keys())
        new = {name: text for name, text in want.items() if have.get(name) != text}
        if gone:
            getattr(client, self.untag)(**address, **{self.keys: gone})
        if new:
            getattr(client, self.tag)(**address, **{self.tags: self.form(new)})

    def _address(self, properties: Mapping[str, Any]) -> dict[str, Any]:
        own = properties[self.by]
        return {self.resource: [own] if self.several else own}

"""What all types of EC2 share: tags, ARNs, and how to find one by its id."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from local.plugins.aws.operation import Operation
from local.plugins.aws.tagging import Tagging, from_pairs, pairs

# Tags that AWS' services put on for themselves; nobody else may write them.
_RESERVED = "aws:"


@dataclass(frozen=True)
class Ec2Tagging(Tagging):
    """One operation for all types; what is taken off is given as pairs, too."""

    def change(
        self, client: Any, properties: Mapping[str, Any], have: Mapping[str, str], want: Mapping[str, str]
    ) -> None:
        own = [properties["id"]]
        gone = sorted(have.keys() - want.keys())
        new = {name: text for name, text in want.items() if have.get(name) != text}
        if gone:
            client.delete_tags(Resources=own, Tags=[{"Key": name} for name in gone])
        if new:
            client.create_tags(Resources=own, Tags=pairs(new))


TAGGING = Ec2Tagging("create_tags", "delete_tags", "", "Resources", by="id", several=True)


def specified(resource_type: str, tags: Mapping[str, str]) -> dict[str, Any]:
    """Tags as creations take them. None at all must not be given."""
    return {"TagSpecifications": [{"ResourceType": resource_type, "Tags": pairs(tags)}]} if tags else {}


def tags_of(found: Mapping[str, Any]) -> dict[str, str]:
    """The tags in a description, without those of AWS."""
    tags = from_pairs(found.get("Tags") or [])
    return {name: text for name, text in tags.items() if not name.startswith(_RESERVED)}


def arn(op: Operation, resource: str) -> str:
    """EC2 gives ARNs of a few types only."""
    return f"arn:aws:ec2:{op.region}:{op.account}:{resource}"


def one(found: Iterable[dict[str, Any]]) -> dict[str, Any] | None:
    """The one that a description asked for by its id holds."""
    return next(iter(found), None)


def filtered(**values: str) -> list[dict[str, Any]]:
    """`filtered(vpc_id="vpc-1")` → the filter `vpc-id`."""
    return [{"Name": name.replace("_", "-"), "Values": [value]} for name, value in values.items()]

"""Tags of what is in EKS."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local.plugins.aws.tagging import Tagging


@dataclass(frozen=True)
class EksTagging(Tagging):
    """ministack takes one key away at a time, however many it is given."""

    tag: str = "tag_resource"
    untag: str = "untag_resource"
    listing: str = "list_tags_for_resource"
    resource: str = "resourceArn"
    tags: str = "tags"
    keys: str = "tagKeys"
    found: str = "tags"
    in_pairs: bool = False

    def change(
        self, client: Any, properties: Mapping[str, Any], have: Mapping[str, str], want: Mapping[str, str]
    ) -> None:
        for gone in sorted(have.keys() - want.keys()):
            client.untag_resource(resourceArn=properties[self.by], tagKeys=[gone])
        super().change(client, properties, {name: have[name] for name in have.keys() & want.keys()}, want)

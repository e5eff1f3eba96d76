"""Base of every component: its type token and how its children are attached."""

from collections.abc import Sequence
from typing import ClassVar

import pulumi


class Component(pulumi.ComponentResource):
    """`class Tracking(Component, domain="tracking")` gets the type token `mlops:tracking:Tracking`."""

    type_token: ClassVar[str]

    def __init_subclass__(cls, *, domain: str) -> None:
        super().__init_subclass__()
        cls.type_token = f"mlops:{domain}:{cls.__name__}"

    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(self.type_token, name, None, opts)

    def child(
        self,
        *depends_on: pulumi.Resource,
        protect: bool | None = None,
        retain_on_delete: bool | None = None,
        ignore_changes: list[str] | None = None,
        replace_with: Sequence[pulumi.Resource] = (),
        aliases: Sequence[pulumi.Alias] = (),
    ) -> pulumi.ResourceOptions:
        """Options of a child. The caller's own options are inherited, never merged: its aliases would leak."""
        return pulumi.ResourceOptions(
            parent=self,
            depends_on=list(depends_on),
            protect=protect,
            retain_on_delete=retain_on_delete,
            ignore_changes=ignore_changes,
            replace_with=list(replace_with),
            aliases=list(aliases),
        )

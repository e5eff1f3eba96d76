"""A group of commands whose first word may be left out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from typer.core import TyperGroup


class WithShow(TyperGroup):
    """What begins with none of its commands is for `show`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        return super().parse_args(ctx, self.completed(args))

    def completed(self, words: Sequence[str]) -> list[str]:
        """With the word that was left out."""
        return [*words] if words and words[0] in {*self.commands, "--help"} else ["show", *words]

"""Which version was served before. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from jobs.deployment.ledger import Rollout
from jobs.errors import RegistryError


def before(history: Sequence[Rollout], current: str | None, model: str, target: str) -> str:
    """The version that the rollout of the current one took the place of. Raises RegistryError."""
    for rollout in reversed(history):
        if rollout.outcome is not None and rollout.outcome.result == "served":
            if rollout.order.version != current:
                break
            return rollout.order.stable
    raise RegistryError(
        "no rollout brought the version that is served, so nobody knows the one before", given=f"version {current}",
        change=f"`mlops deploy {target} {model} --version N --strategy blue-green --force --reason TEXT` rolls any out",
    )  # fmt: skip

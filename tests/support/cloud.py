"""Accounts that tests build in."""

from __future__ import annotations

from infra.foundation.cloud import Cloud, tags
from infra.foundation.durability import Durability

ACCOUNT = "111122223333"
REGION = "eu-central-1"


def cloud(durability: Durability = Durability.DISPOSABLE) -> Cloud:
    """An account with a stack of this durability."""
    return Cloud(ACCOUNT, REGION, "mlops-test", durability, tags("test", "ml", "42"))

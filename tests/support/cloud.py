"""An account that components of AWS are made in, and what they would be given by others."""

from __future__ import annotations

import json
from typing import Any

from infra.foundation.cloud import Cloud, tags
from infra.foundation.durability import Durability
from tests.support.recording import Recorded

DISPOSABLE = Cloud("111122223333", "eu-central-1", "mlops-dev", Durability.DISPOSABLE, tags("dev", "ml", "42"))
KEPT = Cloud("111122223333", "eu-central-1", "mlops-prod", Durability.KEPT, tags("prod", "ml", "42"))
DIGEST = f"repository@sha256:{'0' * 64}"
LOG_KEY = "arn:aws:kms:eu-central-1:111122223333:key/logs"
MESSAGE_KEY = "arn:aws:kms:eu-central-1:111122223333:key/messages"
STORAGE_KEY = "arn:aws:kms:eu-central-1:111122223333:key/storage"
TOPICS = {f"P{level}": f"arn:aws:sns:eu-central-1:111122223333:mlops-dev-p{level}" for level in range(4)}


def policy(resource: Recorded, key: str = "policy") -> dict[str, dict[str, Any]]:
    """The statements of a policy document by their Sid."""
    statements = json.loads(resource.inputs[key])["Statement"]
    return {one["Sid"]: one for one in statements}

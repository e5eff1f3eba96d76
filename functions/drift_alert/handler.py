"""What AWS Lambda enters."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import boto3

from functions.drift_alert.message import read, subject, text


def handle(event: Mapping[str, Any], context: object) -> dict[str, str]:  # noqa: ARG001  # Lambda's signature
    """Publishes the mail → its id. Whatever fails raises: Lambda tries again, then keeps the event as a dead letter."""
    detail = read(event)
    answer = boto3.client("sns").publish(
        TopicArn=os.environ["MLOPS_TOPIC_ARN"], Subject=subject(detail), Message=text(detail)
    )
    return {"messageId": answer["MessageId"]}

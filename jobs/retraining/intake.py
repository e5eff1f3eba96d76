"""Requests out of the queue `retraining`, where an AWS account's event bus puts what drift checks say."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from jobs.datasets.shelf import Shelf
from jobs.drift.events import DETAIL_TYPE, SOURCE
from jobs.errors import explain
from jobs.retraining.request import Request
from jobs.retraining.requests import ask
from jobs.settings import StoreSettings

QUEUE = "MLOPS_RETRAINING_QUEUE"
# Of one look; a larger storm is taken by the next ones.
MESSAGES = 500
BATCH = 10


def take(queue: str, shelf: Shelf, say: Callable[[str], None]) -> int:
    """Moves what waits in the queue into the ledger → the number of messages.

    A message goes when its request is stored, so that none is lost. One that cannot be read stays, and the queue's own
    rule brings it to the dead letters. Raises UnreachableError, MlopsError.
    """
    import boto3
    from botocore.config import Config

    config = Config(connect_timeout=5, read_timeout=20, retries={"max_attempts": 3, "mode": "standard"})
    client: Any = boto3.client("sqs", region_name=StoreSettings.read().region, config=config)
    taken = seen = 0
    try:
        while seen < MESSAGES:
            answer = client.receive_message(QueueUrl=queue, MaxNumberOfMessages=BATCH, WaitTimeSeconds=0)
            messages = answer.get("Messages", [])
            if not messages:
                break
            seen += len(messages)
            for message in messages:
                try:
                    wanted = request_of(message["Body"])
                except (ValueError, KeyError, TypeError) as error:
                    say(f"message {message['MessageId']} asks for nothing we know: {str(error)[:200]}")
                    continue
                ask(wanted, shelf)
                client.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
                taken += 1
    except Exception as error:
        raise explain(error) or error from error
    return taken


def request_of(body: str) -> Request:
    """An event of the bus → its request. Raises ValueError, KeyError or TypeError when it is none of ours."""
    event = json.loads(body)
    if event["source"] != SOURCE or event["detail-type"] != DETAIL_TYPE:
        raise ValueError(f"source {event['source']!r}, detail-type {event['detail-type']!r}")
    return Request.of_report(event["detail"])

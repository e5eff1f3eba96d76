"""Calls of language models, logged to MLflow without slowing or failing who makes them."""

from jobs.gateway.call import Call
from jobs.gateway.logger import GatewayLogger

__all__ = ["Call", "GatewayLogger"]

"""The MLflow server of the platform: its start, schema and users; and what is logged to it."""

from jobs.tracking.gateway import GatewayLogger
from jobs.tracking.gateway_call import Call

__all__ = ["Call", "GatewayLogger"]

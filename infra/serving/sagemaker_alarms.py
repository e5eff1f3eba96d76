"""When the SageMaker endpoint is not well. Pure."""

from infra.functions.alarm import Alarm
from infra.serving.predict_alarms import SLOW_MS


def rollback_alarms(endpoint: str, variant: str) -> dict[str, Alarm]:
    """What takes an update back. SageMaker counts latency in microseconds, and only the container's."""
    slow = f"p95 is above {SLOW_MS} ms."
    return {
        "errors": _alarm(endpoint, variant, "errors", "The container failed.", "Invocation5XXErrors", "P2", 0),
        "slow": _alarm(endpoint, variant, "slow", slow, "ModelLatency", "P2", SLOW_MS * 1000, statistic="p95", of=3),
    }


def other_alarms(endpoint: str, variant: str) -> dict[str, Alarm]:
    """What somebody must look at, whoever made the change."""
    text = "More than 5 failures a minute, for 3 minutes."
    return {"failing": _alarm(endpoint, variant, "failing", text, "Invocation5XXErrors", "P1", 5, of=3)}


def _alarm(
    endpoint: str,
    variant: str,
    part: str,
    description: str,
    metric: str,
    severity: str,
    above: float,
    *,
    statistic: str = "Sum",
    of: int = 1,
) -> Alarm:
    return Alarm(
        f"endpoint-{part}", description, severity, "AWS/SageMaker", metric, above,
        {"EndpointName": endpoint, "VariantName": variant}, statistic=statistic, of=of,
    )  # fmt: skip

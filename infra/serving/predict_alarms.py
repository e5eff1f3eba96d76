"""When the function that predicts is not well. Pure."""

from collections.abc import Mapping

import pulumi

from infra.functions.alarm import Alarm, waiting

# The goal of the model server too; a verified model in memory answers a row in a few.
SLOW_MS = 200


def rollback_alarms(function: str, alias: str, api: pulumi.Input[str]) -> dict[str, Alarm]:
    """What takes a rollout back: one failure is enough, because the handler fails only when the fault is its own."""
    live = {"FunctionName": function, "Resource": f"{function}:{alias}"}
    return {
        "errors": _lambda("errors", "The function failed.", "Errors", live),
        "slow": _lambda("slow", f"p95 is above {SLOW_MS} ms.", "Duration", live, above=SLOW_MS, statistic="p95", of=3),
        "unavailable": Alarm(
            "predict-unavailable",
            "The HTTP API answered 5xx: no verified model, or no room for the request.",
            "P2",
            "AWS/ApiGateway",
            "5xx",
            0,
            {"ApiId": api},
        ),
    }


def other_alarms(function: str, alias: str, dead_letters: str, *, provisioned: bool) -> dict[str, Alarm]:
    """What somebody must look at, whoever made the change."""
    everything = {"FunctionName": function}
    live = {**everything, "Resource": f"{function}:{alias}"}
    alarms = {
        "failing": _lambda("failing", "More than 5 failures a minute, for 3 minutes.", "Errors", live, "P1", 5, of=3),
        "throttled": _lambda("throttled", "Reserved concurrency is used up.", "Throttles", everything),
        "dead-letters": waiting("predict-dead-letters", dead_letters),
    }
    if provisioned:
        spilled = "ProvisionedConcurrencySpilloverInvocations"
        text = "Requests started cold: provisioned concurrency is used up."
        alarms["cold"] = _lambda("cold", text, spilled, live, "P3", of=5)
    return alarms


def _lambda(
    part: str,
    description: str,
    metric: str,
    dimensions: Mapping[str, pulumi.Input[str]],
    severity: str = "P2",
    above: float = 0,
    statistic: str = "Sum",
    of: int = 1,
) -> Alarm:
    return Alarm(
        f"predict-{part}", description, severity, "AWS/Lambda", metric, above, dimensions, statistic=statistic, of=of
    )

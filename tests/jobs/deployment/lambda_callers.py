"""Callers of the emulated function: what they get is in CloudWatch at once, by the weights of the alias."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from jobs.deployment.lambda_function import LIVE
from jobs.deployment.lambda_target import BASE, LambdaTarget
from jobs.deployment.policy import BlueGreen, Canary, RolloutPolicy, Stage
from jobs.deployment.record import Order
from jobs.serving.function_figures import BINS, FAILURES, FUNCTION, NAMESPACE, REQUESTS, VERSION
from tests.jobs.deployment.lambda_account import NAME, Account
from tests.jobs.deployment.world import World, order

POLICY = RolloutPolicy(
    canary=Canary(stages=(Stage(weight=10, seconds=60), Stage(weight=50, seconds=60))), bake_seconds=60,
    blue_green=BlueGreen(baseline_seconds=60), minimum_requests=100, patience_seconds=120,
)  # fmt: skip
LOW, HIGH = 2, 17
EACH, NEVER = timedelta(seconds=5), datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Manner:
    """How a version answers ten requests: how many it fails itself, how many crash, how long one takes, and what."""

    failed: int = 0
    crashed: int = 0
    milliseconds: float = 8.0
    bin: int = LOW


@dataclass
class Busy(World):
    """Callers all the time: what they get is in CloudWatch at once, by the weights of the alias."""

    account: Account = None  # type: ignore[assignment]
    manners: dict[str, Manner] = field(default_factory=dict)
    shares: list[dict[str, int]] = field(default_factory=list)
    alarm_at: int = 0
    next: datetime = NEVER

    def wait(self, seconds: float) -> None:
        super().wait(seconds)
        if self.now < self.next:
            return
        self.next = self.now + EACH
        client, metrics = self.account.client("lambda"), self.account.client("cloudwatch")
        alias = client.get_alias(FunctionName=NAME, Name=LIVE)
        weights = alias.get("RoutingConfig", {}).get("AdditionalVersionWeights", {})
        shares = {version: round(weight * 100) for version, weight in weights.items()}
        shares = {alias["FunctionVersion"]: 100 - sum(shares.values()), **shares}
        if not self.shares or self.shares[-1] != shares:
            self.shares.append(shares)
        for version, share in shares.items():
            self._pour(metrics, version, 5 * share, alone=share == 100)
        if self.alarm_at and max(shares, key=int) != "2" and shares[max(shares, key=int)] >= self.alarm_at:
            metrics.set_alarm_state(AlarmName=f"{NAME}-unavailable", StateValue="ALARM", StateReason="503")

    def _pour(self, metrics: Any, version: str, calls: int, *, alone: bool) -> None:
        manner = self.manners.get(version, Manner())
        at: dict[str, Any] = {"Timestamp": self.now}
        ours = [{"Name": FUNCTION, "Value": NAME}, {"Name": VERSION, "Value": version}]
        told = calls - calls * manner.crashed // 10
        counts = {REQUESTS: told, FAILURES: calls * manner.failed // 10, BINS[manner.bin]: told}
        data = [{"MetricName": name, "Dimensions": ours, "Value": value, **at} for name, value in counts.items()]
        metrics.put_metric_data(Namespace=NAMESPACE, MetricData=data)
        alias = [{"Name": FUNCTION, "Value": NAME}, {"Name": "Resource", "Value": f"{NAME}:{LIVE}"}]
        for dimensions in (alias, [] if alone else [*alias, {"Name": "ExecutedVersion", "Value": version}]):
            if dimensions:
                sums = {"Invocations": calls, "Errors": calls * manner.crashed // 10}
                at["Dimensions"] = dimensions
                own = [{"MetricName": name, "Value": value, **at} for name, value in sums.items()]
                took = {"Values": [manner.milliseconds], "Counts": [calls]}
                own.append({"MetricName": "Duration", **took, **at})
                metrics.put_metric_data(Namespace="AWS/Lambda", MetricData=own)


def target_of(account: Account, world: World) -> LambdaTarget:
    return account.target(lambda: world.now)


def order_of(account: Account, version: str = "2", stable_side: str = "2", **changes: Any) -> Order:
    made = order(changes.pop("strategy", "canary"), POLICY)
    told = {
        "target": "lambda", "alias": "champion-lambda", "new_side": "next", "stable_side": stable_side,
        "before": None, "version": version, "digest": account.bundles[version][1],
    }  # fmt: skip
    return made.model_copy(update=told | changes)


def standing(account: Account) -> tuple[str, dict[str, float], bool]:
    """The alias, its weights, and whether `$LATEST` is the stack's again."""
    client = account.client("lambda")
    alias = client.get_alias(FunctionName=NAME, Name=LIVE)
    found = client.get_function(FunctionName=NAME)
    own = BASE not in found["Configuration"]["Environment"]["Variables"] and ":model-" not in found["Code"]["ImageUri"]
    return alias["FunctionVersion"], alias.get("RoutingConfig", {}).get("AdditionalVersionWeights", {}), own

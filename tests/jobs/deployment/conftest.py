from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from jobs.deployment.lambda_function import LIVE
from jobs.training.experiment import Trained
from tests.jobs.deployment.lambda_account import NAME, Account, account, in_process
from tests.jobs.deployment.lambda_callers import Busy, order_of, target_of
from tests.jobs.deployment.world import World
from tests.support import registry as registries
from tests.support.registry import Registry

TURNS, HALF_HOUR = itertools.count(), timedelta(minutes=30)


@pytest.fixture(scope="module")
def image_registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    with registries.running(Registry(tmp_path_factory.mktemp("registry"))) as running:
        yield running


@pytest.fixture(scope="module")
def emulated(
    image_registry: Registry, trained: list[Trained], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Account]:
    with account(tmp_path_factory.mktemp("account"), image_registry.host, trained) as made:
        yield made


@pytest.fixture
def lambda_(emulated: Account, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Account:
    """The function serves version 1 of the model, by version 2 of itself; all traffic is on it."""
    monkeypatch.setenv("PATH", f"{registries.crane()}:{os.environ['PATH']}")
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "no-login"))
    emulated.run = in_process
    emulated.make()
    target = target_of(emulated, World(str(tmp_path / "first")))
    target.prepare(order_of(emulated, "1", stable_side="1"), lambda: None, lambda _: None)
    emulated.client("lambda").update_alias(FunctionName=NAME, Name=LIVE, FunctionVersion="2")
    emulated.calls.clear()
    return emulated


@pytest.fixture
def busy(lambda_: Account, tmp_path: Path) -> Busy:
    metrics = lambda_.client("cloudwatch")
    for name in ("errors", "slow", "unavailable"):
        metrics.put_metric_alarm(
            AlarmName=f"{NAME}-{name}", Namespace="x", MetricName="x", Statistic="Sum", Period=60, EvaluationPeriods=1,
            Threshold=1, ComparisonOperator="GreaterThanThreshold",
        )  # fmt: skip
        metrics.set_alarm_state(AlarmName=f"{NAME}-{name}", StateValue="OK", StateReason="a new test")
    # Each test has half an hour of its own, so that none sees the figures of another; CloudWatch forgets old ones.
    world = Busy(str(tmp_path / "ledger"), account=lambda_)
    world.now = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(hours=14) + next(TURNS) * HALF_HOUR
    lambda_.tick = world.tick
    return world

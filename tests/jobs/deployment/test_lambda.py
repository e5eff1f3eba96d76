"""Rollouts on an emulated Lambda: a real registry for the images, the function's own code behind every call."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from jobs.deployment.aws import bundle_of
from jobs.deployment.lambda_function import LIVE, MovedError
from jobs.deployment.lambda_target import BASE, LambdaTarget, repository
from jobs.deployment.policy import BlueGreen, Canary, RolloutPolicy, Stage
from jobs.deployment.record import Order
from jobs.deployment.run import begin, resume, roll_back
from jobs.deployment.targets import target_of as target_of_name
from jobs.errors import BundleError, ConfigError, MlopsError
from jobs.registry.champion import Champion, ChampionReader
from jobs.serving.function_figures import BINS, FAILURES, FUNCTION, NAMESPACE, REQUESTS, VERSION
from jobs.training.experiment import Trained
from tests.jobs.deployment.lambda_account import EFFECTS, NAME, Account, account, by_runtime_client, in_process
from tests.jobs.deployment.world import MODEL, Killed, World, order
from tests.support import registry as registries
from tests.support.registry import Registry

POLICY = RolloutPolicy(
    canary=Canary(stages=(Stage(weight=10, seconds=60), Stage(weight=50, seconds=60))), bake_seconds=60,
    blue_green=BlueGreen(baseline_seconds=60), minimum_requests=100, patience_seconds=120,
)  # fmt: skip
LOW, HIGH = 2, 17
EACH, NEVER = timedelta(seconds=5), datetime.min.replace(tzinfo=UTC)
TURNS, HALF_HOUR = itertools.count(), timedelta(minutes=30)


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


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    with registries.running(Registry(tmp_path_factory.mktemp("registry"))) as running:
        yield running


@pytest.fixture(scope="module")
def emulated(registry: Registry, trained: list[Trained], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    with account(tmp_path_factory.mktemp("account"), registry.host, trained) as made:
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


def test_a_good_version_gets_share_after_share_and_then_the_alias_of_the_place(lambda_: Account, busy: Busy) -> None:
    outcome = begin(busy.desk(), target_of(lambda_, busy), order_of(lambda_))
    assert outcome.result == "served", outcome.reason
    assert busy.shares == [{"2": 90, "3": 10}, {"2": 50, "3": 50}, {"3": 100}]
    assert busy.aliases["champion-lambda"] == "2"
    assert busy.aliases["champion"] == "1"
    assert standing(lambda_) == ("3", {}, True)
    assert [action for action, _, _ in busy.said] == ["rollout.served"]
    observed = target_of(lambda_, busy).observe()
    assert (observed.active, observed.served, observed.idle) == ("3", "2", "next")


@pytest.mark.parametrize(
    ("manner", "words"),
    [
        (Manner(failed=3), "errors"),
        (Manner(crashed=3), "errors"),
        (Manner(milliseconds=700), "p95"),
        (Manner(bin=HIGH), "predictions moved"),
    ],
)
def test_a_bad_version_is_rolled_back_and_removed(lambda_: Account, busy: Busy, manner: Manner, words: str) -> None:
    busy.manners["3"] = manner
    outcome = begin(busy.desk(), target_of(lambda_, busy), order_of(lambda_))
    assert (outcome.result, standing(lambda_)) == ("rolled-back", ("2", {}, True))
    assert words in outcome.reason
    assert busy.shares[-1] == {"2": 90, "3": 10}
    assert "champion-lambda" not in busy.aliases
    assert "DeleteFunction" in lambda_.calls


def test_an_alarm_that_goes_off_rolls_back(lambda_: Account, busy: Busy) -> None:
    busy.alarm_at = 50
    outcome = begin(busy.desk(), target_of(lambda_, busy), order_of(lambda_))
    assert (outcome.result, outcome.reason) == ("rolled-back", f"the alarm {NAME}-unavailable went off")
    assert standing(lambda_) == ("2", {}, True)


def test_an_alarm_that_was_on_before_does_not(lambda_: Account, busy: Busy) -> None:
    on = {"AlarmName": f"{NAME}-unavailable", "StateValue": "ALARM", "StateReason": "since yesterday"}
    lambda_.client("cloudwatch").set_alarm_state(**on)
    assert begin(busy.desk(), target_of(lambda_, busy), order_of(lambda_)).result == "served"


def test_a_version_that_nobody_calls_is_not_kept(lambda_: Account, busy: Busy) -> None:
    busy._pour = lambda *_, **__: None  # type: ignore[method-assign]
    outcome = begin(busy.desk(), target_of(lambda_, busy), order_of(lambda_))
    assert (outcome.result, standing(lambda_)) == ("rolled-back", ("2", {}, True))
    assert "too few" in outcome.reason


def test_a_bundle_that_was_changed_gets_no_traffic(lambda_: Account, busy: Busy, tmp_path: Path) -> None:
    folder, digest = lambda_.bundles["2"]
    changed = tmp_path / "changed"
    changed.mkdir()
    for file in folder.iterdir():
        (changed / file.name).write_bytes(file.read_bytes())
    (changed / "model.onnx").write_bytes((lambda_.bundles["1"][0] / "model.onnx").read_bytes())
    lambda_.bundles["3"] = (changed, digest[:-4] + "0000")
    outcome = begin(busy.desk(), target_of(lambda_, busy), order_of(lambda_, "3"))
    assert (outcome.result, standing(lambda_)) == ("rolled-back", ("2", {}, True))
    assert "digest" in outcome.reason or "fails" in outcome.reason
    assert busy.shares == []


@pytest.mark.parametrize("strategy", ["canary", "blue-green"])
def test_whenever_the_rollout_dies_it_is_carried_to_the_same_end(lambda_: Account, busy: Busy, strategy: str) -> None:
    wanted = order_of(lambda_, strategy=strategy)
    # As many deaths as there are effects in Lambda: before and after each.
    deaths, begun = 0, False
    while True:
        lambda_.tick = _dies_at(deaths)
        try:
            target = target_of(lambda_, busy)
            outcome = resume(busy.desk(), target, wanted) if begun else begin(busy.desk(), target, wanted)
            break
        except Killed:
            deaths, begun = deaths + 1, True
    assert deaths > 8
    assert (outcome.result, standing(lambda_)) == ("served", ("3", {}, True))
    assert lambda_.calls.count("PublishVersion") >= 1
    assert [action for action, _, _ in busy.said] == ["rollout.served"]


def _dies_at(number: int) -> Callable[[], None]:
    left = [2]

    def tick() -> None:
        left[0] -= 1
        if left[0] < number % 2 and number < 24:
            raise Killed

    return tick


@pytest.mark.parametrize("effect", EFFECTS[:4])
def test_a_rollout_that_died_can_be_rolled_back(lambda_: Account, busy: Busy, effect: str) -> None:
    def tick() -> None:
        if lambda_.calls[-1] == effect:
            raise Killed

    lambda_.tick = tick
    wanted = order_of(lambda_)
    with pytest.raises(Killed):
        begin(busy.desk(), target_of(lambda_, busy), wanted)
    lambda_.tick = lambda: None
    outcome = roll_back(busy.desk(), target_of(lambda_, busy), wanted, "enough")
    assert (outcome.result, standing(lambda_)) == ("rolled-back", ("2", {}, True))
    assert "champion-lambda" not in busy.aliases


def test_an_alias_that_somebody_moves_meanwhile_is_not_written_over(lambda_: Account, busy: Busy) -> None:
    client = lambda_.client("lambda")

    def tick() -> None:
        if lambda_.calls[-1] == "UpdateAlias" and lambda_.calls.count("UpdateAlias") == 1:
            client.update_alias(FunctionName=NAME, Name=LIVE, FunctionVersion="1")

    lambda_.tick = tick
    with pytest.raises(MovedError, match="moved by somebody else"):
        begin(busy.desk(), target_of(lambda_, busy), order_of(lambda_))
    assert standing(lambda_)[:2] == ("1", {})


def test_going_back_to_a_version_that_was_served_publishes_nothing(lambda_: Account, busy: Busy) -> None:
    assert begin(busy.desk(), target_of(lambda_, busy), order_of(lambda_)).result == "served"
    lambda_.calls.clear()
    back = order_of(lambda_, "1", stable_side="3", number=2, stable="2", before="2", strategy="blue-green")
    outcome = begin(busy.desk(), target_of(lambda_, busy), back)
    assert outcome.result == "served", outcome.reason
    assert standing(lambda_) == ("2", {}, True)
    assert set(lambda_.calls) == {"UpdateAlias"}


def test_the_version_answers_behind_the_runtime_client_of_aws(lambda_: Account, busy: Busy) -> None:
    lambda_.run = by_runtime_client
    target, wanted = target_of(lambda_, busy), order_of(lambda_)
    target.prepare(wanted, lambda: None, busy.lines.append)
    assert busy.lines[-1] == "version 3 of the function answers as version 2 of the model was trained to"
    assert standing(lambda_) == ("2", {}, True)
    told = target.function.ask("3", {"describe": True})
    assert (told["version"], told["digest"]) == ("2", lambda_.bundles["2"][1])


def test_without_one_of_its_alarms_no_traffic_is_moved(lambda_: Account, busy: Busy) -> None:
    lambda_.client("cloudwatch").delete_alarms(AlarmNames=[f"{NAME}-slow"])
    with pytest.raises(MlopsError, match="missing") as refused:
        target_of(lambda_, busy).meter(order_of(lambda_))
    assert refused.value.given == [f"{NAME}-slow"]


def test_the_target_by_name_is_the_function_that_the_environment_names(
    lambda_: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in lambda_.environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ConfigError, match="MLOPS_PREDICT_FUNCTION is not set"):
        target_of_name("lambda", MODEL)
    monkeypatch.setenv("MLOPS_PREDICT_FUNCTION", "another")
    with pytest.raises(ConfigError, match="AWS does not show this"):
        target_of_name("lambda", MODEL)
    monkeypatch.setenv("MLOPS_PREDICT_FUNCTION", NAME)
    found = target_of_name("lambda", MODEL)
    assert (found.name, found.alias("champion"), list(found.strategies)) == (
        "lambda", "champion-lambda", ["canary", "blue-green"],
    )  # fmt: skip
    client = lambda_.client("lambda")
    client.put_provisioned_concurrency_config(FunctionName=NAME, Qualifier=LIVE, ProvisionedConcurrentExecutions=1)
    assert list(target_of_name("lambda", MODEL).strategies) == ["blue-green"]


def test_the_bundle_of_an_order_is_the_registered_one_or_none(
    lambda_: Account, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "artifacts").mkdir()
    (tmp_path / "artifacts" / "bundle").symlink_to(lambda_.bundles["2"][0])
    found = Champion(MODEL, "2", lambda_.bundles["2"][1], str(tmp_path))
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:1")
    monkeypatch.setattr(ChampionReader, "at", lambda *_, **__: found)
    assert bundle_of(order_of(lambda_)) == lambda_.bundle(order_of(lambda_))
    with pytest.raises(BundleError, match="digest"):
        bundle_of(order_of(lambda_).model_copy(update={"digest": "0" * 64}))


def test_with_provisioned_concurrency_it_is_all_at_once(lambda_: Account, busy: Busy) -> None:
    target = target_of(lambda_, busy)
    assert target.strategies == ("canary", "blue-green")
    target.weighted = False
    assert list(target.strategies) == ["blue-green"]


@pytest.mark.parametrize(
    ("image", "name"),
    [
        ("host/a/predict@sha256:0", "host/a/predict"),
        ("host:5000/predict:tag", "host:5000/predict"),
        ("host:5000/predict", "host:5000/predict"),
        ("host/predict:tag@sha256:0", "host/predict"),
    ],
)
def test_an_image_is_pushed_beside_the_one_that_it_is_made_of(image: str, name: str) -> None:
    assert repository(image) == name

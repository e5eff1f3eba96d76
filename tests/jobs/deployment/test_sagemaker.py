"""Rollouts on an emulated SageMaker. moto cannot update an endpoint: what SageMaker would do then stands here."""

from __future__ import annotations

import io
import itertools
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest

from jobs.bundle.scorer import load_scorer
from jobs.deployment.cloudwatch import CloudWatch
from jobs.deployment.policy import BlueGreen, RolloutPolicy
from jobs.deployment.record import Order
from jobs.deployment.run import begin, resume, roll_back
from jobs.deployment.sagemaker_endpoint import Endpoint, EndpointError, guardrails, way_back
from jobs.deployment.sagemaker_target import VERSION, SagemakerTarget
from jobs.deployment.start import Wanted
from jobs.deployment.start import order_of as order_to
from jobs.errors import RegistryError
from jobs.training.experiment import Trained
from local.aws.emulators import Emulators
from local.aws.routes import REGION
from tests.jobs.deployment.world import MODEL, Killed, Versions, World, order

NAME, FIRST, VARIANT = "mlops-test-endpoint", "endpoint-configuration-0a1b2c3", "live"
# What `pulumi up` made since.
OTHER = "endpoint-configuration-4d5e6f7"
# What writes in SageMaker: before and after each of these a rollout can die.
EFFECTS = ("CreateModel", "CreateEndpointConfig", "UpdateEndpoint", "DeleteEndpointConfig", "DeleteModel")
POLICY = RolloutPolicy(blue_green=BlueGreen(baseline_seconds=60), bake_seconds=60, minimum_requests=50)
EACH, NEVER = timedelta(seconds=5), datetime.min.replace(tzinfo=UTC)
ALARMS = [f"{NAME}-errors", f"{NAME}-slow"]


@dataclass
class Amazon:
    """SageMaker and CloudWatch. `takes_back`: an alarm went off while SageMaker updated, which it does not tell."""

    environment: Mapping[str, str]
    bundles: dict[str, tuple[Path, str]]
    takes_back: bool = False
    wrong: bool = False
    status: str = "InService"
    tick: Callable[[str], None] = lambda _: None
    updates: list[dict[str, Any]] = field(default_factory=list)
    clients: dict[str, Any] = field(default_factory=dict)

    def client(self, service: str) -> Any:
        """The same each time: making one takes a tenth of a second."""
        if service not in self.clients:
            self.clients[service] = self.new_client(service)
        return self.clients[service]

    def new_client(self, service: str) -> Any:
        where = "AWS_ENDPOINT_URL_LAMBDA" if service == "cloudwatch" else "AWS_ENDPOINT_URL"
        made = boto3.client(  # type: ignore[call-overload]  # stubs know names, not variables
            service, region_name=REGION, endpoint_url=self.environment[where], aws_access_key_id="emulated",
            aws_secret_access_key="emulated",
        )  # fmt: skip
        for effect in EFFECTS if service == "sagemaker" else ():
            made.meta.events.register(f"before-call.sagemaker.{effect}", self._tick)
            made.meta.events.register(f"after-call.sagemaker.{effect}", self._tick)
        made.meta.events.register("after-call.sagemaker.DescribeEndpoint", self._describe)
        made.meta.events.register("before-call.sagemaker.UpdateEndpoint", self._update)
        made.meta.events.register("before-call.sagemaker-runtime.InvokeEndpoint", self._invoke)
        return made

    def _update(self, params: dict[str, Any], **_: Any) -> tuple[Any, dict[str, Any]]:
        asked = json.loads(params["body"])
        self.updates.append(asked)
        if not self.takes_back:
            self.put(asked["EndpointConfigName"])
        return _Ok(), {"EndpointArn": "arn"}

    def _tick(self, event_name: str, **_: Any) -> None:
        self.tick(event_name)

    def _describe(self, parsed: dict[str, Any], **_: Any) -> None:
        parsed["EndpointStatus"] = self.status

    def put(self, configuration: str) -> None:
        client = self.client("sagemaker")
        client.delete_endpoint(EndpointName=NAME)
        client.create_endpoint(EndpointName=NAME, EndpointConfigName=configuration)

    def _invoke(self, params: dict[str, Any], **_: Any) -> tuple[Any, dict[str, Any]]:
        target = Endpoint(self.client("sagemaker"), None, NAME)
        model = target.model_of(target.live().configuration)
        version = model["PrimaryContainer"]["Environment"].get(VERSION, "1")
        folder, digest = self.bundles["1" if self.wrong else version]
        scored = load_scorer(folder, digest).predict_records(json.loads(params["body"])["records"])
        said = {"predictions": [{"probability": one.probability} for one in scored], "version": version, "model": MODEL}
        return _Ok(), {"Body": io.BytesIO(json.dumps(said).encode())}


class _Ok:
    status_code = 200


@dataclass
class Busy(World):
    """Callers all the time; `failed` of ten requests that the new configuration fails."""

    amazon: Amazon = None  # type: ignore[assignment]
    failed: int = 0
    milliseconds: float = 9.0
    alarm: bool = False
    next: datetime = NEVER

    def wait(self, seconds: float) -> None:
        super().wait(seconds)
        self.amazon.status = "InService"
        if self.now < self.next:
            return
        self.next = self.now + EACH
        new = self.amazon.client("sagemaker").describe_endpoint(EndpointName=NAME)["EndpointConfigName"] != FIRST
        metrics = self.amazon.client("cloudwatch")
        at: dict[str, Any] = {
            "Dimensions": [{"Name": "EndpointName", "Value": NAME}, {"Name": "VariantName", "Value": VARIANT}],
            "Timestamp": self.now,
        }  # fmt: skip
        took = self.milliseconds * 1000 if new else 9000.0
        metrics.put_metric_data(Namespace="AWS/SageMaker", MetricData=[
            {"MetricName": "Invocations", "Value": 100, **at},
            {"MetricName": "Invocation5XXErrors", "Value": 10 * self.failed if new else 0, **at},
            {"MetricName": "ModelLatency", "Values": [took], "Counts": [100], **at},
        ])  # fmt: skip
        if new and self.alarm:
            metrics.set_alarm_state(AlarmName=ALARMS[1], StateValue="ALARM", StateReason="slow")


@pytest.fixture(scope="module")
def emulated(trained: list[Trained], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Amazon]:
    with account(tmp_path_factory.mktemp("emulators"), trained) as made:
        yield made


@contextmanager
def account(folder: Path, trained: list[Trained]) -> Iterator[Amazon]:
    """Versions 1 and 2 of the model are two candidates of one experiment; the endpoint serves version 1."""
    bundles = {str(number): (one.folder, one.digest) for number, one in enumerate(reversed(trained), 1)}
    with Emulators(folder) as environment:
        made = Amazon(environment, bundles)
        _make(made.client("sagemaker"))
        for name in ALARMS:
            made.client("cloudwatch").put_metric_alarm(
                AlarmName=name, Namespace="x", MetricName="x", Statistic="Sum", Period=60, EvaluationPeriods=1,
                Threshold=1, ComparisonOperator="GreaterThanThreshold",
            )  # fmt: skip
        yield made


def _make(client: Any) -> None:
    """As the stack makes it."""
    container = {"Image": "host/serving@sha256:0", "Environment": {"MLOPS_MODEL_PLACE": "sagemaker"}}
    network = {"Subnets": ["subnet-1"], "SecurityGroupIds": ["sg-1"]}
    role = "arn:aws:iam::123456789012:role/endpoint"
    client.create_model(
        ModelName="endpoint-model", PrimaryContainer=container, ExecutionRoleArn=role, VpcConfig=network
    )
    variant = {
        "VariantName": VARIANT, "ModelName": "endpoint-model", "InitialInstanceCount": 2, "InitialVariantWeight": 1,
    }  # fmt: skip
    capture = {"EnableCapture": True, "InitialSamplingPercentage": 10, "DestinationS3Uri": "s3://logs/sagemaker/",
               "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}]}  # fmt: skip
    for name, kind in ((FIRST, "ml.m5.large"), (OTHER, "ml.m5.xlarge")):
        client.create_endpoint_config(
            EndpointConfigName=name, ProductionVariants=[{**variant, "InstanceType": kind}], DataCaptureConfig=capture
        )
    client.create_endpoint(EndpointName=NAME, EndpointConfigName=FIRST)


@pytest.fixture
def amazon(emulated: Amazon) -> Amazon:
    emulated.takes_back = emulated.wrong = False
    emulated.status, emulated.tick = "InService", lambda _: None
    emulated.put(FIRST)
    for name in configurations(emulated) - {FIRST, OTHER}:
        Endpoint(emulated.client("sagemaker"), None, NAME).remove(name)
    emulated.updates.clear()
    for name in ALARMS:
        emulated.client("cloudwatch").set_alarm_state(AlarmName=name, StateValue="OK", StateReason="a new test")
    return emulated


@pytest.fixture
def busy(amazon: Amazon, tmp_path: Path, request: pytest.FixtureRequest) -> Busy:
    world = Busy(str(tmp_path / "ledger"), amazon=amazon)
    turn = request.session.items.index(request.node)
    # Half an hour for each test, so that none sees the figures of another.
    world.now = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(minutes=30 * (1 + turn % 100))
    return world


def target_of(amazon: Amazon, world: World, shape: str | None = FIRST) -> SagemakerTarget:
    endpoint = Endpoint(
        amazon.client("sagemaker"), amazon.client("sagemaker-runtime"), NAME, poll_seconds=1, wait=world.wait
    )
    metrics = CloudWatch(amazon.client("cloudwatch"))
    clock = lambda: world.now  # noqa: E731
    return SagemakerTarget(endpoint, metrics, lambda order: _files(amazon, order), lambda: "1", shape, clock)


def _files(amazon: Amazon, order: Order) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in amazon.bundles[order.version][0].iterdir()}


def order_of(amazon: Amazon) -> Order:
    return order("blue-green", POLICY).model_copy(update={
        "target": "sagemaker", "alias": "champion-sagemaker", "new_side": "next", "stable_side": FIRST, "shape": FIRST,
        "before": None, "digest": amazon.bundles["2"][1],
    })  # fmt: skip


def live(amazon: Amazon) -> str:
    found: str = amazon.client("sagemaker").describe_endpoint(EndpointName=NAME)["EndpointConfigName"]
    return found


def configurations(amazon: Amazon) -> set[str]:
    found = amazon.client("sagemaker").list_endpoint_configs()["EndpointConfigs"]
    return {one["EndpointConfigName"] for one in found}


def test_a_good_version_is_served_by_a_configuration_that_pins_it(amazon: Amazon, busy: Busy) -> None:
    target = target_of(amazon, busy)
    assert target.observe().served == "1"
    outcome = begin(busy.desk(), target, order_of(amazon))
    assert outcome.result == "served", outcome.reason
    assert busy.aliases["champion-sagemaker"] == "2"
    assert busy.aliases["champion"] == "1"
    client = amazon.client("sagemaker")
    configuration = client.describe_endpoint_config(EndpointConfigName=live(amazon))
    (variant,) = configuration["ProductionVariants"]
    assert (variant["VariantName"], variant["InstanceType"], variant["InitialInstanceCount"]) == (
        VARIANT,
        "ml.m5.large",
        2,
    )
    assert configuration["DataCaptureConfig"]["InitialSamplingPercentage"] == 10
    model = client.describe_model(ModelName=variant["ModelName"])
    assert model["PrimaryContainer"]["Environment"] == {"MLOPS_MODEL_PLACE": "sagemaker", VERSION: "2"}
    assert model["VpcConfig"]["Subnets"] == ["subnet-1"]
    assert target.observe().served == "2"


def test_the_update_goes_by_a_canary_with_the_alarms_of_the_endpoint(amazon: Amazon, busy: Busy) -> None:
    begin(busy.desk(), target_of(amazon, busy), order_of(amazon))
    (asked,) = amazon.updates
    assert asked["DeploymentConfig"] == guardrails(2, ALARMS)
    routing = asked["DeploymentConfig"]["BlueGreenUpdatePolicy"]["TrafficRoutingConfiguration"]
    assert (routing["Type"], routing["CanarySize"]["Value"]) == ("CANARY", 20)
    assert asked["DeploymentConfig"]["AutoRollbackConfiguration"]["Alarms"] == [{"AlarmName": one} for one in ALARMS]
    assert asked["RetainAllVariantProperties"] is True


def test_an_update_that_sagemaker_takes_back_in_silence_is_a_rollout_that_failed(amazon: Amazon, busy: Busy) -> None:
    amazon.takes_back = True
    outcome = begin(busy.desk(), target_of(amazon, busy), order_of(amazon))
    assert outcome.result == "rolled-back"
    assert "SageMaker took the update back" in outcome.reason
    assert live(amazon) == FIRST
    assert "champion-sagemaker" not in busy.aliases


@pytest.mark.parametrize(
    ("change", "words"),
    [({"failed": 3}, "errors"), ({"milliseconds": 700.0}, "p95"), ({"alarm": True}, f"{NAME}-slow went off")],
)
def test_a_bad_version_goes_back_and_its_configuration_is_removed(
    amazon: Amazon, busy: Busy, change: dict[str, Any], words: str
) -> None:
    for name, value in change.items():
        setattr(busy, name, value)
    outcome = begin(busy.desk(), target_of(amazon, busy), order_of(amazon))
    assert (outcome.result, live(amazon)) == ("rolled-back", FIRST)
    assert words in outcome.reason
    assert configurations(amazon) == {FIRST, OTHER}


def test_an_alarm_that_was_on_before_takes_no_version_back(amazon: Amazon, busy: Busy) -> None:
    on = {"AlarmName": ALARMS[1], "StateValue": "ALARM", "StateReason": "since yesterday"}
    amazon.client("cloudwatch").set_alarm_state(**on)
    assert begin(busy.desk(), target_of(amazon, busy), order_of(amazon)).result == "served"


def test_an_endpoint_that_says_it_has_another_version_goes_back(
    amazon: Amazon, busy: Busy, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = Endpoint.ask
    monkeypatch.setattr(Endpoint, "ask", lambda *given: {**asked(*given), "version": "1"})
    outcome = begin(busy.desk(), target_of(amazon, busy), order_of(amazon))
    assert (outcome.result, live(amazon)) == ("rolled-back", FIRST)
    assert "another model" in outcome.reason


def test_an_endpoint_that_predicts_otherwise_goes_back_before_it_is_measured(amazon: Amazon, busy: Busy) -> None:
    amazon.wrong = True
    outcome = begin(busy.desk(), target_of(amazon, busy), order_of(amazon))
    assert (outcome.result, live(amazon)) == ("rolled-back", FIRST)
    assert "predicts other than it was trained to" in outcome.reason


@pytest.mark.parametrize(("failed", "result", "deaths"), [(0, "served", 6), (3, "rolled-back", 10)])
def test_wherever_it_dies_it_is_carried_to_the_same_end_in_whatever_shape_the_stack_is_then(
    amazon: Amazon, busy: Busy, failed: int, result: str, deaths: int
) -> None:
    busy.failed, wanted, died = failed, order_of(amazon), set[str]()
    amazon.tick = lambda event: _dies_once(event, died)
    drive, shapes = begin, itertools.cycle((OTHER, None, FIRST))
    while True:
        try:
            outcome = drive(busy.desk(), target_of(amazon, busy, next(shapes)), wanted)
            break
        except Killed:
            drive = resume
    assert (outcome.result, len(died)) == (result, deaths)
    if result == "rolled-back":
        assert (live(amazon), configurations(amazon)) == (FIRST, {FIRST, OTHER})
        return
    assert configurations(amazon) == {FIRST, OTHER, live(amazon)}
    (variant,) = amazon.client("sagemaker").describe_endpoint_config(EndpointConfigName=live(amazon))[
        "ProductionVariants"
    ]
    assert variant["InstanceType"] == "ml.m5.large"
    assert len(amazon.updates) == 1


def _dies_once(event: str, died: set[str]) -> None:
    if event not in died:
        died.add(event)
        raise Killed


@pytest.mark.parametrize("ends", ["resumed", "rolled back"])
def test_a_rollout_whose_shape_the_stack_has_removed_meanwhile_comes_to_an_end(
    amazon: Amazon, busy: Busy, ends: str
) -> None:
    client, wanted = amazon.client("sagemaker"), order_of(amazon).model_copy(update={"shape": "soon-gone"})
    (variant,) = client.describe_endpoint_config(EndpointConfigName=OTHER)["ProductionVariants"]
    client.create_endpoint_config(EndpointConfigName="soon-gone", ProductionVariants=[variant])
    died = {f"{when}-call.sagemaker.{effect}" for when in ("before", "after") for effect in EFFECTS}
    died.remove("after-call.sagemaker.UpdateEndpoint")
    amazon.tick = lambda event: _dies_once(event, died)
    with pytest.raises(Killed):
        begin(busy.desk(), target_of(amazon, busy, "soon-gone"), wanted)
    client.delete_endpoint_config(EndpointConfigName="soon-gone")
    if ends == "resumed":
        assert resume(busy.desk(), target_of(amazon, busy), wanted).result == "served"
        assert configurations(amazon) == {FIRST, OTHER, live(amazon)}
    else:
        assert roll_back(busy.desk(), target_of(amazon, busy), wanted, "enough").result == "rolled-back"
        assert (live(amazon), configurations(amazon)) == (FIRST, {FIRST, OTHER})


def test_an_order_of_before_orders_had_a_shape_is_carried_out_in_the_stack_s(amazon: Amazon, busy: Busy) -> None:
    target = target_of(amazon, busy)
    old = Order.model_validate_json(order_of(amazon).model_dump_json(exclude={"shape"}))
    assert old.shape is None
    assert target._name(old) == target._name(order_of(amazon))


def test_the_next_rollout_copies_the_stack_s_shape_or_the_one_in_use(amazon: Amazon, busy: Busy) -> None:
    assert target_of(amazon, busy, OTHER).observe().shape == OTHER
    assert target_of(amazon, busy, None).observe().shape == FIRST


def test_an_endpoint_that_somebody_else_moved_is_left_alone(amazon: Amazon, busy: Busy) -> None:
    amazon.put(OTHER)
    with pytest.raises(EndpointError, match="another configuration"):
        begin(busy.desk(), target_of(amazon, busy), order_of(amazon))
    assert live(amazon) == OTHER
    assert amazon.updates == []


def test_undo_leaves_a_version_all_at_once_and_waits_for_an_endpoint_that_is_being_changed(
    amazon: Amazon, busy: Busy
) -> None:
    target, versions = target_of(amazon, busy, OTHER), Versions(amazon.bundles, busy)
    assert begin(busy.desk(), target, order_of(amazon)).result == "served"
    amazon.status = "Updating"
    assert target.observe().served is None
    back = order_to(busy.desk(), target, versions, RolloutPolicy(), Wanted(MODEL, "1", undo=True))
    assert (back.stable, back.shape) == ("2", OTHER)
    assert begin(busy.desk(), target, back).result == "served"
    assert target.observe().served == "1"
    assert amazon.updates[-1]["DeploymentConfig"] == way_back()


@pytest.mark.parametrize("status", ["Failed", "OutOfService", "UpdateRollbackFailed"])
def test_an_endpoint_that_takes_no_update_takes_no_rollout_by_force_either(
    amazon: Amazon, busy: Busy, status: str
) -> None:
    amazon.status = status
    wanted = Wanted(MODEL, "2", strategy="blue-green", force="drill")
    with pytest.raises(RegistryError, match="takes no rollout") as refused:
        order_to(busy.desk(), target_of(amazon, busy), Versions(amazon.bundles, busy), RolloutPolicy(), wanted)
    assert refused.value.given == (status,)


def test_one_instance_cannot_be_shared_out(amazon: Amazon) -> None:  # noqa: ARG001
    routing = guardrails(1, ALARMS)["BlueGreenUpdatePolicy"]["TrafficRoutingConfiguration"]
    assert routing["Type"] == "ALL_AT_ONCE"
    assert "CanarySize" not in routing

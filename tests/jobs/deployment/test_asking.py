"""What asks a place itself, by the commands and by target: Kubernetes in memory, Lambda and SageMaker emulated.

Kubernetes serves version 1, and so does the gateway; the others are rolled to version 2.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from mlflow import MlflowClient

from jobs.audit.trail import Trail
from jobs.checks import golden
from jobs.checks.system import System
from jobs.commands import deploy_options
from jobs.commands.output import progress
from jobs.deployment import targets
from jobs.deployment.run import Desk
from jobs.deployment.target import Target
from jobs.errors import ConfigError
from jobs.registry.names import Names
from jobs.registry.versions import Registry
from jobs.training.experiment import Trained
from tests.jobs.checks.platform import Platform, platform, told
from tests.jobs.checks.test_registry import answering
from tests.jobs.deployment import lambda_callers, test_sagemaker
from tests.jobs.deployment.lambda_account import Account, in_process
from tests.jobs.deployment.test_kubernetes import cluster
from tests.jobs.deployment.test_sagemaker import FIRST, Amazon, account
from tests.jobs.deployment.world import MODEL, World, order
from tests.jobs.support import Outcome, example, mlops

BESIDE = {
    "lambda": (golden.function, "MLOPS_PREDICT_FUNCTION"), "sagemaker": (golden.endpoint, "MLOPS_ENDPOINT"),
}  # fmt: skip
FORCED = ("--strategy", "blue-green", "--force", "--reason", "the test says so", "--json")


@dataclass(frozen=True)
class Place:
    """`version`: what it serves once it was rolled; `off` makes it answer other than the model."""

    target: Target
    world: World
    version: str
    off: Callable[[], None]


@pytest.fixture
def fake(tmp_path: Path) -> Iterator[Platform]:
    (tmp_path / "platform").mkdir()
    with platform(tmp_path / "platform") as running:
        yield running


@pytest.fixture
def k8s(tmp_path: Path, fake: Platform) -> Place:
    its = cluster(tmp_path / "rollouts")
    return Place(its.target, its.world, "1", lambda: answering(fake, key=None, off=0.01))


@pytest.fixture
def on_lambda(lambda_: Account, busy: lambda_callers.Busy) -> Place:
    def off() -> None:
        lambda_.run = _off

    return Place(lambda_callers.target_of(lambda_, busy), busy, "2", off)


def _off(env: Mapping[str, str], model: Path, event: Any) -> tuple[Any, str | None]:
    said, error = in_process(env, model, event)
    for one in said.get("predictions", ()):
        one["probability"] += 0.01
    return said, error


@pytest.fixture(scope="module")
def amazon(trained: list[Trained], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Amazon]:
    with account(tmp_path_factory.mktemp("sagemaker"), trained) as made:
        yield made


@pytest.fixture
def on_sagemaker(amazon: Amazon, tmp_path: Path) -> Place:
    amazon.put(FIRST)
    amazon.wrong = False
    world = test_sagemaker.Busy(str(tmp_path / "rollouts"), amazon=amazon)
    world.now = datetime.now(UTC).replace(second=0, microsecond=0)
    return Place(test_sagemaker.target_of(amazon, world), world, "2", lambda: setattr(amazon, "wrong", True))


@pytest.fixture(params=["k8s", "lambda", "sagemaker"])
def place(
    request: pytest.FixtureRequest, registry: str, fake: Platform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Place]:
    """The place that the commands find, on the real registry."""
    found: Place = request.getfixturevalue("k8s" if request.param == "k8s" else f"on_{request.param}")
    folder = tmp_path / "instances" / "local"
    folder.mkdir(parents=True)
    (folder / "outputs.json").write_text(json.dumps({**fake.outputs, "trackingUri": registry}))
    answering(fake, key=None)
    for name, value in {"MLOPS_CACHE": tmp_path, "KUBECONFIG": fake.kubeconfig, "MLOPS_ROLLOUTS": found.world.folder,
                        "MLOPS_SERVING_URL": fake.url}.items():  # fmt: skip
        monkeypatch.setenv(name, str(value))

    def desk(as_json: bool) -> Desk:
        return replace(found.world.desk(), say=progress(as_json), aliases=names, trail=Trail.open())

    names, alias = Names(Registry(), Trail.open()), found.target.alias("champion")
    monkeypatch.setattr(targets, "target_of", lambda *_, **__: found.target)
    monkeypatch.setattr(deploy_options, "desk", desk)
    MlflowClient(registry).set_registered_model_alias(MODEL, "challenger", "2")
    yield found
    MlflowClient(registry).delete_registered_model_alias(MODEL, "challenger")
    if alias != "champion":
        names.remove(MODEL, alias, "the test's end")


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    path = tmp_path / "policy.yaml"
    path.write_text(yaml.safe_dump(lambda_callers.POLICY.model_dump(mode="json")))
    return path


def states(said: Outcome) -> dict[str, str]:
    return {one["name"]: one["state"] for one in said.json["checks"]}


def postflight(name: str) -> Outcome:
    return mlops("deploy", "postflight", name, MODEL, "--json")


def rolled(place: Place, policy: Path) -> str:
    """The place's name, once it serves its version."""
    if (name := place.target.name) != "k8s":
        done = mlops("deploy", name, MODEL, "--version", "2", "--policy", str(policy), *FORCED)
        assert (done.code, done.json["outcome"]["result"]) == (0, "served"), done.err
    return name


@pytest.mark.parametrize("place", ["lambda", "sagemaker"], indirect=True)
def test_a_version_that_is_not_better_is_refused_beside_the_cluster_too(place: Place) -> None:
    refused = example("deploy lambda") if place.target.name == "lambda" else example("deploy sagemaker")
    assert (refused.code, "not surely better" in refused.err) == (1, True)
    assert place.target.observe().served == "1"


def test_preflight_is_about_the_place(place: Place) -> None:
    options = ("--version", "2", "--strategy", "blue-green", "--json")
    said = mlops("deploy", "preflight", place.target.name, MODEL, *options)
    found = states(said)
    assert said.json["alias"] == place.target.alias("champion")
    assert (found["version"], found["place"], found["way back"], found["gate"]) == ("ok", "ok", "ok", "bad")
    assert (found["room"] == "skipped") == (place.target.name != "k8s")


def test_postflight_asks_the_place_and_not_the_gateway_of_another(place: Place, policy: Path) -> None:
    name = rolled(place, policy)
    found = states(said := postflight(name))
    assert (said.json["version"], said.json["alias"]) == (place.version, place.target.alias("champion"))
    assert {found[one] for one in ("served", "traffic", "alias", "predictions")} == {"ok"}, said.out
    assert found["recorded"] == ("skipped" if name == "k8s" else "ok")
    assert {"serving", "inference log"} & found.keys() == ({"serving", "inference log"} if name == "k8s" else set())
    place.off()
    (wrong,) = [one for one in postflight(name).json["checks"] if one["name"] == "predictions"]
    assert (wrong["state"], wrong["change"]) == ("bad", f"`mlops deploy undo {name} {MODEL}`")
    assert "off the probability" in wrong["says"]


@pytest.mark.parametrize("place", ["lambda", "sagemaker"], indirect=True)
def test_a_rollout_of_a_place_that_is_gone_ends_without_it(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere(*_: object) -> Target:
        raise ConfigError("there is no such place")

    name, ledger = place.target.name, place.world.desk().ledger
    assert ledger.claim(order("blue-green").model_copy(update={"target": name}))
    monkeypatch.setattr(targets, "target_of", nowhere)
    assert "no such place" in mlops("deploy", "rollback", name, MODEL).err
    ended = mlops("deploy", "rollback", name, MODEL, "--gone", "--reason", "deleted", "--json")
    assert (ended.code, ended.json["outcome"]["result"]) == (0, "rolled-back"), ended.err
    assert "no rollout is under way" in mlops("deploy", "rollback", name, MODEL, "--gone").err


@pytest.mark.parametrize("place", ["lambda", "sagemaker"], indirect=True)
def test_postflight_before_the_first_rollout_is_about_what_all_places_serve(place: Place) -> None:
    said = postflight(place.target.name)
    assert said.json["version"] == "1", said.err
    assert {states(said)[one] for one in ("served", "traffic", "alias", "predictions")} == {"ok"}, said.out


@pytest.mark.parametrize("place", ["lambda", "sagemaker"], indirect=True)
def test_validate_asks_what_the_registry_names_for_a_place_beside_the_cluster(
    place: Place, registry: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask, variable = BESIDE[place.target.name]
    system = System({}, MODEL, "champion")
    assert ask(system).state == "skipped"
    monkeypatch.setenv(variable, "mlops-test")
    assert told(ask(system)).endswith("version 1 ")
    MlflowClient(registry).set_registered_model_alias(MODEL, alias := place.target.alias("champion"), "2")
    assert told(ask(system)) == f"bad: version 1 answers, the alias {alias} names 2 "


@pytest.mark.parametrize("place", ["lambda", "sagemaker"], indirect=True)
def test_bench_asks_the_place_by_its_own_client(place: Place) -> None:
    target = place.target.name
    said = mlops("deploy", "bench", target, MODEL, "--requests", "6", "--connections", "2", "--json")
    assert (said.code, said.json["target"], said.json["statuses"]) == (0, target, {"200": 6}), said.err
    assert said.json["milliseconds"]["p95"] > 0
    assert mlops("deploy", "bench", target, MODEL, "--connections", "11").code == 2
    assert "another model answers" in mlops("deploy", "bench", target, "credit").err

"""On a real MLflow server with two versions, champion at 1."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest
from mlflow import MlflowClient

from jobs.audit.trail import Trail
from jobs.checks import after, before, clients, colours, gateway, models
from jobs.checks.check import Finding
from jobs.checks.system import Rollout, System
from jobs.deployment.policy import RolloutPolicy, Strategy
from jobs.deployment.record import Outcome
from jobs.deployment.target import Observed, SideState, Target
from jobs.monitoring.watch import Sample
from jobs.registry.versions import Registry
from jobs.serving.client import predict
from jobs.serving.gateway import address
from tests.jobs.checks.platform import NOW, Platform, told
from tests.jobs.deployment.world import World, order
from tests.jobs.support import example, example_words, mlops

MODEL = "churn-classifier"
BLUE = SideState("blue", ("1",), 100, replicas=2, ready=2)
GREEN = SideState("green", (), 0)


@dataclass(frozen=True)
class Place:
    """A target that stands still."""

    sides: tuple[SideState, ...] = (BLUE, GREEN)
    name: str = "k8s"
    strategies: tuple[Strategy, ...] = ("canary", "blue-green")

    def alias(self, alias: str) -> str:
        return alias

    def observe(self) -> Observed:
        return Observed(self.sides, "blue", "green")

    def ask(self, records: list[dict[str, Any]]) -> dict[str, Any]:
        return predict(*address(), records, 0)


def system(fake: Platform, version: str = "1", place: Place | None = None, **policy: Any) -> System:
    rollout = Rollout("champion", version, RolloutPolicy(**policy))
    outputs = {**fake.outputs, "trackingUri": None, "servingKey": "open sesame"}
    target = cast(Target, place or Place())
    return System(outputs, MODEL, "champion", fake.system().access, lambda: target, rollout, now=NOW)


def answering(fake: Platform, version: str = "1", key: str | None = "open sesame", off: float = 0.0) -> None:
    """The gateway and a model server behind it."""
    scorer = Registry().verify(Registry().find(MODEL, version))

    def predict(body: Any, headers: dict[str, str]) -> tuple[int, Any]:
        if key is not None and headers.get("x-api-key") != key:
            return 401, {"error": {"message": "the API key is missing or not known"}}
        said = scorer.predict_records(body["records"])
        predictions = [{"probability": one.probability + off, "label": one.label} for one in said]
        return 200, {"model": MODEL, "version": version, "predictions": predictions}

    fake.posts["/predict"] = predict


@pytest.mark.usefixtures("registry")
def test_golden_rows_with_the_key_are_right_and_without_it_refused(fake: Platform) -> None:
    answering(fake)
    assert told(gateway.prediction(system(fake))).startswith("ok: ")
    assert gateway.key_wanted(system(fake)).state == "ok"


@pytest.mark.usefixtures("registry")
def test_another_version_other_answers_a_wrong_key_and_an_open_door_are_bad(fake: Platform) -> None:
    answering(fake, "2")
    assert "version 2 answers, the alias champion names 1" in told(gateway.prediction(system(fake)))
    answering(fake, off=1e-5)
    assert "off the probability" in told(gateway.prediction(system(fake)))
    answering(fake, key="another")
    assert told(gateway.prediction(system(fake))).startswith("bad: status 401")
    answering(fake, key=None)
    assert told(gateway.key_wanted(system(fake))).startswith("bad: status 200 without a key")


def test_a_run_is_made_and_removed(registry: str, fake: Platform) -> None:
    assert clients.tracking_writes(system(fake)).state == "ok"
    client = MlflowClient(registry)
    experiment = client.get_experiment_by_name(clients.EXPERIMENT)
    assert experiment
    assert client.search_runs([experiment.experiment_id]) == []


@pytest.mark.usefixtures("registry")
def test_aliases_are_verified_and_a_file_that_was_changed_is_found(fake: Platform, registry: str) -> None:
    assert models.aliases(system(fake)).state == "ok"
    place = Path(MlflowClient(registry).get_model_version_download_uri(MODEL, "1").removeprefix("file://"))
    bundle = place / "artifacts" / "bundle" / "bundle.json"
    shutil.copy(bundle, bundle.parents[2] / "kept.json")
    try:
        bundle.write_text(bundle.read_text() + " ")
        assert "digest of the bundle does not match" in told(models.aliases(system(fake)))
        assert told(models.aliases(system(fake))).startswith("bad: churn-classifier@champion (version 1)")
    finally:
        shutil.move(bundle.parents[2] / "kept.json", bundle)


@pytest.mark.usefixtures("registry")
def test_a_model_without_its_alias_and_a_trail_that_says_otherwise_are_bad(fake: Platform, registry: str) -> None:
    assert models.audit(system(fake)).state == "ok"
    MlflowClient(registry).set_registered_model_alias(MODEL, "champion", "2")
    assert "names version 2, the trail says version 1" in told(models.audit(system(fake)))
    MlflowClient(registry).delete_registered_model_alias(MODEL, "champion")
    assert told(models.aliases(system(fake))).startswith("bad: churn-classifier has no alias champion")


@pytest.mark.usefixtures("registry")
def test_a_whole_version_passes_and_one_that_is_not_better_is_held_by_the_gate(fake: Platform) -> None:
    assert told(before.version(system(fake, "2"))).startswith("ok: version 2 is whole")
    assert before.gate(system(fake, "2")).state == "bad"
    assert before.gate(system(fake, "2", strategy="shadow")).state == "skipped"
    assert "served already" in told(before.gate(system(fake, "1")))
    assert before.libraries(system(fake, "2")).state == "ok"


@pytest.mark.usefixtures("registry")
def test_a_place_without_the_strategy_or_without_one_version_to_come_back_to_is_bad(fake: Platform) -> None:
    assert before.place(system(fake, "2", strategy="canary")).state == "ok"
    assert told(before.place(system(fake, "2", strategy="rolling"))).startswith("bad: k8s cannot do rolling")
    assert told(before.way_back(system(fake, "2"))) == "ok: version 1 on blue, whole "
    mixed = Place((SideState("blue", ("1", "2"), 100), GREEN))
    assert "more than one version: 1, 2" in told(before.way_back(system(fake, "2", mixed)))
    assert "serves no version" in told(before.way_back(system(fake, "2", Place((SideState("blue", (), 100), GREEN)))))


@pytest.mark.usefixtures("registry")
def test_after_a_rollout_the_version_the_traffic_and_the_alias_must_be_what_was_wanted(fake: Platform) -> None:
    def asked(ask: Any, version: str, *sides: SideState) -> Finding:
        found: Finding = ask(system(fake, version, Place(sides or (BLUE, GREEN))))
        return found

    assert {asked(ask, "1").state for ask in (after.served, after.traffic, after.alias)} == {"ok"}
    assert "serves 1, not 2 alone" in told(asked(after.served, "2"))
    assert "1 of 2 ready" in told(asked(after.served, "1", SideState("blue", ("1",), 100, replicas=2, ready=1), GREEN))
    split = (SideState("blue", ("1",), 75, replicas=2, ready=2), SideState("green", ("2",), 25))
    assert "a rollout is not over" in told(asked(after.traffic, "1", *split))
    copied = (BLUE, SideState("green", ("2",), 0, mirror=20))
    assert "20 % is copied to green" in told(asked(after.traffic, "1", *copied))
    assert "champion names version 1, and 2 should be served" in told(asked(after.alias, "2"))


@pytest.mark.usefixtures("registry")
def test_a_rollout_must_have_ended_and_be_in_the_trail(
    fake: Platform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(str(tmp_path / "rollouts"))
    monkeypatch.setenv("MLOPS_ROLLOUTS", world.folder)
    assert before.nothing_running(system(fake, "2")).says == "none before"
    assert after.recorded(system(fake, "2")).state == "skipped"
    ledger = world.desk().ledger
    begun = order()
    assert ledger.claim(begun)
    assert "has not ended" in told(before.nothing_running(system(fake, "2")))
    assert told(after.recorded(system(fake, "2"))).startswith(
        "bad: rollout 1 of churn-classifier on k8s has no outcome"
    )
    ledger.finish(begun, Outcome(result="served", reason="well", time=NOW))
    assert "served" in before.nothing_running(system(fake, "2")).says
    assert "no entry in the audit trail" in told(after.recorded(system(fake, "2")))
    Trail.open().append("rollout.served", MODEL, target="k8s", number=1)
    assert after.recorded(system(fake, "2")).state == "ok"


def test_figures_above_a_limit_are_undone(fake: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jobs.monitoring.watch.look", lambda *_: Sample(2, 0, 9.0, 0.5, 0.01, refused=False))
    found = after.figures(system(fake))
    assert told(found) == "bad: 50.00% of the requests fail, allowed 1.00% "
    assert found.change == f"`mlops deploy undo k8s {MODEL}`"


@pytest.mark.parametrize(("a_second", "verdict"), [(0.1, "ok"), (1.0, "bad")])
def test_one_slow_request_of_a_few_is_no_percentile(
    fake: Platform, monkeypatch: pytest.MonkeyPatch, a_second: float, verdict: str
) -> None:
    monkeypatch.setattr("jobs.monitoring.watch.look", lambda *_: Sample(2, 0, a_second, 0.0, 3.0, refused=False))
    assert told(after.figures(system(fake))).startswith(f"{verdict}: ")


def room(fake: Platform, used: str) -> Finding:
    container = {"resources": {"requests": {"cpu": "50m", "memory": "192Mi"}, "limits": {"cpu": "2"}}}
    fake.pages["/apis/apps/v1/namespaces/ml-serving/deployments/model-server-green"] = (
        200, {"spec": {"template": {"spec": {"containers": [container]}}}},
    )  # fmt: skip
    hard = {"requests.cpu": "400m", "limits.cpu": "12", "pods": "20"}
    fake.has(
        "/api/v1/namespaces/ml-serving/resourcequotas",
        {
            "metadata": {"namespace": "ml-serving"},
            "status": {"hard": hard, "used": {"requests.cpu": used, "pods": "4"}},
        },
    )
    return before.room(system(fake, "2"))


def test_the_second_colour_needs_room_in_the_quota(fake: Platform) -> None:
    assert told(room(fake, "300m")) == "ok: room for 2 pods of model-server-green "
    assert told(room(fake, "301m")).startswith("bad: 2 more pods need 0.1 requests.cpu, 0.099 of 400m are free")


def test_traffic_to_a_side_without_servers_or_with_two_versions_or_that_is_no_whole_is_bad(fake: Platform) -> None:
    def asked(*sides: SideState) -> str:
        return told(colours.colours(system(fake, "1", Place(sides))))

    assert asked(BLUE, GREEN) == "ok: blue 100 %, green 0 %; blue serves version 1 "
    assert "blue gets 100 % of the traffic and has no ready server" in asked(SideState("blue", ("1",), 100), GREEN)
    assert "blue serves 1, 2, and must serve one" in asked(SideState("blue", ("1", "2"), 100, ready=2), GREEN)
    assert "that is 90 % together" in asked(SideState("blue", ("1",), 90, ready=2), GREEN)


@pytest.fixture
def instance(registry: str, fake: Platform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The fake platform with the real registry, and a place that stands still."""
    folder = tmp_path / "instances" / "local"
    folder.mkdir(parents=True)
    (folder / "outputs.json").write_text(json.dumps({**fake.outputs, "trackingUri": registry}))
    monkeypatch.setenv("MLOPS_CACHE", str(tmp_path))
    monkeypatch.setenv("KUBECONFIG", str(fake.kubeconfig))
    monkeypatch.setenv("MLOPS_ROLLOUTS", str(tmp_path / "rollouts"))
    monkeypatch.setattr("jobs.deployment.targets.target_of", lambda *_: Place())


@pytest.mark.usefixtures("instance")
def test_preflight_says_of_a_version_that_is_not_better_why_it_may_not_go(registry: str) -> None:
    MlflowClient(registry).set_registered_model_alias(MODEL, "challenger", "2")
    try:
        said = example("deploy preflight")
    finally:
        MlflowClient(registry).delete_registered_model_alias(MODEL, "challenger")
    assert said.code == 1
    states = {
        line.split()[0]: line.split()[1] for line in said.out.splitlines() if line.split()[1:2] in (["ok"], ["BAD"])
    }
    assert (states["version"], states["gate"], states["place"]) == ("ok", "BAD", "ok")
    assert "change:  shadow it, train a better one, or say why with --force" in said.out


@pytest.mark.usefixtures("instance")
def test_postflight_is_about_the_version_that_the_alias_names(fake: Platform) -> None:
    answering(fake, key=None)
    said = mlops(*example_words("deploy postflight"), "--json")
    assert {name: said.json[name] for name in ("target", "model", "version")} == {
        "target": "k8s", "model": MODEL, "version": "1",
    }  # fmt: skip
    states = {one["name"]: one["state"] for one in said.json["checks"]}
    assert (states["served"], states["traffic"], states["alias"], states["predictions"]) == ("ok", "ok", "ok", "ok")


@pytest.mark.usefixtures("instance")
def test_preflight_compares_on_the_table_where_it_is_now(tmp_path: Path) -> None:
    table = str(tmp_path / "moved.csv")
    said = mlops("deploy", "preflight", "k8s", MODEL, "--version", "2", "--data", table, "--json")
    (gate,) = [one for one in said.json["checks"] if one["name"] == "gate"]
    assert gate["state"] == "bad"
    assert table in gate["says"]


@pytest.mark.usefixtures("instance")
def test_a_strategy_that_does_not_exist_is_a_wrong_usage() -> None:
    said = mlops("deploy", "preflight", "k8s", MODEL, "--version", "2", "--strategy", "all-at-once")
    assert (said.code, "no such strategy" in said.err) == (2, True)

"""The commands, word for word as their help shows them, on a real registry and a target in memory."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from mlflow import MlflowClient

from jobs.audit.trail import Trail
from jobs.commands import deploy_options
from jobs.commands.output import progress
from jobs.deployment import targets
from jobs.deployment.kubernetes import KubernetesTarget
from jobs.deployment.ledger import PLACE
from jobs.deployment.run import Desk
from jobs.deployment.target import Target
from jobs.registry.names import Names
from jobs.registry.versions import Registry
from tests.jobs.deployment.test_kubernetes import Cluster, cluster
from tests.jobs.deployment.world import MODEL, Killed
from tests.jobs.deployment.world import Names as InMemory
from tests.jobs.support import example, example_words, mlops

FORCED = ("--force", "--reason", "the test says so")


@dataclass(frozen=True)
class Both:
    """The real registry's aliases, and those of the world in memory."""

    real: Names
    world: InMemory

    def named(self, model: str, alias: str) -> str | None:
        return self.real.named(model, alias)

    def point(self, model: str, alias: str, version: str, why: str, *, keep: bool = False) -> None:
        self.world.point(model, alias, version, why, keep=keep)
        self.real.point(model, alias, version, why, keep=keep)

    def remove(self, model: str, alias: str, why: str) -> None:
        self.world.remove(model, alias, why)
        self.real.remove(model, alias, why)


@dataclass
class Place:
    """What the commands work on."""

    its: Cluster

    def target(self, *_: object) -> Target:
        target = self.its.target
        assert isinstance(target, KubernetesTarget)
        return replace(target, aliases=self.aliases)

    @property
    def aliases(self) -> Both:
        return Both(Names(Registry(), Trail.open()), InMemory(self.its.world))


@pytest.fixture
def place(registry: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """Version 1 is served; version 2 is the challenger, and not better."""
    its = cluster(tmp_path / "rollouts")
    found = Place(its)

    def desk(as_json: bool) -> Desk:
        return replace(its.desk, say=progress(as_json), aliases=found.aliases)

    monkeypatch.setenv(PLACE, str(tmp_path / "rollouts"))
    monkeypatch.setattr(targets, "target_of", found.target)
    monkeypatch.setattr(deploy_options, "desk", desk)
    MlflowClient(registry).set_registered_model_alias(MODEL, "challenger", "2")
    yield found
    MlflowClient(registry).delete_registered_model_alias(MODEL, "challenger")


def test_a_version_that_is_not_better_is_refused_and_goes_by_force(place: Place) -> None:
    refused = example("deploy k8s")
    assert refused.code == 1
    assert "not surely better" in refused.err
    assert place.its.world.seen == []
    said = mlops("deploy", "k8s", MODEL, *FORCED, "--json")
    assert (said.code, said.json["outcome"]["result"], said.json["target"]) == (0, "served", "k8s")
    assert place.its.world.weights == {"blue": 0, "green": 100}
    assert mlops("deploy", "k8s", MODEL, "--force").code == 2
    assert mlops("deploy", "k8s", MODEL, "--strategy", "yolo").code == 2


def test_status_history_test_and_undo_tell_and_do_what_they_say(place: Place) -> None:
    assert example("deploy history").code == 0
    assert example("deploy status").code == 0
    assert "nobody knows the one before" in example("deploy undo").err
    assert mlops("deploy", "k8s", MODEL, *FORCED).code == 0
    status = json.loads(mlops("deploy", "status", "k8s", "--json").out)
    assert (status["active"], status["served"]) == ("green", "2")
    assert "green (active)" in example("deploy status").out
    assert example("deploy undo").code == 0
    assert place.its.target.observe().served == "1"
    listed = mlops("deploy", "history", "k8s", "--json").json
    assert [(one["number"], one["version"], one["outcome"]["result"]) for one in listed] == [
        (2, "1", "served"), (1, "2", "served"),
    ]  # fmt: skip


def test_undo_leaves_a_version_whose_servers_do_not_answer(place: Place) -> None:
    assert mlops("deploy", "k8s", MODEL, *FORCED).code == 0
    place.its.world.loads = False
    assert place.its.target.observe().served is None
    refused = mlops("deploy", "k8s", MODEL, "--version", "1")
    assert "nothing to come back to" in refused.err
    assert "mlops deploy undo k8s churn-classifier" in refused.err
    assert example("deploy undo").code == 0
    assert place.its.target.observe().served == "1"


def test_a_killed_rollout_is_told_by_status_and_ended_by_resume_or_rollback(place: Place) -> None:
    assert "no rollout is under way" in example("deploy resume").err
    for command, version in (("deploy rollback", "1"), ("deploy resume", "2")):
        place.its.world.dies_at = place.its.world.ticks + 40
        with pytest.raises(Killed):
            mlops("deploy", "k8s", MODEL, *FORCED)
        place.its.world.dies_at = None
        status = mlops("deploy", "status", "k8s")
        assert status.code == 1
        assert "NOT ENDED" in status.out
        for busy in (example("deploy restart"), example("deploy stop"), mlops("deploy", "k8s", MODEL, *FORCED)):
            assert "has not ended" in busy.err
        said = example("deploy rollback") if command == "deploy rollback" else example("deploy resume")
        assert said.code == 0, said.err
        assert place.its.target.observe().served == version


def test_the_version_is_said_by_its_number_or_by_an_alias_of_its_own(place: Place) -> None:
    both = mlops("deploy", "k8s", MODEL, "--version", "2", "--alias", "challenger")
    assert (both.code, "two options say which version" in both.err) == (2, True)
    assert "served already" in mlops("deploy", "k8s", MODEL, "--alias", "champion").err
    assert "nobody" in mlops("deploy", "k8s", MODEL, "--alias", "nobody").err
    said = mlops("deploy", "k8s", MODEL, "--alias", "challenger", *FORCED, "--json")
    assert (said.code, said.json["version"]) == (0, "2")
    # What the servers follow is the stack's, whoever asks for which version.
    assert place.aliases.named(MODEL, "champion") == "2"


@pytest.mark.usefixtures("place")
def test_kubernetes_is_never_gone() -> None:
    refused = mlops("deploy", "rollback", "k8s", MODEL, "--gone")
    assert (refused.code, "--gone with k8s" in refused.err) == (2, True)
    assert "no rollout is under way" in mlops("deploy", "rollback", "lambda", MODEL, "--gone").err


def test_what_the_places_follow_is_said_by_the_environment(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def target_of(name: str, *given: object) -> Target:
        asked.append(given[-1])
        return place.target(name, *given)

    monkeypatch.setattr(targets, "target_of", target_of)
    monkeypatch.setenv("MLOPS_MODEL_ALIAS", "second")
    assert [mlops("deploy", "status", where).code for where in ("sagemaker", "k8s")] == [0, 0]
    assert asked == ["second", "second"]


def test_a_real_answer_of_the_served_version_is_compared_with_the_model_itself(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    scorer = Registry().verify(Registry().find(MODEL, "1"))

    def ask(_: object, records: list[dict[str, object]], add: float = 0.0) -> dict[str, object]:
        own = [one.probability + add for one in scorer.predict_records(records)]
        return {"version": "1", "predictions": [{"probability": one} for one in own]}

    monkeypatch.setattr(KubernetesTarget, "ask", ask)
    assert "with version 1" in example("deploy test").out
    monkeypatch.setattr(KubernetesTarget, "ask", lambda its, records: ask(its, records, 0.01))
    assert "not the registered model's" in mlops("deploy", "test", "k8s").err
    monkeypatch.setattr(KubernetesTarget, "ask", lambda its, records: {**ask(its, records), "version": "2"})
    assert "another version answers" in mlops("deploy", "test", "k8s").err
    assert place.its.world.seen == []


def test_servers_are_scaled_restarted_and_stopped(place: Place) -> None:
    assert "2 to 4" in example("deploy scale").out
    assert mlops("deploy", "scale", "k8s").code == 2
    assert example("deploy restart").code == 0
    assert place.its.namespace.restarts == 1
    assert mlops("deploy", "stop", "k8s").code == 2
    assert set(place.its.world.replicas.values()) == {0, 3}
    assert example("deploy stop").code == 0
    assert set(place.its.world.replicas.values()) == {0}
    assert "AWS runs the servers" in mlops("deploy", "restart", "lambda").err


def test_a_shadow_is_reported_as_page_and_json(place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLOPS_INFERENCE_LOG", str(tmp_path / "log"))
    monkeypatch.chdir(tmp_path)
    out = ("--out", str(tmp_path / "reports"))
    assert "no such shadow" in mlops("deploy", "shadow", "k8s", *out).err
    done = mlops("deploy", "k8s", MODEL, "--strategy", "shadow", "--json")
    assert done.json["outcome"]["result"] == "reported"
    said = mlops(*example_words("deploy shadow"), *out, "--json")
    assert (said.json["version"], said.json["stable"], said.json["paired"]) == ("2", "1", None)
    assert "only the servers&#39; own counts" in Path(said.json["page"]).read_text()
    assert place.its.target.observe().served == "1"

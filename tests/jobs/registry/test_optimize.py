from __future__ import annotations

from collections.abc import Iterator

import pytest
from mlflow import MlflowClient

from jobs.audit.trail import Trail
from jobs.registry import optimization
from jobs.registry.optimization import OPTIMIZED_TAG
from tests.jobs.registry.test_promotion import told
from tests.jobs.registry.test_registry import MODEL, shown, state
from tests.jobs.support import example, mlops


@pytest.fixture
def spare(registry: str) -> Iterator[None]:
    """Versions that a test makes are removed afterwards."""
    before = {one["version"] for one in state()}
    yield
    mlops("models", "promote", MODEL, "--version", "1", "--force", "--reason", "the test is over")
    for one in state():
        if one["version"] not in before:
            MlflowClient(registry).delete_registered_model_alias(MODEL, "previous-champion")
            MlflowClient(registry).delete_model_version(MODEL, one["version"])
    assert mlops("audit", "adopt", "--reason", "a test removed its versions").code == 0


@pytest.mark.usefixtures("spare")
def test_an_optimized_champion_is_a_new_version_that_may_take_its_place_and_a_second_run_makes_none() -> None:
    said = example("models optimize")
    assert said.code == 0, said.err
    made = mlops("models", "optimize", MODEL, "@champion", "--json").json
    assert (made["made"], made["version"]) == (False, state()[0]["version"])
    assert made["after"]["bytes"] < 0.5 * made["before"]["bytes"]
    # All customers, and the first ones again with gaps.
    assert made["rows"] > 7043
    assert made["difference"] <= 1e-6
    version = shown(made["version"])
    assert version["tags"][OPTIMIZED_TAG] == shown("1")["tags"]["mlops.bundle_sha256"]
    entry = next(one for one in Trail.open().entries() if one.subject == f"{MODEL}/{made['version']}")
    assert (entry.action, entry.facts["of"]) == ("version.optimized", "1")
    promoted = mlops("models", "promote", MODEL, "--version", made["version"], "--json")
    assert (promoted.code, promoted.json["decision"]["verdict"]) == (0, "passed"), promoted.out
    assert "made smaller" in promoted.json["decision"]["reasons"][0]
    assert told() == []
    again = mlops("models", "optimize", MODEL, made["version"])
    assert (again.code, "cannot be made smaller" in again.err) == (1, True)


@pytest.mark.usefixtures("spare")
def test_a_model_that_predicts_otherwise_or_is_slower_is_refused_and_nothing_is_registered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = state()
    with monkeypatch.context() as patch:
        patch.setattr(optimization, "TOLERANCE", -1.0)
        said = example("models optimize")
        assert (said.code, "does not predict the same" in said.err) == (1, True)
    with monkeypatch.context() as patch:
        patch.setattr(optimization, "SLOWER", 1e-9)
        said = example("models optimize")
        assert (said.code, "is slower" in said.err) == (1, True)
    assert state() == before

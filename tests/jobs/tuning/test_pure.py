"""Counts, progress and the Job of a study."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from optuna.trial import FrozenTrial, TrialState, create_trial
from prometheus_client import CollectorRegistry

from jobs.errors import ConfigError
from jobs.tuning.figures import push
from jobs.tuning.on_cluster import tuning_job
from jobs.tuning.outcomes import FAILURE, Outcomes, best, outcomes
from jobs.tuning.progress import Progress, duration
from tests.jobs.support import ROOT


def trial(state: TrialState, value: float | None = None, user: dict[str, Any] | None = None) -> FrozenTrial:
    return create_trial(state=state, value=value, user_attrs=user)


def test_a_trial_that_failed_by_itself_counts_and_one_whose_worker_died_makes_room() -> None:
    found = outcomes(
        [
            trial(TrialState.COMPLETE, 1.0), trial(TrialState.PRUNED), trial(TrialState.FAIL, user={FAILURE: "no"}),
            trial(TrialState.FAIL), trial(TrialState.RUNNING), trial(TrialState.WAITING),
        ]
    )  # fmt: skip
    assert found == Outcomes(complete=1, pruned=1, failed=1, lost=1, running=1, waiting=1)
    assert found.finished == 3
    assert found.to_begin(10) == 6
    assert found.to_begin(3) == 0
    assert found.numbers_below(10) == 11


def test_the_best_trial_follows_the_direction_and_of_equals_is_the_first() -> None:
    trials = [trial(TrialState.COMPLETE, value) for value in (2.0, 1.0, 2.0)]
    for number, one in enumerate(trials):
        one.number = number
    assert [found.number for found in (best(trials, True), best(trials, False)) if found] == [1, 0]
    assert best([trial(TrialState.PRUNED)], True) is None


def progress(finished: int, seconds: float = 10.0, begun: int = 0, left: float = 1e6) -> Progress:
    return Progress(Outcomes(complete=finished, lost=1), 50, begun, seconds, left, "roc_auc", 0.84123, 7)


def test_progress_tells_count_best_value_rate_and_the_end() -> None:
    assert progress(25).line() == (
        "[############............] 25/50  best roc_auc 0.8412 (trial 7)  2.5 trials/s  about 10 s left  1 lost"
    )
    assert "the end is not known yet" in progress(5, begun=5).line()
    assert "about 3 s left" in progress(25, left=3.0).line()
    assert progress(50).remaining == 0.0
    assert progress(60).line().startswith("[########################] 60/50")


def test_a_run_pushes_what_became_of_its_trials(monkeypatch: pytest.MonkeyPatch) -> None:
    pushed: list[tuple[str, CollectorRegistry, dict[str, str]]] = []
    monkeypatch.setattr("jobs.metrics.push", lambda *given: pushed.append(given))
    push("churn", progress(25))
    job, registry, grouping = pushed[0]
    assert (job, grouping) == ("mlops_tuning", {"study": "churn"})
    assert registry.get_sample_value("mlops_tuning_trials", {"outcome": "complete"}) == 25
    assert registry.get_sample_value("mlops_tuning_trials", {"outcome": "lost"}) == 1
    assert registry.get_sample_value("mlops_tuning_missing_trials") == 25
    assert registry.get_sample_value("mlops_tuning_best_value", {"metric": "roc_auc"}) == 0.84123


def test_durations_have_the_unit_that_people_would_use() -> None:
    assert [duration(seconds) for seconds in (9.6, 99, 400, 7500)] == ["10 s", "99 s", "7 min", "2 h 05 min"]


def test_a_study_becomes_an_indexed_job_that_carries_both_configs() -> None:
    spec = tuning_job(ROOT / "configs" / "optuna_study.yaml", ["--trials", "8"], workers=3, timeout=100)
    assert (spec.kind, spec.template, spec.workers, spec.deadline) == ("tuning", "tuning", 3, 1000)
    assert spec.command == ("mlops", "tune", "run", "/etc/mlops/job/optuna_study.yaml", "--trials", "8")
    assert set(spec.files) == {"optuna_study.yaml", "churn-experiment.yaml"}
    assert spec.labels == {"mlops.io/study": "churn-xgboost"}
    assert tuning_job(ROOT / "configs" / "optuna_study.yaml", [], None, None).workers == 2


def test_an_experiment_in_another_folder_cannot_travel_with_its_study(tmp_path: Path) -> None:
    text = (ROOT / "configs" / "optuna_study.yaml").read_text()
    folder = tmp_path / "studies"
    folder.mkdir()
    (folder / "study.yaml").write_text(text.replace("churn-experiment.yaml", "../churn-experiment.yaml"))
    (tmp_path / "churn-experiment.yaml").write_text((ROOT / "configs" / "churn-experiment.yaml").read_text())
    with pytest.raises(ConfigError, match="one folder"):
        tuning_job(folder / "study.yaml", [], None, None)

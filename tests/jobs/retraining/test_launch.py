"""A start as a Job of a cluster in memory."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as some

from jobs.cluster.run import Cluster
from jobs.retraining.config import RetrainingConfig
from jobs.retraining.launch import ClusterLauncher, Fate, job_of
from jobs.retraining.order import Order
from jobs.retraining.policy import name_of
from tests.jobs.cluster.fake import FakeApi
from tests.jobs.retraining.support import MODEL, NOW

PLACE = f"s3://features/retraining/runs/{MODEL}/000001.json"


def start(model: str = MODEL, **facts: Any) -> Order:
    rules = RetrainingConfig()
    known = {"model": model, "alias": "champion", "challenger": "challenger", "champion": "1", "number": 1}
    known |= {"name": name_of(model, 1), "time": NOW, "on": "k8s", "priority": 2, "reason": "drift", "cost": rules.cost}
    return Order.model_validate({**known, "run": rules.run, **facts})


def test_a_start_is_made_once_and_its_fate_is_the_job_s() -> None:
    api = FakeApi()
    launcher, order = ClusterLauncher(Cluster(api=api)), start()
    assert launcher.fate(order) == Fate("absent")
    assert launcher.launch(order, PLACE)
    assert launcher.launch(order, PLACE) is False
    assert launcher.fate(order) == Fate("running")
    api.ends(order.name)
    assert launcher.fate(order) == Fate("complete")
    api.ends(order.name, "Failed", "DeadlineExceeded", "too long")
    assert launcher.fate(order) == Fate("failed", "DeadlineExceeded: too long")
    for _ in range(2):
        launcher.cancel(order)
    assert launcher.fate(order) == Fate("absent")


def test_the_job_reads_what_to_do_from_the_ledger_within_what_the_rules_allow() -> None:
    job = job_of(start(), PLACE)
    assert job.command == ("mlops", "retrain", "run", PLACE)
    assert (job.kind, job.template, job.retries, job.deadline, job.workers) == ("retraining", "training", 2, 3600, 1)
    assert job.labels == {"mlops.io/experiment": MODEL, "mlops.io/priority": "P2"}
    assert job.files == {}


@given(some.text(min_size=1, max_size=200))
def test_every_model_s_start_is_a_job_that_kubernetes_takes(model: str) -> None:
    # JobSpec refuses what Kubernetes would.
    assert job_of(start(model), PLACE).name == name_of(model, 1)


@given(some.text(min_size=1, max_size=50))
def test_every_start_has_a_key_of_three_parts(model: str) -> None:
    assert len(start(model).key.split("/")) == 3

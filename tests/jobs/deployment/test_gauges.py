"""How rollouts ended, as Prometheus is told: counted from the ledger, of the last day, three and 30."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from prometheus_client import CollectorRegistry

from jobs.datasets.shelf import Shelf, shelf_of
from jobs.deployment.gauges import gauges
from jobs.deployment.ledger import Ledger
from jobs.deployment.record import Outcome, Result, folder_of

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)


def began(shelf: Shelf, number: int, model: str = "a", target: str = "k8s") -> str:
    folder = f"{folder_of(model, target)}/{number:06d}"
    shelf.create(f"{folder}/order.json", b"{}")
    return folder


def ended(shelf: Shelf, number: int, result: Result, days: float, model: str = "a", target: str = "k8s") -> None:
    outcome = Outcome(result=result, reason="for a test", time=NOW - timedelta(days=days))
    folder = began(shelf, number, model, target)
    shelf.create(f"{folder}/outcome.json", outcome.model_dump_json().encode())


def value(registry: CollectorRegistry, result: str, window: str, model: str = "a", target: str = "k8s") -> float | None:
    labels = {"model": model, "target": target, "result": result, "window": window}
    return registry.get_sample_value("mlops_rollouts", labels)


def test_rollouts_are_counted_by_how_they_ended_in_each_window(tmp_path: Path) -> None:
    shelf = shelf_of(str(tmp_path))
    for number, (result, days) in enumerate(
        [
            ("rolled-back", 40),
            ("rolled-back", 20),
            ("served", 10),
            ("reported", 5),
            ("rolled-back", 2),
            ("served", 0.5),
        ],
        start=1,
    ):
        ended(shelf, number, result, days)  # type: ignore[arg-type]  # the literals above
    began(shelf, 7)

    found = gauges(Ledger(shelf), NOW)

    assert [value(found, result, "30d") for result in ("served", "rolled-back", "reported")] == [2, 2, 1]
    assert [value(found, result, "3d") for result in ("served", "rolled-back", "reported")] == [1, 1, 0]
    assert [value(found, result, "1d") for result in ("served", "rolled-back", "reported")] == [1, 0, 0]


def test_every_model_and_target_has_its_own_whatever_their_names(tmp_path: Path) -> None:
    shelf = shelf_of(str(tmp_path))
    ended(shelf, 1, "served", 1)
    ended(shelf, 1, "rolled-back", 1, "team/churn 2", "sagemaker")

    found = gauges(Ledger(shelf), NOW)

    assert value(found, "served", "30d") == 1
    assert value(found, "rolled-back", "30d", "team/churn 2", "sagemaker") == 1


def test_where_nothing_was_rolled_out_nothing_is_told(tmp_path: Path) -> None:
    found = gauges(Ledger(shelf_of(str(tmp_path))), NOW)

    assert value(found, "served", "30d") is None

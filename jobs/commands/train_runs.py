"""`mlops train list|latest|best|export`: what was trained."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from jobs.commands.output import Json, progress, show, table

if TYPE_CHECKING:
    from jobs.training.history import History, Ran

Limit = Annotated[int, typer.Option(min=1, max=1000, help="At most this many, the newest.")]


def list_trainings(
    experiment: Annotated[str | None, typer.Argument(help="Its trainings; default: the experiments.")] = None,
    limit: Limit = 20,
    as_json: Json = False,
) -> None:
    """List experiments, or the trainings of one, the newest first.

    Example: mlops train list
    """
    history = _history()
    if experiment:
        found = history.trainings(experiment, limit)
        if as_json:
            show([asdict(one) for one in found])
        else:
            _trainings(found)
        return
    experiments = history.experiments()[:limit]
    if as_json:
        show([{"experiment": one.experiment, "id": one.experiment_id, "trainings": len(one.trainings),
               "latest": asdict(one.trainings[0])} for one in experiments])  # fmt: skip
        return
    table(
        ["experiment", "trainings", "latest", "status", "run"],
        [[one.experiment, len(one.trainings), one.trainings[0].started, one.trainings[0].status,
          one.trainings[0].run_id] for one in experiments],
    )  # fmt: skip


def latest(
    experiment: Annotated[str | None, typer.Argument(help="Default: whichever was trained last.")] = None,
    as_json: Json = False,
) -> None:
    """Show the newest training and its candidates; exit 1 when it failed.

    Example: mlops train latest churn-classifier
    """
    history = _history()
    training = history.latest(experiment)
    candidates = history.candidates(training.run_id)
    if as_json:
        show({**asdict(training), "candidates": [asdict(one) for one in candidates]})
    else:
        _trainings([training])
        _candidates(candidates, training.best)
        if training.failure:
            print(f"failed: {training.failure}")
    if training.status in ("FAILED", "KILLED"):
        raise typer.Exit(1)


def best(
    experiment: Annotated[str, typer.Argument(help="Whose candidates.")],
    metric: Annotated[
        str | None, typer.Option(help="E.g. test_roc_auc; default: what the newest training selects by.")
    ] = None,
    any_data: Annotated[bool, typer.Option(help="Also candidates trained on other data than the newest.")] = False,
    as_json: Json = False,
) -> None:
    """Show the best finished candidate of all trainings on the newest data.

    Example: mlops train best churn-classifier
    """
    ran, by = _history().best(experiment, metric, any_data)
    if as_json:
        show({**asdict(ran), "metric": by, "value": ran.metrics[by]})
        return
    print(f"{ran.name}, run {ran.run_id} of {ran.started}: {by} {ran.metrics[by]:.4f}")
    for name, value in sorted(ran.metrics.items()):
        print(f"  {name:<28} {value:.4f}")


def export(
    run: Annotated[str, typer.Argument(help="A candidate's run, or an experiment for what its newest training chose.")],
    target: Annotated[str, typer.Argument(help="A new folder, or s3://bucket/prefix.")],
    as_json: Json = False,
) -> None:
    """Write a model's bundle and its MLflow folder with a list of their sha256; what is there already is kept.

    Example: mlops train export churn-classifier exported/churn
    """
    from jobs.training.export import export as write

    history = _history()
    manifest = write(history, history.candidate(run), target, progress(as_json))
    if as_json:
        show({"target": target, **manifest})


def _history() -> History:
    from jobs.settings import TrackingSettings, use_environment
    from jobs.training.history import History

    use_environment()
    TrackingSettings.read()
    return History()


def _trainings(found: list[Ran]) -> None:
    table(
        ["training", "started", "status", "seconds", "data", "chosen run"],
        [
            [
                one.run_id, one.started, one.status, "-" if one.seconds is None else f"{one.seconds:.0f}",
                (one.data_sha256 or "-")[:12], one.best or "-",
            ]
            for one in found
        ],
    )  # fmt: skip


def _candidates(found: list[Ran], chosen: str | None) -> None:
    table(
        ["candidate", "status", "valid roc_auc", "test roc_auc", "bundle", "run"],
        [
            [
                one.name + (" *" if one.run_id == chosen else ""), one.status,
                _figure(one, "valid_roc_auc"), _figure(one, "test_roc_auc"),
                (one.bundle_sha256 or "-")[:12], one.run_id,
            ]
            for one in found
        ],
    )  # fmt: skip


def _figure(run: Ran, metric: str) -> str:
    return f"{run.metrics[metric]:.4f}" if metric in run.metrics else "-"

"""`mlops train`: validate and run experiments."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from jobs.commands import train_jobs, train_runs
from jobs.commands.cluster_options import Context, Kubeconfig, connect
from jobs.commands.ending import in_order
from jobs.commands.output import Json, progress, show, table
from jobs.errors import ConfigError

if TYPE_CHECKING:
    from jobs.datasets.table import Table
    from jobs.training.config import Experiment
    from jobs.training.record import Recorded

app = typer.Typer(help="Train models from an experiment config.", no_args_is_help=True)
app.command("list")(train_runs.list_trainings)
app.command("latest")(train_runs.latest)
app.command("best")(train_runs.best)
app.command("export")(train_runs.export)
app.command("status")(train_jobs.status)
app.command("logs")(train_jobs.logs)
app.command("retry")(train_jobs.retry)

Config = Annotated[Path, typer.Argument(help="Experiment as YAML.")]


class Place(StrEnum):
    """Where training runs."""

    here = "here"
    k8s = "k8s"


@app.command()
def validate(config: Config, as_json: Json = False) -> None:
    """Check a config without running it or reading its data; exit 2 names every wrong key, its value and the rule.

    Any kind: experiment, study, pipeline, monitoring.

    Example: mlops train validate configs/churn-experiment.yaml
    """
    from jobs.kinds import load_any
    from jobs.training.config import Experiment

    found = load_any(config)
    if as_json:
        show(found.model_dump(mode="json"))
    elif isinstance(found, Experiment):
        names = ", ".join(candidate.name for candidate in found.candidates)
        print(f"{config} is valid: experiment {found.experiment}, candidates {names}")
    else:
        print(f"{config} is valid: {found.model_dump()['kind']}")


@app.command()
def schema() -> None:
    """Print the JSON schema of a config: every key, its default and its rule. Editors can check against it.

    Example: mlops train schema
    """
    from jobs.training.config import Experiment

    show(Experiment.model_json_schema())


@app.command()
def run(
    config: Config,
    on: Annotated[
        Place, typer.Option(help="Here, or as a Kubernetes Job from the PodTemplate `training`.")
    ] = Place.here,
    wait: Annotated[bool, typer.Option(help="Wait for the Job and stream its log.")] = True,
    kubeconfig: Kubeconfig = None,
    context: Context = None,
    workers: Annotated[
        int | None, typer.Option(min=1, max=64, help="Pods that share the folds, with --on k8s; default: the config's.")
    ] = None,
    deadline: Annotated[
        int | None, typer.Option(min=1, help="Seconds after which the Job is ended; default: the config's.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Train every candidate, prove its bundle and record it in MLflow.

    Example: mlops train run configs/churn-experiment.yaml --on k8s
    """
    from jobs.config import parse, read
    from jobs.settings import use_environment
    from jobs.training.config import Experiment
    from jobs.training.pinning import pinned

    text = read(config)
    experiment = parse(Experiment, text, str(config))
    say = progress(as_json)
    use_environment()
    text, experiment = pinned(text, experiment)
    if on is Place.k8s:
        from jobs.cluster.manifest import NAMESPACE
        from jobs.training.on_cluster import training_job

        spec = training_job(text, experiment, deadline, workers)
        cluster = connect(kubeconfig, context)
        cluster.create(spec)
        say(f"job {NAMESPACE}/{spec.name} created" + (f", {spec.workers} workers" if spec.workers > 1 else ""))
        if wait:
            cluster.follow(spec.name, say)
            say(f"job {NAMESPACE}/{spec.name} complete")
        outcome = {
            "job": spec.name,
            "namespace": NAMESPACE,
            "experiment": experiment.experiment,
            "workers": spec.workers,
            "complete": wait,
        }
        if as_json:
            show(outcome)
        return
    if workers and workers > 1:
        raise ConfigError("workers are pods", given=f"--workers {workers} --on here", change="add --on k8s")
    from jobs.training.record import run_experiment

    with in_order():
        recorded = run_experiment(experiment, text, _table(experiment), say)
    _tell(recorded, experiment, as_json)


@app.command()
def work(
    config: Config,
    index: Annotated[int, typer.Option(envvar="JOB_COMPLETION_INDEX", min=0, help="Which worker this is, from 0.")],
    workers: Annotated[int, typer.Option(envvar="MLOPS_WORKERS", min=1, help="How many there are.")],
    name: Annotated[
        str, typer.Option(envvar="MLOPS_JOB", help="Of the training; further attempts of a Job (-r1 …) continue it.")
    ],
    as_json: Json = False,
) -> None:
    """Be one of the workers that share the folds of a training; worker 0 records it. The Job of `--workers` runs this.

    Example: mlops train work configs/churn-experiment.yaml --index 0 --workers 2 --name churn-by-hand
    """
    from jobs.cluster.job import first_attempt
    from jobs.config import parse, read
    from jobs.settings import use_environment
    from jobs.training.config import Experiment
    from jobs.training.place import Place as At
    from jobs.training.units import shares
    from jobs.training.worker import work as share

    text = read(config)
    experiment = parse(Experiment, text, str(config))
    at = At(first_attempt(name), index, workers)
    if not experiment.distributed:
        shares(experiment)
    use_environment()
    with in_order():
        recorded = share(experiment, text, _table(experiment), at, progress(as_json))
    if recorded:
        _tell(recorded, experiment, as_json)
    elif as_json:
        show({"worker": index})


def _table(experiment: Experiment) -> Table:
    from jobs.datasets.validate import validate as fit_schema
    from jobs.settings import TrackingSettings

    # Before a table is read that may take long.
    TrackingSettings.read()
    source = experiment.data.model_dump().get("path", experiment.data.kind)
    return fit_schema(experiment.data.read(), experiment.table, source)


def _tell(recorded: Recorded, experiment: Experiment, as_json: bool) -> None:
    if as_json:
        show(recorded.as_dict())
        return
    select = experiment.select
    chosen_by = "cv" if experiment.cross_validation else "valid"
    table(
        ["candidate", f"{chosen_by} {select}", f"test {select}", "test roc_auc (95 %)", "threshold", "bundle", "run"],
        [
            [
                result.candidate.name + (" *" if result is recorded.best else ""),
                f"{result.metrics[f'{chosen_by}_{select}']:.4f}",
                f"{result.metrics[f'test_{select}']:.4f}",
                "{test_roc_auc:.3f} ({test_roc_auc_low:.3f} to {test_roc_auc_high:.3f})".format_map(result.metrics),
                f"{result.threshold:.2f}",
                result.digest[:12],
                recorded.runs[result.candidate.name],
            ]
            for result in recorded.results
        ],
    )

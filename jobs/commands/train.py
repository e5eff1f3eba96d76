"""`mlops train`: validate and run experiments."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from jobs.commands import train_jobs, train_runs
from jobs.commands.cluster_options import Context, Kubeconfig, connect
from jobs.commands.output import Json, progress, show, table

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

    text = read(config)
    experiment = parse(Experiment, text, str(config))
    say = progress(as_json)
    use_environment()
    if on is Place.k8s:
        from jobs.cluster.manifest import NAMESPACE
        from jobs.training.on_cluster import training_job

        spec = training_job(text, experiment, deadline)
        cluster = connect(kubeconfig, context)
        cluster.create(spec)
        say(f"job {NAMESPACE}/{spec.name} created")
        if wait:
            cluster.follow(spec.name, say)
            say(f"job {NAMESPACE}/{spec.name} complete")
        outcome = {"job": spec.name, "namespace": NAMESPACE, "experiment": experiment.experiment, "complete": wait}
        if as_json:
            show(outcome)
        return
    from jobs.datasets.validate import validate as fit_schema
    from jobs.settings import TrackingSettings
    from jobs.training.record import run_experiment

    TrackingSettings.read()
    source = experiment.data.model_dump().get("path", experiment.data.kind)
    recorded = run_experiment(experiment, text, fit_schema(experiment.data.read(), experiment.table, source), say)
    if as_json:
        show(recorded.as_dict())
        return
    select = experiment.select
    table(
        ["candidate", f"valid {select}", f"test {select}", "test roc_auc", "threshold", "bundle", "run"],
        [
            [
                result.candidate.name + (" *" if result is recorded.best else ""),
                f"{result.metrics[f'valid_{select}']:.4f}",
                f"{result.metrics[f'test_{select}']:.4f}",
                f"{result.metrics['test_roc_auc']:.4f}",
                f"{result.threshold:.2f}",
                result.digest[:12],
                recorded.runs[result.candidate.name],
            ]
            for result in recorded.results
        ],
    )

"""`mlops train status|logs|retry`: training Jobs on Kubernetes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from jobs.commands.cluster_options import Context, Kubeconfig, connect
from jobs.commands.output import Json, progress, show, table

if TYPE_CHECKING:
    from jobs.cluster.run import Cluster
    from jobs.cluster.state import JobState

Job = Annotated[str, typer.Argument(help="Name, as `mlops train status` lists it.")]


def status(
    job: Annotated[str | None, typer.Argument(help="One Job, with its reasons; default: all.")] = None,
    watch: Annotated[bool, typer.Option(help="Tell each change, until the Job has ended, or all have.")] = False,
    kubeconfig: Kubeconfig = None,
    context: Context = None,
    as_json: Json = False,
) -> None:
    """Show training Jobs, or one with the reasons of its pods; exit 1 when that one has failed.

    Example: mlops train status train-churn-classifier-1a2b3c
    """
    cluster = connect(kubeconfig, context)
    if watch:
        _watch(cluster, job)
        return
    if job is None:
        found = cluster.list("training")
        if as_json:
            show([one.as_dict() for one in found])
        else:
            _list(found)
        return
    state = cluster.status(job)
    if as_json:
        show(state.as_dict())
    else:
        _list([state])
        for line in (state.reason, *state.details):
            if line:
                print(line)
    if state.phase == "Failed":
        raise typer.Exit(1)


def logs(
    job: Job,
    follow: Annotated[bool, typer.Option(help="Stream it until the Job ends; exit 1 when it fails.")] = False,
    worker: Annotated[int | None, typer.Option(min=0, help="Only this worker's, from 0.")] = None,
    kubeconfig: Kubeconfig = None,
    context: Context = None,
) -> None:
    """Print what the pods of a Job have said, every attempt of every worker.

    Example: mlops train logs train-churn-classifier-1a2b3c
    """
    from jobs.errors import ClusterError, ConfigError

    cluster = connect(kubeconfig, context)
    if follow and worker is not None:
        raise ConfigError("a Job is followed as a whole", given="--follow and --worker", allowed="one of them")
    if follow:
        cluster.follow(job, print)
    elif not cluster.logs(job, print, worker):
        raise ClusterError(
            "no pod has a log", given=job if worker is None else f"{job}, worker {worker}",
            change=f"mlops train status {job}",
        )  # fmt: skip


def retry(
    job: Job,
    cpu: Annotated[str | None, typer.Option(help="Cores of each pod from now on, e.g. 2 or 500m.")] = None,
    memory: Annotated[str | None, typer.Option(help="Memory of each pod from now on, e.g. 6Gi.")] = None,
    image: Annotated[str | None, typer.Option(help="Another image; default: the one it had.")] = None,
    deadline: Annotated[int | None, typer.Option(min=1, help="Seconds; default: as before.")] = None,
    wait: Annotated[bool, typer.Option(help="Wait for the Job and stream its log.")] = True,
    kubeconfig: Kubeconfig = None,
    context: Context = None,
    as_json: Json = False,
) -> None:
    """Start a failed Job again under the next name (-r1, -r2 …), with more resources or another image.

    Example: mlops train retry train-churn-classifier-1a2b3c --memory 6Gi
    """
    from jobs.cluster.resources import Resources

    say = progress(as_json)
    cluster = connect(kubeconfig, context)
    again = cluster.retry(job, Resources(cpu, memory), image, deadline)
    say(f"job {again.name} created")
    if wait:
        cluster.follow(again.name, say)
        say(f"job {again.name} complete")
    if as_json:
        show({"job": again.name, "retryOf": job, "complete": wait})


def _watch(cluster: Cluster, job: str | None) -> None:
    if job:
        cluster.status(job)
    for one in cluster.watch("training"):
        if job in (None, one.name):
            print(f"{one.name}  {one.phase}  {one.succeeded}/{one.workers} succeeded, {one.failed} failed", flush=True)
        if job == one.name and one.ended:
            return


def _list(found: list[JobState]) -> None:
    table(
        ["job", "phase", "experiment", "created", "active", "succeeded", "failed", "retry of"],
        [
            [
                one.name, one.phase, one.experiment or "-", one.created, one.active,
                f"{one.succeeded}/{one.workers}", one.failed, one.retry_of or "-",
            ]
            for one in found
        ],
    )  # fmt: skip

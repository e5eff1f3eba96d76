"""`mlops deploy bench`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from jobs.commands.deploy_options import DEFAULT, Model
from jobs.commands.output import Json, show, table
from jobs.commands.predict import SHIPPED

if TYPE_CHECKING:
    from jobs.deployment.bench import Effort, Measured

Where = Annotated[str, typer.Argument(metavar="TARGET", help="k8s, lambda, sagemaker, or a server's URL.")]


def bench(
    where: Where,
    model: Model = DEFAULT,
    requests: Annotated[int, typer.Option(min=1, help="At most so many.")] = 2000,
    connections: Annotated[int, typer.Option(min=1, max=512, help="Each with one request under way.")] = 8,
    seconds: Annotated[float, typer.Option(min=0.1, help="At most so long.")] = 30.0,
    rows: Annotated[int, typer.Option(min=1, help="Of each request.")] = 1,
    data: Annotated[str, typer.Option(help="CSV or Parquet by path or s3://; default: the config's data.")] = "",
    config: Annotated[Path, typer.Option(help="Experiment whose schema the rows have.")] = SHIPPED,
    p95: Annotated[float | None, typer.Option(min=0, help="Limit in milliseconds: exit 1 above it.")] = None,
    errors: Annotated[
        float, typer.Option(min=0, max=1, help="Limit as a share of the requests: exit 1 above it.")
    ] = 0.0,
    as_json: Json = False,
) -> None:
    """Measure latency, requests a second and errors with real rows; exit 1 when a limit is exceeded.

    Kubernetes is asked through the gateway with MLOPS_SERVING_KEY, or the instance's; that client itself takes about
    half a millisecond a request. Lambda and SageMaker are asked by AWS' client. A target must answer with MODEL.

    Example: mlops deploy bench k8s churn-classifier --requests 200 --p95 500
    """
    from jobs.config import load
    from jobs.datasets.source import source_of
    from jobs.datasets.validate import validate
    from jobs.deployment.bench import Effort, Limits, bodies, exceeded
    from jobs.errors import ConfigError
    from jobs.settings import use_environment
    from jobs.training.config import Experiment

    use_environment()
    place, measure = _way(where, model)
    experiment = load(Experiment, config)
    source = source_of(data) if data else experiment.data
    found = validate(source.read(), experiment.table, data or source.kind, labelled=False)
    if found.rows < rows:
        raise ConfigError("the table has fewer rows than one request", given=found.rows, allowed=f"at least {rows}")
    effort, limits = Effort(requests, connections, seconds), Limits(p95, errors)
    measured = measure(bodies(found.records(), rows), effort)
    problems = exceeded(measured, limits)
    if as_json:
        show({"target": where, **measured.as_dict(), "exceeded": problems})
    else:
        told = measured.as_dict()
        print(
            f"{place}: {measured.sent} requests of {rows} rows in {measured.seconds:.1f} s, {connections} connections"
        )
        figures = [f"{one:.2f}" if one is not None else "-" for one in told["milliseconds"].values()]
        table(["requests/s", "p50 ms", "p95 ms", "p99 ms", "errors"],
              [[told["requestsPerSecond"], *figures, f"{measured.errors:.2%}"]])  # fmt: skip
        for name, counted in {**told["statuses"], **told["tracks"]}.items():
            print(f"  {name}: {counted}")
        for problem in problems:
            print(f"exceeded: {problem}")
    if problems:
        raise typer.Exit(1)


def _way(where: str, model: str) -> tuple[str, Callable[[Sequence[bytes], Effort], Measured]]:
    """Who is asked, and how: over HTTP, or by the target's own client. Raises ConfigError."""
    import asyncio

    from jobs.deployment import bench_threads
    from jobs.deployment.bench import bench as over_http
    from jobs.deployment.targets import target_of
    from jobs.serving.gateway import address

    is_url = "://" in where
    if is_url or where == "k8s":
        url, key = address(where if is_url else None)
        return url, lambda sent, effort: asyncio.run(over_http(url, key, sent, effort, "" if is_url else model))
    ask = target_of(where, model).ask
    return where, lambda sent, effort: bench_threads.bench(ask, sent, effort, model)

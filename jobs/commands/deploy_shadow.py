"""`mlops deploy shadow`: what a challenger would have answered."""

from __future__ import annotations

from typing import Annotated

import typer

from jobs.commands.deploy_options import DEFAULT, Model, Where
from jobs.commands.output import Json, show
from jobs.errors import RegistryError

Log = Annotated[
    str | None, typer.Option("--log", envvar="MLOPS_INFERENCE_LOG", help="Default: the bucket of inference logs.")
]
Out = Annotated[str | None, typer.Option(help="Folder or s3://…; default: reports/ in the features bucket.")]


def shadow(
    where: Where,
    model: Model = DEFAULT,
    number: Annotated[int | None, typer.Option(help="Of the rollout; default: the newest shadow.")] = None,
    log: Log = None,
    out: Out = None,
    as_json: Json = False,
) -> None:
    """Compare what a shadow answered with what clients were answered, row by row, as a page and as JSON.

    Example: mlops deploy shadow k8s churn-classifier
    """
    from jobs.datasets.shelf import shelf_of
    from jobs.deployment.ledger import Ledger, shelf_at
    from jobs.deployment.shadow import compare
    from jobs.deployment.shadow_log import rows
    from jobs.deployment.shadow_page import page_of
    from jobs.monitoring.places import reports
    from jobs.places import bucket
    from jobs.reports.save import save
    from jobs.settings import use_environment

    use_environment()
    ledger = Ledger(shelf_at())
    found = [one for one in ledger.history(model, where) if one.order.strategy == "shadow"]
    chosen = [one for one in found if number is None or one.order.number == number]
    if not chosen:
        raise RegistryError(
            "there was no such shadow", given=f"{model} on {where}" + ("" if number is None else f", number {number}"),
            allowed=[one.order.number for one in found], change=f"`mlops deploy {where} {model} --strategy shadow`",
        )  # fmt: skip
    rollout, place = chosen[-1], shelf_of(log or f"s3://{bucket('inference_logs')}")
    comparison = compare(rollout, rows(place, rollout, copied=False), rows(place, rollout, copied=True))
    name = f"shadow-{model}-{where}-{rollout.order.number:06d}"
    page = save(out or reports(), name, page_of(rollout, comparison), comparison.as_dict())
    if as_json:
        show({**comparison.as_dict(), "page": page})
        return
    print(f"version {comparison.version} beside {comparison.stable}: {comparison.verdict}; {page}")
    if comparison.dropped:
        print(f"  left out, since their request id came more than once with the same input: {comparison.dropped} rows")
    if paired := comparison.paired:
        low, high = paired.differing_interval
        print(
            f"  {paired.rows} rows of both; another label: {paired.differing_share:.2%} (95 %: {low:.2%} to {high:.2%})"
        )
        print(f"  probability {paired.mean_difference:+.4f} on average; KS {paired.ks:.3f}, p = {paired.p:.2g}")

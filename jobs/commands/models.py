"""`mlops models`: the registry."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from jobs.commands import model_audit, model_optimize, model_transfer, model_upkeep
from jobs.commands.model_options import DEFAULT, Name, open_registry
from jobs.commands.output import Json, show, table
from jobs.errors import ConfigError

if TYPE_CHECKING:
    from jobs.registry.versions import Version

app = typer.Typer(help="Register, show, promote and roll back model versions.", no_args_is_help=True)

Alias = Annotated[str, typer.Option(help="The alias to move.")]

app.command("tag")(model_upkeep.tag)
app.command("note")(model_upkeep.note)
app.command("archive")(model_upkeep.archive)
app.command("restore")(model_upkeep.restore)
app.command("export")(model_transfer.export)
app.command("import")(model_transfer.bring_in)
app.command("optimize")(model_optimize.optimize)
app.command("audit")(model_audit.audit)


@app.command()
def register(
    name: Name = DEFAULT,
    run_id: Annotated[str | None, typer.Option("--run-id", help="This candidate run instead.")] = None,
    experiment: Annotated[str | None, typer.Option(help="Whose runs; default: the model's name.")] = None,
    metric: Annotated[
        str | None, typer.Option(help="The best by this metric of every training so far, on whatever data.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Register what the newest training chose (its config's `select`) as a new version, after its artifacts verify.

    Example: mlops models register churn-classifier
    """
    if run_id and metric:
        raise ConfigError("two ways to choose a run", given="--run-id and --metric", allowed="one of them, or none")
    registry = open_registry()
    where = experiment or name
    run = run_id or (registry.best_run(where, metric) if metric else registry.chosen_run(where))
    version = registry.register(name, run)
    if as_json:
        show(version.as_dict())
    else:
        print(f"{name} version {version.version} is run {version.run_id}, bundle {_digest(version)}")


@app.command("list")
def list_versions(name: Name = DEFAULT, as_json: Json = False) -> None:
    """List the versions of a model, newest first.

    Example: mlops models list churn-classifier
    """
    versions = open_registry().versions(name)
    if as_json:
        show([version.as_dict() for version in versions])
        return
    table(
        ["version", "aliases", "created", "bundle", "run"],
        [
            [
                one.version,
                ",".join(one.aliases) or ("(archived)" if one.archived else "-"),
                _time(one.created),
                _digest(one),
                one.run_id,
            ]
            for one in versions
        ],
    )


@app.command("show")
def show_version(
    name: Name = DEFAULT,
    which: Annotated[str, typer.Argument(help="Number, or @alias.")] = "@champion",
    as_json: Json = False,
) -> None:
    """Show one version with its tags.

    Example: mlops models show churn-classifier @champion
    """
    registry = open_registry()
    version = registry.find(name, which)
    if as_json:
        show({**version.as_dict(), "location": registry.location(version)})
        return
    facts = {
        "model": version.name, "version": version.version, "aliases": ", ".join(version.aliases) or "-",
        "created": _time(version.created), "run": version.run_id, "location": registry.location(version),
        "note": version.note or "-",
        **version.tags,
    }  # fmt: skip
    for key, value in facts.items():
        print(f"{key:<32} {value}")


@app.command()
def promote(
    name: Name = DEFAULT,
    version: Annotated[str, typer.Option(help="Number, or @alias; default: the newest not archived.")] = "",
    alias: Alias = "champion",
    data: Annotated[str, typer.Option(help="Where the challenger's data is now, if it moved.")] = "",
    force: Annotated[bool, typer.Option("--force", help="Promote whatever the gate says; needs --reason.")] = False,
    reason: Annotated[str, typer.Option(help="Why it is forced; it goes into the audit trail.")] = "",
    as_json: Json = False,
) -> None:
    """Point the alias at a version if it beats the alias' holder on held-out rows; exit 1 and no change if not.

    Its artifacts must match the registered digest. Both are compared by a paired test on the rows that the version was
    not fitted on; without a holder there is nothing to compare. The decision and its figures go into the audit trail.

    Example: mlops models promote churn-classifier --version 1
    """
    from jobs.datasets.source import source_of
    from jobs.registry.promotion import challenge, reason_for

    why = reason_for(force, reason)
    registry = open_registry()
    which = version or next((one.version for one in registry.versions(name) if not one.archived), "")
    decision = challenge(registry, name, which, alias, force=why, data=source_of(data) if data else None)
    if as_json:
        now = registry.find(name, f"@{alias}")
        show({"alias": alias, "now": now.as_dict(), "before": decision.before, "decision": decision.as_dict()})
    else:
        holder = decision.version if decision.promoted else decision.before
        was = f"was version {decision.before}" if decision.before else "named no version before"
        print(f"{name}@{alias} is version {holder}, {was}; {decision.verdict} (audit entry {decision.entry or '-'})")
        for line in decision.reasons:
            print(f"  {line}")
        if not decision.promoted:
            print(f"  version {decision.version} was refused; --force --reason TEXT promotes it anyway")
    raise typer.Exit(0 if decision.promoted else 1)


@app.command()
def rollback(
    name: Name = DEFAULT,
    alias: Alias = "champion",
    reason: Annotated[str, typer.Option(help="Why; it goes into the audit trail.")] = "",
    as_json: Json = False,
) -> None:
    """Point the alias back at the version before the last promotion; a second time in a row is refused.

    Example: mlops models rollback churn-classifier --reason "complaints since noon"
    """
    from jobs.registry.promotion import rollback

    now, before = rollback(open_registry(), name, alias, reason)
    if as_json:
        show({"alias": alias, "now": now.as_dict(), "before": before.version if before else None})
    else:
        was = f"was version {before.version}" if before else "ended what was begun"
        print(f"{now.name}@{alias} is version {now.version} ({_digest(now)}), {was}")


def _digest(version: Version) -> str:
    return version.tags.get("mlops.bundle_sha256", "-")[:12]


def _time(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")

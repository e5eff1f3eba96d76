"""`mlops models`: the registry."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from jobs.commands.output import Json, show, table
from jobs.errors import ConfigError

if TYPE_CHECKING:
    from jobs.registry.versions import Registry, Version

app = typer.Typer(help="Register, show, promote and roll back model versions.", no_args_is_help=True)

DEFAULT = "churn-classifier"
Name = Annotated[str, typer.Argument(help="Registered model.")]
Alias = Annotated[str, typer.Option(help="The alias to move.")]


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
    registry = _registry()
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
    versions = _registry().versions(name)
    if as_json:
        show([version.as_dict() for version in versions])
        return
    table(
        ["version", "aliases", "created", "bundle", "run"],
        [[one.version, ",".join(one.aliases) or "-", _time(one.created), _digest(one), one.run_id] for one in versions],
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
    registry = _registry()
    version = registry.find(name, which)
    if as_json:
        show({**version.as_dict(), "location": registry.location(version)})
        return
    facts = {
        "model": version.name, "version": version.version, "aliases": ", ".join(version.aliases) or "-",
        "created": _time(version.created), "run": version.run_id, "location": registry.location(version),
        **version.tags,
    }  # fmt: skip
    for key, value in facts.items():
        print(f"{key:<32} {value}")


@app.command()
def promote(
    name: Name = DEFAULT,
    version: Annotated[str, typer.Option(help="Number, or @alias; default: the newest.")] = "",
    alias: Alias = "champion",
    as_json: Json = False,
) -> None:
    """Point the alias at a version, after its artifacts verify against the registered digest.

    Example: mlops models promote churn-classifier --version 3
    """
    registry = _registry()
    which = version or next((one.version for one in registry.versions(name)), "")
    _moved(*registry.promote(name, which, alias), alias, as_json)


@app.command()
def rollback(name: Name = DEFAULT, alias: Alias = "champion", as_json: Json = False) -> None:
    """Point the alias back at the version before the last promotion; a second time in a row is refused.

    Example: mlops models rollback churn-classifier
    """
    _moved(*_registry().rollback(name, alias), alias, as_json)


def _registry() -> Registry:
    from jobs.registry.versions import Registry
    from jobs.settings import TrackingSettings, use_environment

    use_environment()
    TrackingSettings.read()
    return Registry()


def _moved(now: Version, before: Version | None, alias: str, as_json: bool) -> None:
    if as_json:
        show({"alias": alias, "now": now.as_dict(), "before": before.version if before else None})
    else:
        was = f"was version {before.version}" if before else "named no version before"
        print(f"{now.name}@{alias} is version {now.version} ({_digest(now)}), {was}")


def _digest(version: Version) -> str:
    return version.tags.get("mlops.bundle_sha256", "-")[:12]


def _time(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")
